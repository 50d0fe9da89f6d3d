#include "services/logs/groups.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/logs/errors.h"
#include "services/logs/registration.h"
#include "services/logs/subscription_filters.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::CreateLogGroup;
using shapes::logs::DeleteLogGroup;
using shapes::logs::DeleteRetentionPolicy;
using shapes::logs::DescribeLogGroups;
using shapes::logs::ListLogGroups;
using shapes::logs::PutLogGroupDeletionProtection;
using shapes::logs::PutRetentionPolicy;

constexpr std::int64_t kDefaultLimit = 50;
constexpr std::size_t kErasedAtOnce = 2000;

std::int64_t storedBytes(dispatch::Context& context, const std::string& group) {
  std::int64_t bytes = 0;
  for (const auto& entry : kStreams.scan(context.transaction(), {}, context.account(), context.region(), group)) {
    bytes += entry.record.stored_bytes();
  }
  return bytes;
}

std::int64_t metricFilters(dispatch::Context& context, const std::string& group) {
  return static_cast<std::int64_t>(
      kMetricFilters.scan(context.transaction(), {}, context.account(), context.region(), group).size());
}

bool containsIgnoringCase(const std::string& text, const std::string& part) {
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

base::Result<CreateLogGroup::Output> createLogGroup(dispatch::Context& context, const CreateLogGroup::Input& input) {
  if (kGroups.has(context.transaction(), context.account(), context.region(), input.logGroupName_)) {
    return alreadyExists("The specified log group already exists");
  }
  rows::GroupRecord group;
  group.set_name(input.logGroupName_);
  group.set_created(context.now().milliseconds);
  group.set_log_class(input.logGroupClass_.value_or("STANDARD"));
  group.set_kms_key(input.kmsKeyId_.value_or(""));
  group.set_deletion_protection(input.deletionProtectionEnabled_.value_or(false));
  if (input.tags_) {
    for (const auto& [key, value] : *input.tags_) {
      rows::Tag& tag = *group.add_tags();
      tag.set_key(key);
      tag.set_value(value);
    }
  }
  kGroups.put(context.transaction(), group, context.account(), context.region(), group.name());
  return CreateLogGroup::Output{};
}

base::Result<PutLogGroupDeletionProtection::Output> protectLogGroup(dispatch::Context& context,
                                                                    const PutLogGroupDeletionProtection::Input& input) {
  TRY_ASSIGN(const std::string name, groupName(std::nullopt, input.logGroupIdentifier_));
  TRY(context.authorise("logs:PutLogGroupDeletionProtection", groupArn(context, name) + ":*"));
  TRY_ASSIGN(rows::GroupRecord group, loadGroup(context, name));
  group.set_deletion_protection(input.deletionProtectionEnabled_);
  kGroups.put(context.transaction(), group, context.account(), context.region(), name);
  return PutLogGroupDeletionProtection::Output{};
}

base::Result<DeleteLogGroup::Output> deleteLogGroup(dispatch::Context& context, const DeleteLogGroup::Input& input) {
  TRY_ASSIGN(const rows::GroupRecord group, loadGroup(context, input.logGroupName_));
  if (group.deletion_protection()) {
    return base::ApiError{"ValidationException",
                          "The log group cannot be deleted because deletion protection is enabled.", 400};
  }
  for (const auto& entry :
       kStreams.scan(context.transaction(), {}, context.account(), context.region(), input.logGroupName_)) {
    discardStream(context, entry.record);
    context.transaction().erase(entry.key);
  }
  for (const auto& entry :
       kMetricFilters.scan(context.transaction(), {}, context.account(), context.region(), input.logGroupName_)) {
    context.transaction().erase(entry.key);
  }
  forgetSubscriptionFilters(context, input.logGroupName_);
  kGroups.erase(context.transaction(), context.account(), context.region(), input.logGroupName_);
  eraseSomeGarbage(context);
  return DeleteLogGroup::Output{};
}

base::Result<DescribeLogGroups::Output> describeLogGroups(dispatch::Context& context,
                                                          const DescribeLogGroups::Input& input) {
  if (input.logGroupNamePrefix_ && input.logGroupNamePattern_) {
    return invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  DescribeLogGroups::Output output;
  output.logGroups_.emplace();
  for (const auto& entry : kGroups.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::GroupRecord& group = entry.record;
    if (!after.empty() && group.name() <= after) continue;
    if (input.logGroupNamePrefix_ && !group.name().starts_with(*input.logGroupNamePrefix_)) continue;
    if (input.logGroupNamePattern_ && !containsIgnoringCase(group.name(), *input.logGroupNamePattern_)) continue;
    if (input.logGroupClass_ && group.log_class() != *input.logGroupClass_) continue;
    if (input.logGroupIdentifiers_) {
      const auto& wanted = *input.logGroupIdentifiers_;
      const std::string arn = groupArn(context, group.name());
      const bool named = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& identifier) {
        return identifier == group.name() || identifier == arn;
      });
      if (!named) continue;
    }
    if (output.logGroups_->size() == limit) {
      output.nextToken_ = pageToken(*output.logGroups_->back().logGroupName_);
      break;
    }
    shapes::logs::LogGroup shown;
    shown.logGroupName_ = group.name();
    shown.creationTime_ = group.created();
    shown.logGroupArn_ = groupArn(context, group.name());
    shown.arn_ = *shown.logGroupArn_ + ":*";
    shown.logGroupClass_ = group.log_class();
    shown.metricFilterCount_ = metricFilters(context, group.name());
    if (group.retention_days() != 0) shown.retentionInDays_ = group.retention_days();
    if (!group.kms_key().empty()) shown.kmsKeyId_ = group.kms_key();
    // A search by pattern goes to an index that does not know these, and always says that there may be more.
    if (!input.logGroupNamePattern_) {
      shown.storedBytes_ = storedBytes(context, group.name());
      shown.deletionProtectionEnabled_ = group.deletion_protection();
    }
    output.logGroups_->push_back(std::move(shown));
  }
  if (input.logGroupNamePattern_ && !input.nextToken_ && !output.nextToken_ && !output.logGroups_->empty()) {
    output.nextToken_ = pageToken(*output.logGroups_->back().logGroupName_);
  }
  return output;
}

