// expect: a dropout policy needs `void apply(const Symbols& inputs, std::span<const
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/none.hpp>

struct Nothing {};

vaecollapse::Chain dropout(vaecollapse::NoDropout{}, Nothing{});
