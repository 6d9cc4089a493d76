// What bench_peers asks of each library: the same recurrent layer, or the same training step. Plain
// numbers only, so that no library's headers meet another's, and C++17 only, which is what
// libtorch's are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vaecollapse::bench {

/// The recurrent layer that is asked for.
enum class PeerCell { gru, lstm };

std::string to_string(PeerCell cell);

/// The sizes of a recurrent layer over a batch of sequences of one length. In the training step, T
/// are the steps on either side, I the width of the characters' embedding and of attention, and H
/// that of each GRU; in the step of a sentence VAE, I is the width of the words' embeddings; of an
/// output layer, I is the number of symbols, and T B are the columns.
struct PeerShape {
  std::int64_t steps = 0;   ///< T
  std::int64_t batch = 0;   ///< B
  std::int64_t input = 0;   ///< I
  std::int64_t hidden = 0;  ///< H
};

/// "20,64,64,256".
std::string to_string(const PeerShape& shape);

enum class Mode {
  forward,           ///< with what the backward pass needs saved, as in training
  forward_backward,  ///< and the gradients of inputs, weights, biases and first states
  inference,         ///< forward only, nothing saved
  train_step,        ///< a whole training step of the model of support/train_step.hpp
  text_step,         ///< the same of support/text_train_step.hpp
  output_layer       ///< forward and backward: linear layer, softmax and cross-entropy
};

std::string to_string(Mode mode);

/// A tensor that all contenders must agree on.
struct Agreed {
  std::string name;
  std::vector<float> values;
  /// The largest difference allowed, as a share of the tensor's largest entry.
  double tolerance;
};

inline constexpr double value_tolerance = 1e-5;
/// For sums over all columns of a batch.
inline constexpr double weight_tolerance = 1e-4;

/// One library doing one task. It is made with the task and made ready by its constructor.
class Contender {
 public:
  virtual ~Contender() = default;

  virtual std::string name() const = 0;
  /// Does the task once: what is timed.
  virtual void run() = 0;
  /// Does the task once and gives what the others must agree on. Called before any `run`.
  virtual std::vector<Agreed> outputs() = 0;
};

/// The numbers of a recurrent layer's task, the same for all contenders.
///
/// Weights as PyTorch has them: [GH x I] and [GH x H], a row for each unit of the gates, of a GRU
/// r, u (z in PyTorch), n, of an LSTM i, f, g, o; biases [GH]. Row-major.
/// Inputs, states and their gradients: [T x B x width], row-major.
struct RecurrentProblem {
  PeerCell cell = PeerCell::gru;
  PeerShape shape;
  std::vector<float> input_weights, recurrent_weights, input_bias, recurrent_bias;
  std::vector<float> x, h0;
  std::vector<float> c0;  ///< of an LSTM
  /// What the states' gradients are set to.
  std::vector<float> dstates;

  std::int64_t gates() const { return cell == PeerCell::lstm ? 4 : 3; }
};

/// Made-up numbers of the sizes that occur in training, the same at every call.
RecurrentProblem make_recurrent_problem(PeerCell cell, const PeerShape& shape);

/// The tolerances and the names of what a contender gives, in one place. The gradients are empty
/// but in `Mode::forward_backward`.
struct RecurrentOutputs {
  std::vector<float> states;
  std::vector<float> dx, dh0, dc0;
  std::vector<float> dinput_weights, drecurrent_weights, dinput_bias, drecurrent_bias;

  std::vector<Agreed> agreed() &&;
};

std::unique_ptr<Contender> make_our_layer(const RecurrentProblem& problem, Mode mode, int threads);
std::unique_ptr<Contender> make_libtorch_layer(const RecurrentProblem& problem, Mode mode);
/// \param with_reorders: weights are brought into oneDNN's own layouts, and their gradients out of
/// them, at every run, as one must who owns plain weights; otherwise only once, and only the
/// kernels run.
std::unique_ptr<Contender> make_onednn_gru(const RecurrentProblem& problem, Mode mode,
                                           bool with_reorders);
std::unique_ptr<Contender> make_onednn_lstm(const RecurrentProblem& problem, Mode mode,
                                            bool with_reorders);

/// The numbers of an output layer's task. Weights [V x H] and states [N x H], row-major.
struct OutputLayerProblem {
  std::int64_t hidden, symbols, columns;
  std::vector<float> weights, bias, states;
  std::vector<std::int64_t> targets;
};

/// With V = I and N = T B of the shape.
OutputLayerProblem make_output_layer_problem(const PeerShape& shape);

/// What a contender gives: the sum over all columns, and its gradients.
struct OutputLayerOutputs {
  std::vector<float> nll, dweights, dbias, dstates;

  std::vector<Agreed> agreed() &&;
};

std::unique_ptr<Contender> make_our_output_layer(const OutputLayerProblem& problem, int threads);
std::unique_ptr<Contender> make_libtorch_output_layer(const OutputLayerProblem& problem);

/// A parameter of the training step's model; the names are ours.
struct NamedParameter {
  std::string name;
  /// Row-major, as PyTorch has it.
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// The model, the words and the noise of a training step, all that another library needs to do
/// the same.
struct TrainStepProblem {
  PeerShape shape;
  std::int64_t attention = 0;  ///< the width of attention over the tags; 0: their sum
  std::int64_t latent = 0, tags_per_word = 0;
  double free_nats = 0, clip = 0, learning_rate = 0;
  double lowest_logvar = 0, highest_logvar = 0;
  std::vector<std::int64_t> source, inputs, targets;  ///< [T x B]; with places the source has an
                                                      ///< end symbol more, [S x B]
  std::vector<std::int64_t> tags;                     ///< [B x tags_per_word]
  std::vector<NamedParameter> parameters;
  /// What z is drawn with in the first steps. \shape each [B x latent], with a latent for every
  /// place [S x B x latent]
  std::vector<std::vector<float>> noise;
};

/// How many steps are compared: the second shows whether clipping and Adam are the same.
inline constexpr std::size_t compared_steps = 3;

/// A contender of the training step.
struct TrainStepContender : Contender {
  /// How many numbers are learnt.
  virtual std::int64_t parameters() const = 0;
};

/// Ours, which gives the others their task.
struct OurTrainStep : TrainStepContender {
  virtual TrainStepProblem problem() const = 0;
  /// By the products of an implementation that projects every input of every step.
  virtual double flops_per_example() const = 0;
};

std::unique_ptr<OurTrainStep> make_our_train_step(const PeerShape& shape, bool attention,
                                                  int threads);
std::unique_ptr<TrainStepContender> make_libtorch_train_step(const TrainStepProblem& problem);
/// The same of a model with a latent for every place, and a decoder that attends to them.
std::unique_ptr<OurTrainStep> make_our_places_train_step(const PeerShape& shape, int threads);
std::unique_ptr<TrainStepContender> make_libtorch_places_train_step(
    const TrainStepProblem& problem);
/// The same of a sentence VAE.
std::unique_ptr<OurTrainStep> make_our_text_step(const PeerShape& shape, PeerCell cell,
                                                 int threads);
std::unique_ptr<TrainStepContender> make_libtorch_text_step(const TrainStepProblem& problem,
                                                            PeerCell cell);

/// Version and instruction set of the other libraries.
std::string describe_libtorch();
std::string describe_onednn();

/// To be called once before any libtorch contender is made.
void set_libtorch_threads(int threads);

}  // namespace vaecollapse::bench
