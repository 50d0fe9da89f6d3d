#include "services/s3/lifecycle_pass.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/s3/common.h"
#include "services/s3/lifecycle.h"
#include "services/s3/notifications.h"
#include "services/s3/object_lock.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Timestamp;

constexpr std::int64_t kDay = 86'400'000;
constexpr std::size_t kKeysAtOnce = 200;

/// A day's count from a moment on, rounded up to midnight.
bool isOver(std::int64_t since, const Json& days, Timestamp now) {
  return days.isInt() && midnightAfter(since + days.asInt() * kDay).milliseconds <= now.milliseconds;
}

/// The storage class of the latest transition that is due; empty when none is.
std::string dueClass(const Json& transitions, const char* days_member, std::int64_t since, Timestamp now) {
  std::string storage_class;
  std::int64_t latest = -1;
  if (!transitions.isArray()) return storage_class;
  for (const Json& transition : transitions.asArray()) {
    std::int64_t due = -1;
    if (transition[days_member].isInt()) {
      due = midnightAfter(since + transition[days_member].asInt() * kDay).milliseconds;
    } else if (transition["Date"].isInt()) {
      due = transition["Date"].asInt();
    }
    if (due < 0 || due > now.milliseconds || due < latest) continue;
    latest = due;
    storage_class = transition.stringAt("StorageClass");
  }
  return storage_class;
}

/// One pass's work on the versions of one key.
class KeyPass {
 public:
  KeyPass(dispatch::ProcessContext& context, const proto::Bucket& bucket, const std::vector<Json>& rules)
      : context_(context), transaction_(context.transaction()), bucket_(bucket), rules_(rules) {}

  /// `versions`: all of the key, the newest first.
  void run(const std::vector<proto::ObjectVersion>& versions) {
    for (std::size_t i = 1; i < versions.size(); ++i) noncurrent(versions, i);
    const proto::ObjectVersion& newest = versions.front();
    if (newest.delete_marker()) {
      if (versions.size() == 1) loneMarker(newest);
    } else {
      current(newest);
    }
  }

 private:
  void current(const proto::ObjectVersion& object) {
    for (const Json& rule : rules_) {
      const auto due = expiryBy(rule, object);
      if (!due || *due > context_.now()) continue;
      if (bucket_.versioning().empty()) {
        expire(object);
        return;
      }
      proto::ObjectVersion marker;
      marker.set_key(object.key());
      marker.set_delete_marker(true);
      marker.set_version_id(newVersionId(bucket_, context_.random()));
      marker.set_modified(context_.now().milliseconds);
      addVersion(transaction_, bucket_.name(), marker);
      notify(context_, bucket_, marker, "LifecycleExpiration:DeleteMarkerCreated");
      return;
    }
    for (const Json& rule : rules_) {
      if (ruleApplies(rule, object))
        move(object, dueClass(rule["Transitions"], "Days", object.modified(), context_.now()));
    }
  }

  /// A marker with nothing behind it.
  void loneMarker(const proto::ObjectVersion& marker) {
    for (const Json& rule : rules_) {
      if (!ruleApplies(rule, marker)) continue;
      const Json& expiration = rule["Expiration"];
      if (expiration["ExpiredObjectDeleteMarker"] == Json(true) ||
          isOver(marker.modified(), expiration["Days"], context_.now())) {
        expire(marker);
        return;
      }
    }
  }

  void noncurrent(const std::vector<proto::ObjectVersion>& versions, std::size_t index) {
    const proto::ObjectVersion& object = versions[index];
    // It is noncurrent since the one that took its place was written.
    const std::int64_t since = versions[index - 1].modified();
    for (const Json& rule : rules_) {
      if (!ruleApplies(rule, object)) continue;
      const Json& expiration = rule["NoncurrentVersionExpiration"];
      const Json& kept = expiration["NewerNoncurrentVersions"];
      const bool spare = !kept.isInt() || static_cast<std::int64_t>(index - 1) >= kept.asInt();
      const bool over = isOver(since, expiration["NoncurrentDays"], context_.now());
      if (spare && over && checkRemovable(object, context_.now(), false).ok()) {
        expire(object);
        return;
      }
      move(object, dueClass(rule["NoncurrentVersionTransitions"], "NoncurrentDays", since, context_.now()));
    }
  }

