#include "services/s3/lifecycle.h"

#include "base/encoding.h"
#include "base/time.h"
#include "services/s3/common.h"

namespace thimble::services::s3 {

using base::Json;

namespace {

constexpr std::int64_t kDay = 86400000;

bool hasTag(const proto::ObjectVersion& object, const Json& tag) {
  for (const proto::Tag& own : object.tags()) {
    if (own.key() == tag.stringAt("Key") && own.value() == tag.stringAt("Value")) return true;
  }
  return false;
}

// A filter, or the conditions inside of its And.
bool matches(const Json& filter, const proto::ObjectVersion& object) {
  if (!object.key().starts_with(filter.stringAt("Prefix"))) return false;
  if (filter.contains("Tag") && !hasTag(object, filter["Tag"])) return false;
  if (filter["Tags"].isArray()) {
    for (const Json& tag : filter["Tags"].asArray()) {
      if (!hasTag(object, tag)) return false;
    }
  }
  const auto size = static_cast<std::int64_t>(object.size());
  if (filter["ObjectSizeGreaterThan"].isInt() && size <= filter["ObjectSizeGreaterThan"].asInt()) return false;
  if (filter["ObjectSizeLessThan"].isInt() && size >= filter["ObjectSizeLessThan"].asInt()) return false;
  return true;
}

}  // namespace

bool ruleApplies(const Json& rule, const proto::ObjectVersion& object) {
  if (rule.stringAt("Status") != "Enabled") return false;
  if (!object.key().starts_with(rule.stringAt("Prefix"))) return false;
  const Json& filter = rule["Filter"];
  return matches(filter, object) && (!filter.contains("And") || matches(filter["And"], object));
}

base::Timestamp midnightAfter(std::int64_t milliseconds) {
  return base::Timestamp{(milliseconds + kDay - 1) / kDay * kDay};
}

std::optional<base::Timestamp> expiryBy(const Json& rule, const proto::ObjectVersion& object) {
  if (!ruleApplies(rule, object)) return std::nullopt;
  const Json& expiration = rule["Expiration"];
  if (expiration["Date"].isInt()) return base::Timestamp{expiration["Date"].asInt()};
  if (!expiration["Days"].isInt()) return std::nullopt;
  // Days are counted from the upload.
  return midnightAfter(object.modified() + expiration["Days"].asInt() * kDay);
}

std::optional<std::string> expirationHeader(const proto::Bucket& bucket, const proto::ObjectVersion& object) {
  const Json rules = configuration(bucket, "Lifecycle")["Rules"];
  if (!rules.isArray()) return std::nullopt;
  std::optional<base::Timestamp> first;
  std::string id;
  for (const Json& rule : rules.asArray()) {
    auto due = expiryBy(rule, object);
    if (!due || (first && *first <= *due)) continue;
    first = due;
    id = rule.stringAt("ID");
  }
  if (!first) return std::nullopt;
  return "expiry-date=\"" + base::formatHttpDate(*first) + "\", rule-id=\"" + base::encodePercent(id) + "\"";
}

}  // namespace thimble::services::s3
