// The stages that a state's data passes through: InputPath, Parameters, ResultSelector, ResultPath, OutputPath.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "lang/asl/definition.h"

namespace thimble::lang::asl {

using JsonOutcome = base::Result<base::Json, WorkflowError>;

/// InputPath, OutputPath or ItemsPath of `value`.
JsonOutcome applyPath(const PathField& path, const base::Json& value, Environment& environment);
/// Parameters, ItemSelector or ResultSelector; `value` itself when there is no template.
JsonOutcome applyTemplate(const PayloadTemplatePtr& payload, const base::Json& value, Environment& environment);
/// Puts a result into the state's raw input.
JsonOutcome applyResultPath(const PathField& path, const base::Json& raw, const base::Json& result);

/// A count that is given or found by a path; nothing when not given. `name` is the field's, without "Path".
base::Result<std::optional<std::int64_t>, WorkflowError> readCount(const NumberField& field, const char* name,
                                                                   const base::Json& input, Environment& environment);

/// When a Wait state that is entered at `now` ends, in milliseconds since the epoch.
base::Result<std::int64_t, WorkflowError> waitUntil(const State& state, const base::Json& input, std::int64_t now,
                                                    Environment& environment);

/// What a Fail state fails with, which goes to `out`.
base::Result<void, WorkflowError> readFailure(const State& state, const base::Json& input, Environment& environment,
                                              WorkflowError& out);

/// The state that a Choice leads to.
base::Result<int, WorkflowError> chosen(const State& state, const base::Json& input, Environment& environment);

/// True when an ErrorEquals list names this error.
bool matchesError(const std::vector<std::string>& names, const WorkflowError& error);

/// The retrier that takes this error, or -1.
int retrierFor(const State& state, const WorkflowError& error);
/// The catcher that takes this error, or nullptr.
const Catcher* catcherFor(const State& state, const WorkflowError& error);
/// Milliseconds before the retry that follows `retries` earlier ones, before jitter.
std::int64_t retryDelay(const Retrier& retrier, int retries);

/// {"Error": ..., "Cause": ...}, as Catch puts it.
base::Json errorOutput(const WorkflowError& error);

}  // namespace thimble::lang::asl
