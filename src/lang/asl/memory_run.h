// Runs an execution in memory on virtual time, for tests and benchmarks.
#pragma once

#include <functional>
#include <random>
#include <variant>
#include <vector>

#include "lang/asl/interpreter.h"

namespace thimble::lang::asl {

/// The same numbers for the same seed.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

/// What a task does: gives an output, fails, or (nothing) never answers.
using TaskOutcome = std::variant<std::monostate, base::Json, WorkflowError>;
using TaskFunction = std::function<TaskOutcome(const TaskRequest&)>;

struct MemoryRun {
  ExecutionIdentity identity;
  Header header;
  std::vector<HistoryEvent> events;
  std::int64_t ended_at = 0;  ///< Virtual milliseconds after the start.
  std::size_t decisions = 0;
};

/// Runs until the end, or until nothing more can happen. `events_at_a_time` as in Host.
MemoryRun runInMemory(const DefinitionPtr& definition, Payload input, const TaskFunction& task = {},
                      bool express = false, std::size_t events_at_a_time = 100);

}  // namespace thimble::lang::asl
