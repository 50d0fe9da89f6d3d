#include "functions/runtime/function.h"

#include <cxxabi.h>
#include <execinfo.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "functions/runtime/http.h"

namespace thimble::function {
namespace {

using base::Json;

constexpr const char* kInvocation = "/2018-06-01/runtime/invocation/";
constexpr int kMaxFrames = 32;

std::vector<std::string> captureStack() {
  void* frames[kMaxFrames];
  const int count = backtrace(frames, kMaxFrames);
  const std::unique_ptr<char*, decltype(&std::free)> texts(backtrace_symbols(frames, count), std::free);
  std::vector<std::string> stack;
  // The first two are this function and Error's constructor.
  for (int i = 2; i < count && texts != nullptr; ++i) stack.emplace_back(texts.get()[i]);
  return stack;
}

std::string className(const std::exception& error) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &status), std::free);
  return status == 0 && name != nullptr ? name.get() : typeid(error).name();
}

Json errorReport(const std::string& type, const std::string& message, const std::vector<std::string>& stack) {
  Json trace = Json::array();
  for (const std::string& frame : stack) trace.push(frame);
  return Json::object({{"errorMessage", message}, {"errorType", type}, {"stackTrace", std::move(trace)}});
}

/// The path's end and the body of an invocation's answer.
struct Answer {
  const char* verb;
  std::string body;
};

Answer answerOf(const Handler& handler, const std::string& body, const Context& context) {
  Json report;
  try {
    const base::Result<Json, base::JsonError> event = Json::parse(body.empty() ? "{}" : body);
    if (!event.ok()) throw Error("Runtime.UnmarshalError", "Unable to unmarshal input: " + event.error().message);
    return {"/response", handler(*event, context).write()};
  } catch (const Error& error) {
    report = errorReport(error.type(), error.what(), error.stack());
  } catch (const std::exception& error) {
    report = errorReport(className(error), error.what(), {});
  } catch (...) {
    report = errorReport("UnknownException", "something was thrown that is no exception", {});
  }
  log("[ERROR] " + report.stringAt("errorType") + ": " + report.stringAt("errorMessage"));
  return {"/error", report.write()};
}

Context contextOf(const HttpResponse& response) {
  Context context;
  context.request_id = response.header("Lambda-Runtime-Aws-Request-Id");
  context.function_arn = response.header("Lambda-Runtime-Invoked-Function-Arn");
  context.trace_id = response.header("Lambda-Runtime-Trace-Id");
  context.client_context = response.header("Lambda-Runtime-Client-Context");
  const std::string deadline = response.header("Lambda-Runtime-Deadline-Ms");
  std::from_chars(deadline.data(), deadline.data() + deadline.size(), context.deadline);
  return context;
}

}  // namespace

std::chrono::milliseconds Context::remaining() const {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  return std::chrono::milliseconds(std::max<std::int64_t>(deadline - now, 0));
}

Error::Error(std::string type, const std::string& message)
    : std::runtime_error(message), type_(std::move(type)), stack_(captureStack()) {}

void log(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = write(STDOUT_FILENO, rest.data(), rest.size());
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string setting(const char* name, std::string_view fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::string(value) : std::string(fallback);
}

int run(const Handler& handler) {
  const std::string address = setting("AWS_LAMBDA_RUNTIME_API");
  if (address.empty()) {
    std::fprintf(stderr, "AWS_LAMBDA_RUNTIME_API is not set: this program runs as a Lambda function.\n");
    return 1;
  }
  return run(handler, address);
}

int run(const Handler& handler, const std::string& runtime_api) {
  HttpConnection connection(runtime_api);
  for (;;) {
    HttpResponse next;
    try {
      next = connection.send("GET", std::string(kInvocation) + "next", {}, "");
    } catch (const HttpError&) {
      // The runtime is gone, and with it the reason to live.
      return 0;
    }
    if (next.status != 200) return 1;
    const Context context = contextOf(next);
    setenv("_X_AMZN_TRACE_ID", context.trace_id.c_str(), 1);
    const Answer answer = answerOf(handler, next.body, context);
    HeaderList headers = {{"Content-Type", "application/json"}};
    if (std::string_view(answer.verb) == "/error")
      headers.emplace_back("Lambda-Runtime-Function-Error-Type", "Unhandled");
    try {
      connection.send("POST", kInvocation + context.request_id + answer.verb, headers, answer.body);
    } catch (const HttpError& error) {
      std::fprintf(stderr, "answering failed: %s\n", error.what());
      return 1;
    }
  }
}

}  // namespace thimble::function
