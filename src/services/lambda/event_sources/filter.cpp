#include "services/lambda/event_sources/filter.h"

#include <algorithm>
#include <utility>

namespace thimble::services::lambda::event_sources {

using base::Json;
using lang::event_pattern::EventPattern;
using lang::event_pattern::PatternError;

base::Result<Filter, PatternError> Filter::parse(const Json& criteria) {
  Filter filter;
  const Json& filters = criteria["Filters"];
  if (!filters.isArray()) return filter;
  for (const Json& each : filters.asArray()) {
    auto pattern = EventPattern::parse(each.stringAt("Pattern"));
    if (!pattern.ok()) return pattern.error();
    filter.patterns_.push_back(std::move(pattern).value());
  }
  return filter;
}

bool Filter::passes(const Json& record) const {
  if (patterns_.empty()) return true;
  Json shown = record;
  if (record["body"].isString()) {
    auto body = Json::parse(record["body"].asString());
    if (body.ok() && body->isObject()) shown.set("body", std::move(body).value());
  }
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const EventPattern& pattern) { return pattern.matches(shown); });
}

}  // namespace thimble::services::lambda::event_sources
