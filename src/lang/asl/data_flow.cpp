#include "lang/asl/data_flow.h"

#include <algorithm>
#include <cmath>

namespace thimble::lang::asl {

using base::Json;
using base::Result;

namespace {

/// A path without its context "$": how the messages about a field's value write it.
std::string referenceText(const Expression& path, const Json& value) {
  return path.text() + " == " + (value.isString() ? value.asString() : writeJson(value));
}

}  // namespace

JsonOutcome applyPath(const PathField& path, const Json& value, Environment& environment) {
  switch (path.kind) {
    case PathField::Kind::Whole:
      return value;
    case PathField::Kind::Discard:
      return Json::object();
    case PathField::Kind::Place:
      break;
  }
  if (const Json* found = path.place->find(value, environment)) return *found;
  if (path.place->kind() == Expression::Kind::Intrinsic)
    return path.place->evaluate(value, environment, path.place->text());
  if (value.isNull() && path.place->kind() == Expression::Kind::InputPath) {
    return WorkflowError::runtime("Unable to apply Path transformation to null or empty input.");
  }
  auto found = path.place->read(value, environment);
  if (found.ok()) return std::move(found).value();
  return WorkflowError::runtime("Invalid path '" + path.place->text() + "' : " + found.error().message);
}

JsonOutcome applyTemplate(const PayloadTemplatePtr& payload, const Json& value, Environment& environment) {
  if (!payload) return value;
  return payload->evaluate(value, environment);
}

JsonOutcome applyResultPath(const PathField& path, const Json& raw, const Json& result) {
  switch (path.kind) {
    case PathField::Kind::Whole:
      return result;
    case PathField::Kind::Discard:
      return raw;
    case PathField::Kind::Place:
      break;
  }
  auto written = path.place->path().write(raw, result);
  if (written.ok()) return std::move(written).value();
  return WorkflowError::ofState(kResultPathMatchFailure, written.error().message);
}

Result<std::optional<std::int64_t>, WorkflowError> readCount(const NumberField& field, const char* name,
                                                             const Json& input, Environment& environment) {
  if (field.value) return std::optional<std::int64_t>(static_cast<std::int64_t>(*field.value));
  if (!field.path) return std::optional<std::int64_t>();
  const std::string path_name = std::string(name) + "Path";
  auto value = field.path->kind() == Expression::Kind::Intrinsic ? field.path->evaluate(input, environment, path_name)
                                                                 : [&]() -> JsonOutcome {
    auto read = field.path->read(input, environment);
    if (read.ok()) return std::move(read).value();
    return WorkflowError::runtime("The " + path_name +
                                  " parameter does not reference an input value: " + field.path->text());
  }();
  if (!value.ok()) return std::move(value).error();
  if (!value.value().isInt()) {
    const Json& found = value.value();
    return WorkflowError::runtime("The " + path_name + " field refers to value \"" +
                                  (found.isString() ? found.asString() : writeJson(found)) +
                                  "\" which is not a valid integer: " + field.path->text());
  }
  if (value.value().asInt() < 0) return WorkflowError::runtime(std::string(name) + " cannot be negative.");
  return std::optional<std::int64_t>(value.value().asInt());
}

Result<std::int64_t, WorkflowError> waitUntil(const State& state, const Json& input, std::int64_t now,
                                              Environment& environment) {
  if (state.wait_seconds.value) return now + static_cast<std::int64_t>(*state.wait_seconds.value) * 1000;
  if (state.wait_timestamp.value) return *aslTimestamp(*state.wait_timestamp.value);
  const bool seconds = state.wait_seconds.path != nullptr;
  const Expression& path = seconds ? *state.wait_seconds.path : *state.wait_timestamp.path;
  const std::string name = seconds ? "The SecondsPath parameter " : "The TimestampPath parameter ";
  Json value;
  if (path.kind() == Expression::Kind::Intrinsic) {
    TRY_ASSIGN(value, path.evaluate(input, environment, seconds ? "SecondsPath" : "TimestampPath"));
  } else {
    auto read = path.read(input, environment);
    if (!read.ok()) return WorkflowError::runtime(name + "does not reference an input value: " + path.text());
    value = std::move(read).value();
  }
  if (!seconds) {
    const auto time = value.isString() ? aslTimestamp(value.asString()) : std::nullopt;
    if (time) return *time;
    return WorkflowError::runtime(
        name +
        "does not reference a valid ISO-8601 extended offset date-time format string: " + referenceText(path, value));
  }
  if (!value.isInt())
    return WorkflowError::runtime(name + "cannot be parsed as a long value: " + referenceText(path, value));
  if (value.asInt() < 0)
    return WorkflowError::runtime(name + "references a negative value: " + referenceText(path, value));
  return now + std::min<std::int64_t>(value.asInt(), 99'999'999) * 1000;
}

Result<void, WorkflowError> readFailure(const State& state, const Json& input, Environment& environment,
                                        WorkflowError& out) {
  for (const auto& [field, target, name] : {std::make_tuple(&state.error, &out.error, "ErrorPath"),
                                            std::make_tuple(&state.cause, &out.cause, "CausePath")}) {
    *target = field->value;
    if (!field->path) continue;
    TRY_ASSIGN(const Json value, field->path->evaluate(input, environment, name));
    if (!value.isString()) {
      return WorkflowError::runtime("The " + std::string(name) + " parameter does not reference a string value: " +
                                    referenceText(*field->path, value));
    }
    *target = value.asString();
  }
  return {};
}

Result<int, WorkflowError> chosen(const State& state, const Json& input, Environment& environment) {
  for (const ChoiceBranch& choice : state.choices) {
    TRY_ASSIGN(const bool matched, choice.rule->matches(input, environment));
    if (matched) return choice.next;
  }
  if (state.default_next >= 0) return state.default_next;
  return WorkflowError::ofState(kNoChoiceMatched,
                                "Failed to transition out of the state. The state does not point to a next state.");
}

bool matchesError(const std::vector<std::string>& names, const WorkflowError& error) {
  if (error.isFatal()) return false;
  const std::string actual = error.error.value_or("");
  for (const std::string& name : names) {
    if (name == actual && error.error) return true;
    if (name == kHeartbeatTimeout && error.heartbeat) return true;
    if (name == "States.ALL" && actual != kDataLimitExceeded) return true;
    if (name == kTaskFailed && actual != kTimeout && actual != kHeartbeatTimeout && actual != kDataLimitExceeded)
      return true;
  }
  return false;
}

int retrierFor(const State& state, const WorkflowError& error) {
  for (std::size_t i = 0; i < state.retriers.size(); ++i) {
    if (matchesError(state.retriers[i].errors, error)) return static_cast<int>(i);
  }
  return -1;
}

const Catcher* catcherFor(const State& state, const WorkflowError& error) {
  for (const Catcher& catcher : state.catchers) {
    if (matchesError(catcher.errors, error)) return &catcher;
  }
  return nullptr;
}

std::int64_t retryDelay(const Retrier& retrier, int retries) {
  constexpr double kLongest = 31'622'400;  // AWS's longest delay, in seconds.
  double seconds = static_cast<double>(retrier.interval_seconds) * std::pow(retrier.backoff_rate, retries);
  if (retrier.max_delay_seconds) seconds = std::min(seconds, static_cast<double>(*retrier.max_delay_seconds));
  return static_cast<std::int64_t>(std::min(seconds, kLongest) * 1000);
}

Json errorOutput(const WorkflowError& error) {
  Json out = Json::object();
  out.set("Error", error.error ? Json(*error.error) : Json());
  out.set("Cause", error.cause ? Json(*error.cause) : Json());
  return out;
}

}  // namespace thimble::lang::asl
