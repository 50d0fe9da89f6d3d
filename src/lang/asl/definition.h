// A state machine definition in the Amazon States Language, parsed, checked and compiled.
// https://states-language.net/spec.html,
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lang/asl/choice.h"
#include "lang/asl/expression.h"
#include "lang/asl/payload.h"
#include "lang/asl/resource.h"

namespace thimble::lang::asl {

/// Longest definition in bytes.
inline constexpr std::size_t kMaxDefinitionBytes = 1'048'576;
/// Machines inside of machines (Parallel and Map), the outermost counted.
inline constexpr int kMaxMachineDepth = 64;

enum class StateType { Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map };
std::string_view stateTypeName(StateType type);

/// InputPath, OutputPath and ResultPath: everything as it is, nothing of it ("null"), or a place.
struct PathField {
  enum class Kind { Whole, Discard, Place };
  Kind kind = Kind::Whole;
  ExpressionPtr place;
};

/// A number that is written in the definition or found by a path; neither is "not given".
struct NumberField {
  std::optional<double> value;
  ExpressionPtr path;
  bool given() const { return value.has_value() || path != nullptr; }
};

/// A text that is written in the definition or found by an expression.
struct TextField {
  std::optional<std::string> value;
  ExpressionPtr path;
  bool given() const { return value.has_value() || path != nullptr; }
};

struct Retrier {
  std::vector<std::string> errors;
  std::int64_t interval_seconds = 1;
  int max_attempts = 3;
  double backoff_rate = 2.0;
  std::optional<std::int64_t> max_delay_seconds;
  bool full_jitter = false;
};

struct Catcher {
  std::vector<std::string> errors;
  PathField result_path;
  int next = -1;
};

struct ChoiceBranch {
  ChoiceRulePtr rule;
  int next = -1;
};

/// A state. States of all nested machines lie in one list; `next` and its like are positions in it.
struct State {
  std::string name;
  std::string location;  ///< "/States/A/Branches[0]/States/B".
  StateType type = StateType::Pass;
  int next = -1;      ///< -1: the machine ends here.
  bool ends = false;  ///< "End": true.

  PathField input_path, output_path, result_path;
  PayloadTemplatePtr parameters;  ///< Parameters, or a Map's ItemSelector.
  PayloadTemplatePtr result_selector;
  std::vector<Retrier> retriers;
  std::vector<Catcher> catchers;

  std::optional<base::Json> result;  ///< Pass.

  Resource resource;  ///< Task.
  TextField credentials_role;
  NumberField timeout_seconds, heartbeat_seconds;

  std::vector<ChoiceBranch> choices;  ///< Choice.
  int default_next = -1;

  NumberField wait_seconds;  ///< Wait.
  TextField wait_timestamp;

  TextField error, cause;  ///< Fail.

  std::vector<int> starts;  ///< Parallel: each branch's first state; Map: its processor's.
  PathField items_path;     ///< Map.
  NumberField max_concurrency, tolerated_failure_count, tolerated_failure_percentage;
};

struct Definition {
  std::vector<State> states;
  int start = 0;
  std::optional<std::int64_t> timeout_seconds;
  base::Json source;
};

using DefinitionPtr = std::shared_ptr<const Definition>;

/// One finding, as ValidateStateMachineDefinition lists it.
struct Diagnostic {
  bool is_error = true;
  std::string code;
  std::string message;
  std::optional<std::string> location;
  bool operator==(const Diagnostic&) const = default;
};

enum class MachineType { Standard, Express };

struct ParseOutcome {
  DefinitionPtr definition;  ///< Null when there are errors.
  std::vector<Diagnostic> diagnostics;
};

ParseOutcome parseDefinition(std::string_view text, MachineType type);

/// For TestState: `text` is one state, which is taken as "StateName" of a machine where every target exists.
ParseOutcome parseSingleState(std::string_view text);

/// The errors as one text: "CODE: message at location, CODE: ...".
std::string diagnosticsText(const std::vector<Diagnostic>& diagnostics);

}  // namespace thimble::lang::asl
