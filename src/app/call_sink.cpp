#include "app/call_sink.h"

namespace thimble::app {

void DoorwaySink::call(wire::WireCall wire_call, std::function<void(wire::WireOutcome)> done) {
  dispatch::Call call;
  call.identity = *std::static_pointer_cast<const dispatch::Identity>(wire_call.principal);
  // An anonymous caller's account is that of the resource; the services that allow one find it.
  call.account = call.identity.account.empty() ? "000000000000" : call.identity.account;
  call.region = std::move(wire_call.region);
  call.service = wire_call.operation->service->name;
  call.operation = wire_call.operation->name;
  call.input = std::move(wire_call.input);
  call.body = std::move(wire_call.body);
  call.request_id = std::move(wire_call.request_id);
  call.source_ip = std::move(wire_call.source_ip);
  call.user_agent = std::move(wire_call.user_agent);
  doorway_.call(std::move(call), [done = std::move(done)](dispatch::CallOutcome outcome) {
    if (!outcome.ok()) {
      done(std::move(outcome).error());
      return;
    }
    wire::WireAnswer answer;
    answer.output = std::move(outcome->output);
    answer.body = std::move(outcome->body);
    answer.http_status = outcome->http_status;
    done(std::move(answer));
  });
}

}  // namespace thimble::app