base::Result<ListLogGroups::Output> listLogGroups(dispatch::Context& context, const ListLogGroups::Input& input) {
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  ListLogGroups::Output output;
  output.logGroups_.emplace();
  for (const auto& entry : kGroups.scan(context.transaction(), {}, context.account(), context.region())) {
    const rows::GroupRecord& group = entry.record;
    if (!after.empty() && group.name() <= after) continue;
    if (input.logGroupClass_ && group.log_class() != *input.logGroupClass_) continue;
    if (input.logGroupNamePattern_) {
      std::string pattern = *input.logGroupNamePattern_;
      const bool anchored = pattern.starts_with('^');
      if (anchored) pattern.erase(0, 1);
      if (anchored ? !group.name().starts_with(pattern) : group.name().find(pattern) == std::string::npos) continue;
    }
    if (output.logGroups_->size() == limit) {
      output.nextToken_ = pageToken(*output.logGroups_->back().logGroupName_);
      break;
    }
    shapes::logs::LogGroupSummary shown;
    shown.logGroupName_ = group.name();
    shown.logGroupArn_ = groupArn(context, group.name());
    shown.logGroupClass_ = group.log_class();
    output.logGroups_->push_back(std::move(shown));
  }
  return output;
}

base::Result<PutRetentionPolicy::Output> putRetentionPolicy(dispatch::Context& context,
                                                            const PutRetentionPolicy::Input& input) {
  static constexpr std::int64_t kDays[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                           365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
  if (std::find(std::begin(kDays), std::end(kDays), input.retentionInDays_) == std::end(kDays)) {
    std::string values;
    for (const std::int64_t days : kDays) values += (values.empty() ? "" : ", ") + std::to_string(days);
    return invalidParameter("1 validation error detected: Value '" + std::to_string(input.retentionInDays_) +
                            "' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value "
                            "set: [" +
                            values + "]");
  }
  TRY_ASSIGN(rows::GroupRecord group, loadGroup(context, input.logGroupName_));
  group.set_retention_days(input.retentionInDays_);
  kGroups.put(context.transaction(), group, context.account(), context.region(), group.name());
  return PutRetentionPolicy::Output{};
}

base::Result<DeleteRetentionPolicy::Output> deleteRetentionPolicy(dispatch::Context& context,
                                                                  const DeleteRetentionPolicy::Input& input) {
  TRY_ASSIGN(rows::GroupRecord group, loadGroup(context, input.logGroupName_));
  group.set_retention_days(0);
  kGroups.put(context.transaction(), group, context.account(), context.region(), group.name());
  return DeleteRetentionPolicy::Output{};
}

}  // namespace

