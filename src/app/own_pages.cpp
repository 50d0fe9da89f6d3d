#include "app/own_pages.h"

namespace thimble::app {

OwnPages::OwnPages(dispatch::Doorway& doorway, const base::MetricRegistry& metrics, const dispatch::DenialLog& denials,
                   std::string button_token)
    : doorway_(doorway),
      metrics_(metrics),
      denials_(denials),
      button_(doorway, {.account = "000000000000", .token = std::move(button_token)}) {}

void OwnPages::handle(wire::http::HttpRequest request, wire::http::Responder responder) {
  const std::string_view path = request.path();
  wire::http::HttpResponse response;
  response.headers.add("Content-Type", "application/json");
  if (Button::handles(path)) {
    button_.handle(request, responder);
    return;
  }
  if (path == "/_thimble/health") {
    const bool writable = doorway_.environment().store.writable();
    response.status = ready_ && writable ? 200 : 503;
    response.body = !ready_    ? R"({"status":"starting"})"
                    : writable ? R"({"status":"ready"})"
                               : R"({"status":"read-only"})";
  } else if (path == "/_thimble/metrics" || path == "/metrics") {
    response.headers.set("Content-Type", base::MetricRegistry::kContentType);
    response.body = metrics_.text();
  } else if (path == "/_thimble/denials") {
    response.headers.set("Content-Type", "text/plain; charset=utf-8");
    for (const dispatch::Denial& denial : denials_.recent()) response.body += dispatch::describe(denial) + "\n";
  } else {
    response.status = 404;
    response.body = R"({"message":"There is no such page."})";
  }
  responder.send(std::move(response));
}

}  // namespace thimble::app
