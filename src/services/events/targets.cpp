// PutTargets, RemoveTargets, ListTargetsByRule.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
#include <algorithm>
#include <set>

#include "base/arn.h"
#include "lang/jsonpath/path.h"
#include "services/events/names.h"
#include "services/events/operations.h"
#include "services/events/paging.h"
#include "services/events/target_call.h"
#include "services/events/target_input.h"
#include "services/events/target_rows.h"
#include "wire/shapes/events.h"

namespace thimble::services::events {
namespace {

using namespace shapes::events;  // NOLINT: the operations of this file

constexpr std::size_t kMaxTargets = 5;

base::Result<void> checkPath(const std::string& path, const std::string& target) {
  if (lang::jsonpath::Path::parse(path).ok()) return {};
  return validation("Invalid JsonPath " + path + " for target " + target + ".");
}

base::Result<void> check(const Target& target) {
  TRY(checkTargetArn(toJson(target)));
  const int inputs = (target.Input_ ? 1 : 0) + (target.InputPath_ ? 1 : 0) + (target.InputTransformer_ ? 1 : 0);
  if (inputs > 1) {
    return validation("Only one of Input, InputPath, or InputTransformer must be provided for target " + target.Id_ +
                      ".");
  }
  if (target.Input_ && !base::Json::parse(*target.Input_).ok()) {
    return validation("JSON syntax error in input for target " + target.Id_ + ".");
  }
  if (target.InputPath_) TRY(checkPath(*target.InputPath_, target.Id_));
  if (target.InputTransformer_) {
    for (const auto& [name, path] :
         target.InputTransformer_->InputPathsMap_.value_or(std::map<std::string, std::string>())) {
      if (name.starts_with("aws.events.")) {
        return validation("InputPathsMap for target " + target.Id_ + " holds the reserved name " + name + ".");
      }
      TRY(checkPath(path, target.Id_));
    }
    TRY(checkTemplate(toJson(*target.InputTransformer_), target.Id_));
  }
  if (target.DeadLetterConfig_ && target.DeadLetterConfig_->Arn_) {
    const auto queue = base::parseArn(*target.DeadLetterConfig_->Arn_);
    if (!queue || queue->service != "sqs") {
      return validation("Parameter DeadLetterConfig.Arn is not valid. Reason: Only SQS queues are supported.");
    }
  }
  return {};
}

base::Result<PutTargets::Output> put(dispatch::Context& context, const PutTargets::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:PutTargets", bus.ruleArn(input.Rule_)));
  TRY_ASSIGN(rows::Rule rule, findRule(context.transaction(), bus, input.Rule_));
  std::set<std::string> ids;
  for (const Target& target : input.Targets_) {
    if (!ids.insert(target.Id_).second) {
      return validation("Target with id " + target.Id_ + " is given more than once.");
    }
    TRY(check(target));
  }
  std::vector<base::Json> targets = readTargets(rule);
  for (const Target& target : input.Targets_) {
    const auto same = std::find_if(targets.begin(), targets.end(),
                                   [&](const base::Json& each) { return each.stringAt("Id") == target.Id_; });
    if (same == targets.end()) {
      targets.push_back(toJson(target));
    } else {
      *same = toJson(target);
    }
  }
  if (targets.size() > kMaxTargets) return limitExceeded();
  writeTargets(rule, targets);
  putRule(context.transaction(), bus, rule);
  PutTargets::Output output;
  output.FailedEntryCount_ = 0;
  output.FailedEntries_.emplace();
  return output;
}

base::Result<RemoveTargets::Output> remove(dispatch::Context& context, const RemoveTargets::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:RemoveTargets", bus.ruleArn(input.Rule_)));
  TRY_ASSIGN(rows::Rule rule, findRule(context.transaction(), bus, input.Rule_));
  std::vector<base::Json> targets = readTargets(rule);
  targets.erase(std::remove_if(targets.begin(), targets.end(),
                               [&](const base::Json& each) {
                                 return std::find(input.Ids_.begin(), input.Ids_.end(), each.stringAt("Id")) !=
                                        input.Ids_.end();
                               }),
                targets.end());
  writeTargets(rule, targets);
  putRule(context.transaction(), bus, rule);
  RemoveTargets::Output output;
  output.FailedEntryCount_ = 0;
  output.FailedEntries_.emplace();
  return output;
}

base::Result<ListTargetsByRule::Output> list(dispatch::Context& context, const ListTargetsByRule::Input& input) {
  const Bus bus = busNamed(context, input.EventBusName_);
  TRY(context.authorise("events:ListTargetsByRule", bus.ruleArn(input.Rule_)));
  TRY_ASSIGN(const rows::Rule rule, findRule(context.transaction(), bus, input.Rule_));
  std::vector<base::Json> targets = readTargets(rule);
  std::sort(targets.begin(), targets.end(),
            [](const base::Json& a, const base::Json& b) { return a.stringAt("Id") < b.stringAt("Id"); });
  TRY_ASSIGN(Page page, Page::begin(input.NextToken_, input.Limit_));
  ListTargetsByRule::Output output;
  output.Targets_.emplace();
  for (const base::Json& target : targets) {
    if (page.takes(target.stringAt("Id"))) output.Targets_->push_back(shapes::fromJson<Target>(target));
  }
  output.NextToken_ = page.nextToken();
  return output;
}

}  // namespace

void registerTargets(dispatch::Registry& registry) {
  registry.add<PutTargets>(put);
  registry.add<RemoveTargets>(remove);
  registry.add<ListTargetsByRule>(list);
}

}  // namespace thimble::services::events
