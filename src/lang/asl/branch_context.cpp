#include "lang/asl/branch_context.h"

#include "base/time.h"

namespace thimble::lang::asl {

using base::Json;

void BranchContext::setItem(std::int64_t index, Json value) {
  item_index_ = index;
  item_ = std::move(value);
  made_.reset();
}

const Json& BranchContext::context() {
  if (made_) return *made_;
  Json out = Json::object();
  out.set("Execution", Json::object({{"Id", identity_.arn},
                                     {"Input", identity_.input.value()},
                                     {"StartTime", base::formatIso8601Milliseconds({identity_.start_time})},
                                     {"Name", identity_.name},
                                     {"RoleArn", identity_.role_arn},
                                     {"RedriveCount", header_.redrive_count}}));
  Json machine = Json::object({{"Id", identity_.machine_arn}, {"Name", identity_.machine_name}});
  out.set("StateMachine", std::move(machine));
  Json state =
      Json::object({{"Name", state_.name}, {"EnteredTime", base::formatIso8601Milliseconds({branch_.entered_time})}});
  if (state_.type == StateType::Task || state_.type == StateType::Parallel || state_.type == StateType::Map) {
    state.set("RetryCount", Json(branch_.retry_count));
  }
  out.set("State", std::move(state));
  const std::string& token = token_.empty() ? branch_.token : token_;
  if (!token.empty()) out.set("Task", Json::object({{"Token", token}}));
  const std::int64_t index = item_index_.value_or(branch_.item_index);
  if (index >= 0) {
    out.set("Map",
            Json::object({{"Item", Json::object({{"Index", index}, {"Value", item_index_ ? item_ : branch_.item}})}}));
  }
  made_ = std::move(out);
  return *made_;
}

}  // namespace thimble::lang::asl
