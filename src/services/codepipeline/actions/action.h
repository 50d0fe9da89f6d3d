// Providers of actions: what an action of a pipeline does, as a pure function of what it is given.
//
// A provider is asked to begin, and after each call that it asked for is told the answer; each time it says what comes
// next: another call, waiting for a word from outside (an approval, a job's result), or the end. What it has to
// remember in between is its `progress`. One provider a file; actions/providers.cpp lists them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "dispatch/call.h"

namespace thimble::services::codepipeline {

struct ArtifactPlace {
  std::string name;
  std::string bucket;
  std::string key;
  std::string revision;
};

/// Temporary credentials for a job's worker.
struct JobCredentials {
  std::string access_key_id, secret_access_key, session_token;
};

/// All that an action is given.
struct ActionInput {
  base::Json declaration;    ///< ActionDeclaration.
  base::Json configuration;  ///< With its variables resolved.
  std::vector<ArtifactPlace> inputs;
  std::vector<ArtifactPlace> outputs;  ///< Where its output artifacts belong.
  std::string account, region;
  std::string pipeline, stage, action;
  std::string execution_id, action_id;
  std::string job_id;
  std::string token;                          ///< Of an approval.
  std::string override_type, override_value;  ///< A source revision asked for at the start; empty: none.
  std::string git_url;                        ///< What stands for GitHub here; empty: GitHub itself.
  std::string override_reference;  ///< The branch or tag whose change started this, "refs/heads/..."; empty: none.
  base::Timestamp now;
  base::Timestamp deadline;  ///< When it times out.
  JobCredentials credentials;
};

struct ActionRevision {
  std::string id, change_id, summary, url;
  std::optional<base::Timestamp> created;
};

/// How an action ended, or what is known of it so far.
struct ActionReport {
  std::string summary, external_id, external_url;
  std::optional<ActionRevision> revision;
  std::vector<std::pair<std::string, std::string>> variables;
};

struct ActionStep {
  enum class Kind { Call, Pause, Wait, Succeeded, Failed };
  Kind kind = Kind::Wait;
  std::string service, operation;  ///< Call.
  base::Json input;
  std::int64_t pause = 0;                 ///< Pause: milliseconds until the provider is asked again.
  std::string error_code, error_message;  ///< Failed: for example JobFailed, ConfigurationError, PermissionError.
  ActionReport report;

  static ActionStep call(std::string service, std::string operation, base::Json input) {
    ActionStep step;
    step.kind = Kind::Call;
    step.service = std::move(service);
    step.operation = std::move(operation);
    step.input = std::move(input);
    return step;
  }
  /// Asks again later: `progress` counts the times, so that what is quick is seen soon and what is slow costs little.
  static ActionStep lookAgain(base::Json& progress, ActionReport report = {});
  static ActionStep wait(ActionReport report = {}) {
    ActionStep step;
    step.report = std::move(report);
    return step;
  }
  static ActionStep succeed(ActionReport report = {}) {
    ActionStep step;
    step.kind = Kind::Succeeded;
    step.report = std::move(report);
    return step;
  }
  static ActionStep fail(std::string code, std::string message, ActionReport report = {}) {
    ActionStep step;
    step.kind = Kind::Failed;
    step.error_code = std::move(code);
    step.error_message = std::move(message);
    step.report = std::move(report);
    return step;
  }
};

class ActionProvider {
 public:
  virtual ~ActionProvider() = default;
  /// `progress` is null to begin with; what is left in it is kept.
  virtual ActionStep begin(const ActionInput& input, base::Json& progress) const = 0;
  /// The answer to the call of the last step.
  virtual ActionStep answered(const ActionInput& input, base::Json& progress,
                              const dispatch::CallOutcome& outcome) const;
  /// The server ended while the call of the last step was being made; whether it was made is not known.
  virtual ActionStep lost(const ActionInput& input, base::Json& progress) const;
  /// The time of a pause is over.
  virtual ActionStep resumed(const ActionInput& input, base::Json& progress) const;
  /// For providers that work by jobs: the worker asks to go on later, with its token.
  virtual ActionStep continued(const ActionInput& input, base::Json& progress, const std::string& token) const;

  enum class Work {
    Itself,  ///< By calls.
    ByJob,   ///< By calls and a job that is answered by PutJobSuccessResult or PutJobFailureResult.
    ByPoll,  ///< By a job that a worker polls for.
    ByWord,  ///< By a call of PutApprovalResult.
  };
  virtual Work work() const { return Work::Itself; }
  /// From the beginning to the timeout, in milliseconds.
  virtual std::int64_t timeout(const ActionInput& input) const;
};

/// The provider of an action type; nullptr when it is not there. Custom action types share one.
const ActionProvider* findProvider(const base::Json& action_type_id);

/// "S3", "Lambda" and so on, for messages.
std::string providerName(const base::Json& action_type_id);

/// The times that AWS gives an action, in milliseconds.
/// https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
inline constexpr std::int64_t kMinute = 60LL * 1000;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;

/// The input artifact of that name; nullptr when the action has none such.
const ArtifactPlace* findInput(const ActionInput& input, const std::string& name);

/// How a failed call of an action is told: PermissionError for refusals, else JobFailed.
ActionStep failedCall(const base::ApiError& error);

/// The end of an action whose role may not store its output artifact; nothing for other errors. S3 has a code of its
/// own for that.
std::optional<ActionStep> outputRefused(const ActionInput& input, const base::ApiError& error);

/// The job's data as workers and functions get it (JobData without credentials for a poller that has not acknowledged).
base::Json jobData(const ActionInput& input, const std::string& continuation_token);

}  // namespace thimble::services::codepipeline
