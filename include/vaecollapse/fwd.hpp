// Names without definitions, for headers that only mention the library's types.
#pragma once

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

// core
class Arena;
class Draws;
class Error;
class InputError;
class Layout;
class SequencePlan;
class ShapeError;
class Team;
class Visitor;
struct Seed;
struct Symbols;
struct TagSets;
template <int Rank>
struct Shape;
template <int Rank>
struct Slot;
template <class T>
struct View;
template <class Scalar>
class Parameters;

// autodiff
template <class Scalar, int Rank>
class Var;
template <class Scalar>
struct Sequence;
template <class Scalar>
class Tape;
template <class Scalar>
class Workspace;
template <class C>
class Scope;

// nn and latent
class BiGru;
class Embedding;
class GaussianHead;
class Gru;
class Linear;

// objective and dropout
class AnyCorruption;
class AnyObjective;
class Elbo;
struct CyclicalSchedule;
struct ExponentialSchedule;
struct LinearSchedule;
struct LogisticSchedule;
struct Report;
struct Seeds;
struct Terms;
template <class Rule, class Policy>
class Annealed;
template <class Owner, class Policy>
class Controlled;

// data
class Batch;
class Corpus;
class Features;
class Sampler;
class Vocabulary;
class Words;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