std::string groupArn(const dispatch::Context& context, const std::string& group) {
  return "arn:aws:logs:" + context.region() + ":" + context.account() + ":log-group:" + group;
}

base::Result<std::string> groupName(const std::optional<std::string>& name,
                                    const std::optional<std::string>& identifier) {
  if (name && identifier) {
    return invalidParameter("LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  }
  if (name) return *name;
  if (!identifier) return invalidParameter("Either LogGroup name or LogGroup ARN is required.");
  const std::size_t at = identifier->find(":log-group:");
  if (at == std::string::npos) return *identifier;
  std::string group = identifier->substr(at + 11);
  if (group.ends_with(":*")) group.resize(group.size() - 2);
  return group;
}

base::Result<rows::GroupRecord> loadGroup(dispatch::Context& context, const std::string& name) {
  auto group = kGroups.get(context.transaction(), context.account(), context.region(), name);
  if (!group) return groupNotFound();
  return *std::move(group);
}

base::Result<rows::StreamRecord> loadStream(dispatch::Context& context, const std::string& group,
                                            const std::string& stream) {
  auto record = kStreams.get(context.transaction(), context.account(), context.region(), group, stream);
  if (record) return *std::move(record);
  TRY(loadGroup(context, group));
  return streamNotFound();
}

void discardStream(dispatch::Context& context, const rows::StreamRecord& stream) {
  if (stream.next_sequence() > 0) kGarbage.put(context.transaction(), {}, stream.id());
}

void eraseSomeGarbage(dispatch::Context& context) {
  std::size_t left = kErasedAtOnce;
  for (const auto& entry : kGarbage.scan(context.transaction(), {.limit = 20})) {
    store::KeyReader reader(entry.key);
    reader.text();
    const auto id = reader.text();
    if (!id) continue;
    const auto rows = context.transaction().scanPrefix(kEvents.key(*id).bytes(), {.limit = left});
    for (const auto& row : rows) context.transaction().erase(row.key);
    if (rows.size() < left) context.transaction().erase(entry.key);
    left -= rows.size();
    if (left == 0) return;
  }
}

std::string sequenceToken(const rows::StreamRecord& stream) {
  const std::string digits = std::to_string(stream.next_sequence());
  return "49" + std::string(54 - std::min<std::size_t>(digits.size(), 54), '0') + digits;
}

std::string pageToken(const std::string& last_name) {
  return base::encodeBase64(last_name);
}

base::Result<std::string> nameOfPageToken(const std::optional<std::string>& token) {
  if (!token) return std::string();
  const auto name = base::decodeBase64(*token);
  if (!name || name->empty()) return invalidParameter("The specified nextToken is invalid.");
  return *name;
}

void registerGroups(dispatch::Registry& registry) {
  registry.add<CreateLogGroup>(createLogGroup);
  registry.add<DeleteLogGroup>(deleteLogGroup);
  registry.add<PutLogGroupDeletionProtection>(protectLogGroup);
  registry.add<DescribeLogGroups>(describeLogGroups);
  registry.add<ListLogGroups>(listLogGroups);
  registry.add<PutRetentionPolicy>(putRetentionPolicy);
  registry.add<DeleteRetentionPolicy>(deleteRetentionPolicy);
}

}  // namespace thimble::services::logs
