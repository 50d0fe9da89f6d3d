// Rows of CodeStar Notifications, errors, and how rules are found.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "base/arn.h"
#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "services/codestarnotifications/codestarnotifications.pb.h"
#include "store/table.h"

namespace thimble::services::codestarnotifications {

inline constexpr store::Table<rows::Rule> kRules("codestarnotifications.rule");
inline constexpr store::Table<rows::TargetStatus> kTargets("codestarnotifications.target");
inline constexpr store::Table<rows::Delivery> kDeliveries("codestarnotifications.delivery");

inline base::ApiError validation(std::string message) {
  return {"ValidationException", std::move(message)};
}
inline base::ApiError ruleNotFound(const std::string& arn) {
  return {"ResourceNotFoundException", "The notification rule " + arn + " does not exist.", 404};
}

/// What follows "notificationrule/" in its ARN; nothing when that is none of the caller's account.
std::optional<std::string> ruleIdOf(const dispatch::Context& context, const std::string& arn);
/// Errors: ResourceNotFoundException.
base::Result<rows::Rule> findRule(dispatch::Context& context, const std::string& arn);
/// Writes the rule and its targets' rows, and tells the outbox what rules may want now.
void putRule(dispatch::Context& context, const rows::Rule& rule);
void eraseRule(dispatch::Context& context, const rows::Rule& rule);

}  // namespace thimble::services::codestarnotifications
