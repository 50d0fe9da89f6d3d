// The button: a plain page with one big button that presses a stack's API, for people with a phone and no AWS CLI.
//
//   GET  /_thimble/button/<stack>                      the page
//   GET  /_thimble/button/<stack>/executions/<arn>     the state of the execution that a press started
//
// The page itself POSTs to the stack's API (its output StartPipelineUrl), so a press is the same request that any other
// client makes. The stack is looked for in every region.
#pragma once

#include <string>

#include "dispatch/doorway.h"
#include "wire/http/message.h"

namespace thimble::app {

class Button {
 public:
  struct Options {
    std::string account = "000000000000";
    std::string token;  ///< When set, requests of the public listener must carry it as ?token=.
  };

  Button(dispatch::Doorway& doorway, Options options) : doorway_(doorway), options_(std::move(options)) {}

  static bool handles(std::string_view path) { return path.starts_with("/_thimble/button/"); }
  void handle(const wire::http::HttpRequest& request, const wire::http::Responder& responder);

 private:
  dispatch::Doorway& doorway_;
  Options options_;
};

}  // namespace thimble::app
