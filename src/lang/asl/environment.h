// What an expression may look at besides the state's input.
#pragma once

#include <cstdint>

#include "base/json.h"

namespace thimble::lang::asl {

/// Source of random bits for States.UUID, States.MathRandom and jitter.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual std::uint64_t next() = 0;
};

/// The context object ("$$"), made when first asked for.
class ContextSource {
 public:
  virtual ~ContextSource() = default;
  virtual const base::Json& context() = 0;
};

struct Environment {
  ContextSource& context;
  Entropy& entropy;
};

}  // namespace thimble::lang::asl
