// A dropout policy of one's own: drops the second half of every word that the decoder reads.
#include <cstdio>

#include <vaecollapse/data/words.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>

namespace vc = vaecollapse;

namespace mine {

struct DropSecondHalf {
  void apply(const vc::Symbols& inputs, std::span<const std::uint32_t>, const vc::Draws&,
             vc::Corruption& out) const {
    const vc::SequencePlan& plan = *inputs.plan;
    for (vc::Index row = 0; row < plan.batch(); ++row) {
      for (vc::Index t = (plan.length(row) + 1) / 2; t < plan.length(row); ++t) {
        out.ids[static_cast<std::size_t>(plan.column(row, t))] = vc::Vocabulary::unknown;
      }
    }
  }
};

}  // namespace mine

static_assert(vc::InputCorruption<mine::DropSecondHalf>);

int main() {
  const auto words = vc::Words::from({"kitaplar", "ev"});
  const vc::Symbols inputs = words.shifted();
  const std::uint32_t rows[] = {0, 1};  // the words' places in the corpus address their draws
  vc::Corruption corruption;
  const vc::Chain both(mine::DropSecondHalf{}, vc::CharacterDropout<0.2>{});
  vc::corrupt(both, inputs, rows, vc::Draws(1, 0), corruption);
  for (vc::Index row = 0; row < inputs.plan->batch(); ++row) {
    for (vc::Index t = 0; t < inputs.plan->length(row); ++t) {
      const auto column = static_cast<std::size_t>(inputs.plan->column(row, t));
      std::printf("%c", corruption.ids[column] == inputs.ids[column] ? '.' : 'x');
    }
    std::printf("\n");
  }
}
