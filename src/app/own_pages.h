// The program's own pages under /_thimble/.
#pragma once

#include <atomic>
#include <string>

#include "app/button/button.h"
#include "base/metrics.h"
#include "dispatch/denials.h"
#include "dispatch/doorway.h"
#include "wire/http/message.h"

namespace thimble::app {

/// /_thimble/health answers 200 once everything is recovered and running, 503 before.
/// /_thimble/denials is the last refusals, newest first, as text: what `thimble why-denied` prints.
/// /_thimble/metrics, and /metrics when it is not signed, is Prometheus' text. /_thimble/button/... is the button.
class OwnPages {
 public:
  OwnPages(dispatch::Doorway& doorway, const base::MetricRegistry& metrics, const dispatch::DenialLog& denials,
           std::string button_token);

  void handle(wire::http::HttpRequest request, wire::http::Responder responder);
  static bool isPublic(std::string_view path) { return Button::handles(path); }
  void setReady() { ready_ = true; }

 private:
  dispatch::Doorway& doorway_;
  const base::MetricRegistry& metrics_;
  const dispatch::DenialLog& denials_;
  Button button_;
  std::atomic<bool> ready_{false};
};

}  // namespace thimble::app
