// Sends the event's message as a text message. https://www.twilio.com/docs/messaging/api/message-resource
//
// Event: {"twilio_account_sid": "AC...", "twilio_auth_token": "...", "twilio_from": "+1...", "twilio_to": "+1...",
// "message": "..."}. The answer is the event without the token, with "twilio": {"sid", "status"}. TWILIO_API_BASE
// (default https://api.twilio.com) is where Twilio is.
#include "base/encoding.h"
#include "functions/runtime/event.h"
#include "functions/runtime/function.h"
#include "functions/runtime/http.h"

using namespace thimble;

namespace {

std::string form(std::initializer_list<std::pair<const char*, std::string>> fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text += (text.empty() ? "" : "&") + std::string(name) + "=" + base::encodePercent(value);
  return text;
}

}  // namespace

int main() {
  return function::run([](const base::Json& event, const function::Context& context) {
    const std::string account = function::requiredText(event, "twilio_account_sid");
    const std::string token = function::requiredText(event, "twilio_auth_token");
    function::HttpRequest request;
    request.method = "POST";
    request.url = function::setting("TWILIO_API_BASE", "https://api.twilio.com") + "/2010-04-01/Accounts/" +
                  base::encodePercent(account) + "/Messages.json";
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Authorization", "Basic " + base::encodeBase64(account + ":" + token)}};
    request.body = form({{"From", function::requiredText(event, "twilio_from")},
                         {"To", function::requiredText(event, "twilio_to")},
                         {"Body", function::requiredText(event, "message")}});
    function::HttpResponse response;
    try {
      response = function::fetch(request, {.timeout = context.remaining()});
    } catch (const function::HttpError& error) {
      throw function::Error("TwilioUnreachable", error.what());
    }
    const auto answer = base::Json::parse(response.body);
    if (response.status < 200 || response.status > 299 || !answer.ok()) {
      const std::string reason = answer.ok() ? answer->stringAt("message") : std::string();
      throw function::Error("TwilioError",
                            "Twilio answered with status " + std::to_string(response.status) + ": " + reason);
    }
    function::log("sent as " + answer->stringAt("sid"));
    base::Json result = event;
    result.erase("twilio_auth_token");
    result.set("twilio",
               base::Json::object({{"sid", answer->stringAt("sid")}, {"status", answer->stringAt("status")}}));
    return result;
  });
}
