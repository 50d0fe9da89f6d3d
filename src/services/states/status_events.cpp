#include "services/states/status_events.h"

#include "dispatch/event_outbox.h"

namespace thimble::services::states {
namespace {

using base::Json;
using lang::asl::ExecutionStatus;

constexpr const char* kSource = "aws.states";
/// An event holds up to 256 KiB; what is longer is left out, and the details say so.
constexpr std::size_t kMostBytes = 248'000;

/// Context and ProcessContext offer the same.
template <class AnyContext>
void emit(AnyContext& context, const rows::Execution& execution, const lang::asl::Header& header) {
  if (!dispatch::eventIsWanted(context.transaction(), execution.account(), execution.region(), kSource)) return;
  const bool over = header.status != ExecutionStatus::Running;
  std::size_t left = kMostBytes;
  Json detail = Json::object({{"executionArn", execution.arn()},
                              {"stateMachineArn", execution.machine_arn()},
                              {"name", execution.name()},
                              {"status", std::string(lang::asl::statusName(header.status))},
                              {"startDate", execution.start_time()},
                              {"stopDate", over ? Json(header.stop_time) : Json()}});
  const auto add = [&](const char* name, const char* details, const std::string* text) {
    const bool included = text == nullptr || text->size() <= left;
    detail.set(name, text == nullptr || !included ? Json() : Json(*text));
    detail.set(details, text == nullptr ? Json() : Json::object({{"included", included}}));
    if (text != nullptr && included) left -= text->size();
  };
  add("input", "inputDetails", &execution.input());
  add("output", "outputDetails", header.status == ExecutionStatus::Succeeded ? &*header.output.text() : nullptr);
  detail.set("error", header.error ? Json(*header.error) : Json());
  detail.set("cause", header.cause ? Json(*header.cause) : Json());
  detail.set("stateMachineVersionArn", execution.version_arn().empty() ? Json() : Json(execution.version_arn()));
  detail.set("stateMachineAliasArn", execution.alias_arn().empty() ? Json() : Json(execution.alias_arn()));
  dispatch::Event event;
  event.account = execution.account();
  event.region = execution.region();
  event.source = kSource;
  event.detail_type = "Step Functions Execution Status Change";
  event.resources = {execution.arn()};
  event.detail = std::move(detail);
  dispatch::emitEvent(context, event);
}

}  // namespace

void emitStatus(dispatch::Context& context, const rows::Execution& execution, const lang::asl::Header& header) {
  emit(context, execution, header);
}

void emitStatus(dispatch::ProcessContext& context, const rows::Execution& execution, const lang::asl::Header& header) {
  emit(context, execution, header);
}

}  // namespace thimble::services::states
