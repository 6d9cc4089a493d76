// Which lets z go first, the encoder or the decoder? A VAE with a z of one dimension, on the
// synthetic language of He et al. 2019: where does the model itself put the z of a sentence, by
// integration over a grid, and where does the encoder? Under the plain ELBO the encoder's means go
// to 0 within a hundred steps, and the model's, which had not come far, stay there. With free bits
// the encoder runs ahead, the model follows, and the two come to agree.
//   encoder_lag [STEPS [FILE.svg]]
// Prints, for sentences that training has not seen, how far the means of both kinds lie from 0 and
// from each other (roots of mean squares), and draws a point for each sentence.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/model_posteriors.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/tasks/text/synthetic.hpp>

namespace vc = vaecollapse;

namespace {

/// The panels of the picture: a row for each objective, a column for each epoch that is looked at.
class Picture {
 public:
  void add(const std::string& title, int row, int column, const vc::PosteriorMeans& means) {
    const double left = 20 + column * 150, top = 40 + row * 170, side = 130, middle = side / 2;
    const double scale = side / 6;  // from -3 to 3
    body_ += vc::formatted("<g transform='translate(%g %g)'>", left, top) +
             vc::formatted("<text y='-6'>%s</text>", title.c_str()) +
             vc::formatted("<path d='M0 0h%gv%gh-%gz M0 %gh%g M%g 0v%g M0 %gL%g 0'/>", side, side,
                           side, middle, side, middle, side, side, side);
    body_ += "<path class='p' d='";
    for (std::size_t i = 0; i < means.model.size(); ++i) {
      body_ += vc::formatted("M%.1f %.1fh0", middle + scale * means.model[i],
                             middle - scale * means.inference[i]);
    }
    body_ += "'/></g>\n";
  }

  std::string svg(std::size_t rows, std::size_t columns) const {
    return vc::formatted("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %zu %zu' ",
                         20 + columns * 150, 35 + rows * 170) +
           "font-family='sans-serif' font-size='11'>\n"
           "<style>path{fill:none;stroke:#999;stroke-width:.5}"
           ".p{stroke:#06c;stroke-width:3;stroke-linecap:round;opacity:.5}</style>\n"
           "<rect width='100%' height='100%' fill='white'/>\n" +
           body_ +
           "<text x='20' y='12'>across: mean of the model's own posterior; up: of the encoder's; "
           "both from -3 to 3</text>\n</svg>\n";
  }

 private:
  std::string body_;
};

/// Steps that are looked at: 0, 10, 30, 100, 300 and so on, and the last.
std::vector<std::uint64_t> steps_to_show(std::uint64_t last) {
  std::vector<std::uint64_t> steps{0};
  for (std::uint64_t step = 10; step < last; step = step % 3 == 0 ? step / 3 * 10 : step * 3) {
    steps.push_back(step);
  }
  if (last > 0) steps.push_back(last);
  return steps;
}

struct Data {
  vc::TokenVocabulary vocabulary;
  vc::text::Corpus train, dev;
};

Data make_data() {
  const vc::text::SyntheticLanguage language{vc::Seed(1)};
  const vc::text::Lines train = language.sentences(4000), dev = language.sentences(200, 4000);
  const auto vocabulary = vc::TokenVocabulary::of(vc::text::count_tokens(train));
  return {vocabulary, vc::text::Corpus(train, vocabulary), vc::text::Corpus(dev, vocabulary)};
}

/// Trains from scratch under one objective, and looks at dev between epochs.
void train(const Data& data, const char* name, int row, vc::AnyObjective objective,
           const std::vector<std::uint64_t>& shown, Picture& picture) {
  vc::Layout layout;
  const vc::Index symbols = data.vocabulary.symbols();
  const vc::RecurrentEncoder<vc::Lstm> encoder(layout, "encoder", {symbols, 32, 50});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), 1});
  const vc::PlainDecoder<vc::Lstm> decoder(
      layout, "decoder", {.symbols = symbols, .embedding = 32, .hidden = 50, .latent = 1});
  const vc::SequenceVae network(encoder, posterior, decoder);

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 3e-3});
  vc::Sampler sampler(data.train, vc::Seed{1}, {.batch = 32});
  vc::Batch batch;
  vc::Team team(1);
  const auto an_epoch = static_cast<std::uint64_t>(sampler.batches());
  const vc::Batches* epoch = nullptr;
  std::uint64_t step = 0;
  for (std::size_t column = 0; column < shown.size(); ++column) {
    for (; step < shown[column]; ++step) {
      if (step % an_epoch == 0) epoch = &sampler.epoch(step / an_epoch);
      const vc::Scope scope(tape);
      batch.assign(data.train, (*epoch)[static_cast<vc::Index>(step % an_epoch)]);
      const auto terms = network.terms(tape, batch, vc::Draws(1, step), batch.inputs());
      const vc::Report report = vc::backward(tape, objective, terms);
      adam.step(parameters, {.gradient_scale = vc::clip_by_norm(parameters, 5.0).scale});
      vc::notify_step(objective, report);
    }
    vc::Evaluation evaluation(network, parameters, team);
    const vc::ElboTerms elbo = vc::elbo_rows(evaluation, data.dev).mean();
    const auto means = vc::posterior_means(evaluation, data.dev, {.limit = 4, .step = 0.1});
    const auto spread = means.spread();
    std::printf("%-12s %5d %8.2f %6.2f %9.2f %9.2f %7.2f\n", name, static_cast<int>(step), elbo.nll,
                elbo.rate, spread.model, spread.inference, spread.gap);
    std::fflush(stdout);
    picture.add(std::string(name) + ", step " + std::to_string(step), row, static_cast<int>(column),
                means);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const auto shown =
      steps_to_show(static_cast<std::uint64_t>(count > 1 ? std::atoi(arguments[1]) : 1000));
  const Data data = make_data();
  Picture picture;
  std::printf("%-12s %5s %8s %6s %9s %9s %7s\n", "objective", "step", "NLL", "rate", "model's",
              "encoder's", "gap");
  train(data, "ELBO", 0, vc::Elbo{}, shown, picture);
  train(data, "free bits", 1, vc::FreeBits<1>(1.5), shown, picture);
  if (count > 2) vc::write_file(arguments[2], picture.svg(2, shown.size()));
}
