#include "services/lambda/event_sources/lane.h"

#include <algorithm>

#include "services/lambda/event_sources/event_records.h"

namespace thimble::services::lambda::event_sources {
namespace {

using base::Json;

constexpr std::int64_t kFirstWait = 100;
constexpr std::int64_t kFirstPostponement = 500;
constexpr std::int64_t kLongestWait = 60'000;

std::int64_t waitAfter(std::int64_t first, std::int64_t times) {
  return std::min(first << std::min<std::int64_t>(times, 16), kLongestWait);
}

}  // namespace

Lane::Lane(std::vector<Json> records, std::size_t batch_size) : records_(std::move(records)) {
  for (std::size_t begin = 0; begin < records_.size(); begin += batch_size) {
    parts_.push_back(std::min(batch_size, records_.size() - begin));
  }
}

Lane Lane::fromJson(const Json& json) {
  Lane lane;
  lane.records_ = json["Records"].asArray();
  for (const Json& part : json["Parts"].asArray()) lane.parts_.push_back(static_cast<std::size_t>(part.asInt()));
  lane.attempts_ = json["Attempts"].asInt();
  lane.postponed_ = json["Postponed"].asInt();
  return lane;
}

Json Lane::toJson() const {
  Json parts = Json::array();
  for (const std::size_t part : parts_) parts.push(part);
  return Json::object(
      {{"Records", Json(records_)}, {"Parts", std::move(parts)}, {"Attempts", attempts_}, {"Postponed", postponed_}});
}

std::vector<Json> Lane::batch() const {
  if (records_.empty()) return {};
  return {records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(parts_.front())};
}

void Lane::take(std::size_t count) {
  records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(count));
  while (count > 0) {
    const std::size_t of_part = std::min(count, parts_.front());
    parts_.front() -= of_part;
    count -= of_part;
    if (parts_.front() == 0) {
      parts_.erase(parts_.begin());
      attempts_ = 0;
      postponed_ = 0;
    }
  }
}

std::vector<Json> Lane::takeExpired(const RetryRules& rules, std::int64_t now_milliseconds) {
  if (rules.most_age_seconds < 0) return {};
  const std::int64_t oldest = now_milliseconds - rules.most_age_seconds * 1000;
  std::vector<Json> expired;
  for (const Json& record : records_) {
    if (arrivalOf(record) >= oldest) break;
    expired.push_back(record);
  }
  take(expired.size());
  return expired;
}

void Lane::succeed() {
  take(parts_.front());
}

Lane::Failure Lane::fail(std::size_t first_failed, const RetryRules& rules) {
  Failure failure;
  postponed_ = 0;
  const std::int64_t attempts = attempts_;
  if (first_failed > 0) take(std::min(first_failed, parts_.front() - 1));
  const std::size_t size = parts_.front();
  // Splitting is no retry.
  if (rules.bisect && size > 1) {
    parts_.front() = size - size / 2;
    parts_.insert(parts_.begin(), size / 2);
    return failure;
  }
  attempts_ = attempts + 1;
  if (rules.most_retries >= 0 && attempts_ > rules.most_retries) {
    failure.given_up = batch();
    failure.invocations = attempts_;
    take(size);
    return failure;
  }
  failure.wait_milliseconds = waitAfter(kFirstWait, attempts);
  return failure;
}

std::int64_t Lane::postpone() {
  return waitAfter(kFirstPostponement, postponed_++);
}

}  // namespace thimble::services::lambda::event_sources
