#include "app/button/button.h"

#include <openssl/crypto.h>
#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "base/arn.h"
#include "base/encoding.h"

namespace thimble::app {

extern const std::string_view kPageHtml;

namespace {

using base::Json;
using wire::http::HttpResponse;
using wire::http::Responder;

constexpr std::string_view kPrefix = "/_thimble/button/";
constexpr std::string_view kExecutions = "/executions/";

// Where a stack may be; the regions that are enabled by default first, since stacks are looked for in this order.
constexpr std::array kRegions = {
    "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",      "eu-west-1",      "eu-west-2",
    "eu-west-3",      "eu-central-1",   "eu-north-1",     "ca-central-1",   "sa-east-1",      "ap-south-1",
    "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "eu-south-1",
    "eu-south-2",     "eu-central-2",   "me-south-1",     "me-central-1",   "af-south-1",     "ap-east-1",
    "ap-south-2",     "ap-southeast-3", "ap-southeast-4", "il-central-1",   "ca-west-1"};

HttpResponse jsonAnswer(int status, const Json& body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-store");
  response.body = body.write();
  return response;
}

HttpResponse pageAnswer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
                       "frame-ancestors 'none'");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.body = std::move(body);
  return response;
}

std::string escapeHtml(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

/// JSON that may stand inside of a script element: "</script>" cannot end it.
std::string scriptJson(const Json& value) {
  std::string out;
  for (char c : value.write()) {
    c == '<' ? out += "\\u003c" : out += c;
  }
  return out;
}

std::string fill(std::string_view page, std::initializer_list<std::pair<std::string_view, std::string>> values) {
  std::string out(page);
  for (const auto& [name, value] : values) {
    const std::string mark = "{{" + std::string(name) + "}}";
    for (std::size_t at = 0; (at = out.find(mark, at)) != std::string::npos; at += value.size()) {
      out.replace(at, mark.size(), value);
    }
  }
  return out;
}

/// The value of a query parameter; empty when there is none.
std::string queryValue(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name && equals != std::string_view::npos) {
      return base::decodePercent(pair.substr(equals + 1), true).value_or("");
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return {};
}

bool sameSecret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string namedValue(const Json& list, std::string_view key_member, std::string_view value_member,
                       std::string_view key) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].stringAt(key_member) == key) return list[i].stringAt(value_member);
  }
  return {};
}

/// The path and query of a URL of this server, so that the page reaches it by whatever name it was itself reached.
std::string localPath(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash = scheme == std::string::npos ? 0 : url.find('/', scheme + 3);
  return slash == std::string::npos ? "/" : url.substr(slash);
}

HttpResponse buttonPage(const std::string& name, const Json& stack) {
  const std::string url = namedValue(stack["Outputs"], "OutputKey", "OutputValue", "StartPipelineUrl");
  if (url.empty()) {
    return pageAnswer(404, "<!doctype html><title>No button</title><p>The stack " + escapeHtml(name) +
                               " has no output StartPipelineUrl, so there is nothing to press.");
  }
  const std::string state_machine =
      namedValue(stack["Outputs"], "OutputKey", "OutputValue", "StepFunctionsStateMachine");
  const std::string pipeline = namedValue(stack["Parameters"], "ParameterKey", "ParameterValue", "CodePipelineName");
  Json settings = Json::object({{"url", localPath(url)}, {"stateMachineArn", state_machine}, {"pipeline", pipeline}});
  return pageAnswer(200, fill(kPageHtml, {{"title", escapeHtml(name)}, {"settings", scriptJson(settings)}}));
}

/// Asks one region after another until the stack is found.
class StackSearch : public std::enable_shared_from_this<StackSearch> {
 public:
  StackSearch(dispatch::Doorway& doorway, std::string account, std::string stack, Responder responder)
      : doorway_(doorway), account_(std::move(account)), stack_(std::move(stack)), responder_(std::move(responder)) {}

  void next() {
    if (region_ == kRegions.size()) {
      responder_.send(pageAnswer(404, "<!doctype html><title>No stack</title><p>There is no stack named " +
                                          escapeHtml(stack_) + " in any region."));
      return;
    }
    dispatch::Call call;
    call.identity = dispatch::Identity::root(account_);
    call.account = account_;
    call.region = kRegions[region_++];
    call.service = "cloudformation";
    call.operation = "DescribeStacks";
    call.input = Json::object({{"StackName", stack_}});
    doorway_.call(std::move(call), [self = shared_from_this()](dispatch::CallOutcome outcome) {
      if (outcome.ok() && outcome->output["Stacks"].size() > 0) {
        self->responder_.send(buttonPage(self->stack_, outcome->output["Stacks"][std::size_t{0}]));
      } else {
        self->next();
      }
    });
  }

 private:
  dispatch::Doorway& doorway_;
  std::string account_;
  std::string stack_;
  Responder responder_;
  std::size_t region_ = 0;
};

void tellExecution(dispatch::Doorway& doorway, const std::string& account, const std::string& execution,
                   const Responder& responder) {
  const auto arn = base::parseArn(execution);
  if (!arn || arn->service != "states") {
    responder.send(jsonAnswer(400, Json::object({{"message", "That is not the ARN of an execution."}})));
    return;
  }
  dispatch::Call call;
  call.identity = dispatch::Identity::root(account);
  call.account = account;
  call.region = arn->region;
  call.service = "states";
  call.operation = "DescribeExecution";
  call.input = Json::object({{"executionArn", execution}});
  doorway.call(std::move(call), [responder](dispatch::CallOutcome outcome) {
    if (!outcome.ok()) {
      responder.send(jsonAnswer(outcome.error().http_status, Json::object({{"message", outcome.error().message}})));
      return;
    }
    // Its input is not told: it may hold the notifier's secrets.
    Json body = Json::object({{"status", outcome->output["status"]}});
    for (const char* member : {"error", "cause"}) {
      if (const Json* value = outcome->output.find(member)) body.set(member, *value);
    }
    responder.send(jsonAnswer(200, body));
  });
}

}  // namespace

void Button::handle(const wire::http::HttpRequest& request, const Responder& responder) {
  if (request.method != "GET" && request.method != "HEAD") {
    responder.send(jsonAnswer(405, Json::object({{"message", "Only GET is answered here."}})));
    return;
  }
  if (request.listener == wire::http::ListenerKind::Public &&
      (options_.token.empty() || !sameSecret(queryValue(request.query(), "token"), options_.token))) {
    responder.send(jsonAnswer(403, Json::object({{"message", "The button needs its token: ?token=..."}})));
    return;
  }
  const std::string_view rest = request.path().substr(kPrefix.size());
  const std::size_t executions = rest.find(kExecutions);
  if (executions != std::string_view::npos) {
    const auto execution = base::decodePercent(rest.substr(executions + kExecutions.size()));
    tellExecution(doorway_, options_.account, execution.value_or(""), responder);
    return;
  }
  const auto stack = base::decodePercent(rest);
  if (!stack || stack->empty() || stack->size() > 128) {
    responder.send(
        jsonAnswer(404, Json::object({{"message", "The address of a button is /_thimble/button/<stack>."}})));
    return;
  }
  std::make_shared<StackSearch>(doorway_, options_.account, *stack, responder)->next();
}

}  // namespace thimble::app
