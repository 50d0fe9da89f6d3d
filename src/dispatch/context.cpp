#include "dispatch/context.h"

#include "dispatch/kernel.h"

namespace thimble::dispatch {

void Context::start(const ProcessReference& process, const base::Json& payload) {
  ProcessInput input;
  input.type = ProcessInput::Type::Start;
  input.payload = payload;
  kernel_.decide(transaction_, process, input);
}

void Context::signal(const ProcessReference& process, const base::Json& payload) {
  ProcessInput input;
  input.type = ProcessInput::Type::Signal;
  input.payload = payload;
  kernel_.decide(transaction_, process, input);
}

base::ApiError storeUnavailable(store::CommitOutcome outcome) {
  if (outcome == store::CommitOutcome::Refused) {
    return {"ServiceUnavailable", "The data folder's disk is full: nothing was changed. Free some space and try again.",
            503};
  }
  return {"InternalFailure", "The data folder can no longer be written; the server has to be started again.", 500};
}

}  // namespace thimble::dispatch