  void expire(const proto::ObjectVersion& object) {
    removeVersion(transaction_, bucket_.name(), object);
    notify(context_, bucket_, object, "LifecycleExpiration:Delete");
  }

  void move(const proto::ObjectVersion& object, const std::string& storage_class) {
    if (storage_class.empty() || object.delete_marker() || object.storage_class() == storage_class) return;
    proto::ObjectVersion moved = object;
    moved.set_storage_class(storage_class);
    updateVersion(transaction_, bucket_.name(), moved);
    notify(context_, bucket_, moved, "LifecycleTransition");
  }

  dispatch::ProcessContext& context_;
  store::Transaction& transaction_;
  const proto::Bucket& bucket_;
  const std::vector<Json>& rules_;
};

/// Works on some keys behind `after`, the key of a row. The last of them, or nothing when all are done.
std::optional<std::string> passOverKeys(dispatch::ProcessContext& context, const proto::Bucket& bucket,
                                        const std::vector<Json>& rules, std::string after) {
  for (std::size_t count = 0; count < kKeysAtOnce; ++count) {
    const auto first = kVersions.scanAfter(context.transaction(), after, {.limit = 1}, bucket.name());
    if (first.empty()) return std::nullopt;
    const std::string key = first.front().record.key();
    std::vector<proto::ObjectVersion> versions;
    for (auto& entry : kVersions.scan(context.transaction(), {}, bucket.name(), key)) {
      after = entry.key;
      versions.push_back(std::move(entry.record));
    }
    KeyPass(context, bucket, rules).run(versions);
  }
  return after;
}

void abortUploads(dispatch::ProcessContext& context, const proto::Bucket& bucket, const std::vector<Json>& rules) {
  store::Transaction& transaction = context.transaction();
  for (const auto& entry : kUploads.scan(transaction, {}, bucket.name())) {
    const proto::Upload& upload = entry.record;
    const bool over = std::any_of(rules.begin(), rules.end(), [&](const Json& rule) {
      const Json& days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"];
      return ruleApplies(rule, upload.object()) && isOver(upload.initiated(), days, context.now());
    });
    if (!over) continue;
    for (const auto& part : kParts.scan(transaction, {}, bucket.name(), upload.id())) transaction.erase(part.key);
    transaction.erase(entry.key);
  }
}

}  // namespace

void awaitMidnight(dispatch::Context& context, const std::string& bucket) {
  context.start({LifecyclePasses::kName, bucket}, {});
}

void LifecyclePasses::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  using Type = dispatch::ProcessInput::Type;
  const auto bucket = kBuckets.get(context.transaction(), context.self().id);
  const Json listed = bucket ? configuration(*bucket, "Lifecycle")["Rules"] : Json();
  if (!listed.isArray()) return;  // The next rules start it anew.
  std::vector<Json> rules;
  for (const Json& rule : listed.asArray()) rules.push_back(rule);
  if (input.type == Type::Start || input.type == Type::Timer) {
    context.scheduleTimer("midnight", midnightAfter(context.now().milliseconds + 1));
  }
  if (input.type == Type::Timer) {
    abortUploads(context, *bucket, rules);
    context.scheduleContinue();
  }
  if (input.type == Type::Continue) {
    const std::string after = base::decodeBase64(input.payload.stringAt("After")).value_or("");
    if (const auto last = passOverKeys(context, *bucket, rules, after)) {
      context.scheduleContinue(Json::object({{"After", base::encodeBase64(*last)}}));
    }
  }
}

}  // namespace thimble::services::s3
