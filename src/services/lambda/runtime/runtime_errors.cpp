#include "services/lambda/runtime/runtime_errors.h"

#include <csignal>
#include <cstdio>

#include "base/json.h"

namespace thimble::services::lambda::runtime {
namespace {

/// As Go's standard library names them, in whose words AWS reports.
const char* signalName(int signal) {
  switch (signal) {
    case SIGABRT:
      return "aborted";
    case SIGALRM:
      return "alarm clock";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "floating point exception";
    case SIGHUP:
      return "hangup";
    case SIGILL:
      return "illegal instruction";
    case SIGINT:
      return "interrupt";
    case SIGKILL:
      return "killed";
    case SIGPIPE:
      return "broken pipe";
    case SIGQUIT:
      return "quit";
    case SIGSEGV:
      return "segmentation fault";
    case SIGTERM:
      return "terminated";
    case SIGTRAP:
      return "trace/breakpoint trap";
    case SIGSYS:
      return "bad system call";
    default:
      return nullptr;
  }
}

}  // namespace

std::string runtimeErrorPayload(const std::string& type, const std::string& request_id, const std::string& message) {
  return base::Json::object({{"errorType", type}, {"errorMessage", "RequestId: " + request_id + " Error: " + message}})
      .write();
}

std::string timedOut(double seconds) {
  char text[64];
  std::snprintf(text, sizeof text, "Task timed out after %.2f seconds", seconds);
  return text;
}

std::string runtimeExited(const sandbox::BoxOutcome& outcome) {
  using Kind = sandbox::BoxOutcome::Kind;
  switch (outcome.kind) {
    case Kind::Exited:
      if (outcome.status == 0) return "Runtime exited without providing a reason";
      return "Runtime exited with error: exit status " + std::to_string(outcome.status);
    case Kind::Signalled: {
      const char* name = signalName(outcome.status);
      return "Runtime exited with error: signal: " +
             (name != nullptr ? std::string(name) : "signal " + std::to_string(outcome.status));
    }
    case Kind::ExecFailed:
    case Kind::SetupFailed:
      return outcome.message;
    case Kind::Killed:
      return "Runtime exited with error: signal: killed";
  }
  return outcome.message;
}

}  // namespace thimble::services::lambda::runtime
