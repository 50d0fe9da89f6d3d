// Posts the event's message to a Slack channel. https://api.slack.com/methods/chat.postMessage
//
// Event: {"channel": "#builds", "slack_token": "xoxb-...", "message": "..."}. The answer is the event without the
// token, with "slack": {"channel", "ts"}. SLACK_API_BASE (default https://slack.com/api) is where Slack is.
#include "functions/runtime/event.h"
#include "functions/runtime/function.h"
#include "functions/runtime/http.h"

using namespace thimble;

int main() {
  return function::run([](const base::Json& event, const function::Context& context) {
    const std::string token = function::requiredText(event, "slack_token");
    const base::Json message = base::Json::object(
        {{"channel", function::requiredText(event, "channel")}, {"text", function::requiredText(event, "message")}});
    function::HttpRequest request;
    request.method = "POST";
    request.url = function::setting("SLACK_API_BASE", "https://slack.com/api") + "/chat.postMessage";
    request.headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Authorization", "Bearer " + token}};
    request.body = message.write();
    function::HttpResponse response;
    try {
      response = function::fetch(request, {.timeout = context.remaining()});
    } catch (const function::HttpError& error) {
      throw function::Error("SlackUnreachable", error.what());
    }
    const auto answer = base::Json::parse(response.body);
    if (response.status != 200 || !answer.ok()) {
      throw function::Error("SlackError", "Slack answered with status " + std::to_string(response.status));
    }
    // Slack tells of failures with status 200.
    if ((*answer)["ok"] != base::Json(true)) throw function::Error("SlackError", answer->stringAt("error", "unknown"));
    function::log("posted to " + message.stringAt("channel"));
    base::Json result = event;
    result.erase("slack_token");
    result.set("slack", base::Json::object({{"channel", answer->stringAt("channel")}, {"ts", answer->stringAt("ts")}}));
    return result;
  });
}
