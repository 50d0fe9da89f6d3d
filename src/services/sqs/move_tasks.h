// Tasks that move the messages of a dead-letter queue, each a durable process.
#pragma once

#include <string>
#include <string_view>

#include "dispatch/kernel.h"
#include "dispatch/waiters.h"
#include "services/sqs/queues.h"

namespace thimble::services::sqs {

/// Key: ARN of the source queue, task id.
inline constexpr store::Table<rows::MoveTask> kMoveTasks("sqs.move_task");

inline constexpr std::string_view kMoveKind = "sqs.move";

class MoveTasks final : public dispatch::ProcessKind {
 public:
  explicit MoveTasks(dispatch::Waiters& waiters) : waiters_(waiters) {}
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  dispatch::Waiters& waiters_;
};

/// With the queue its tasks are forgotten.
void forgetMoveTasks(store::Transaction& transaction, const std::string& source_arn);

}  // namespace thimble::services::sqs
