#include "services/events/pattern_cache.h"

namespace thimble::services::events {

bool PatternCache::matches(const std::string& text, const base::Json& event) {
  using lang::event_pattern::EventPattern;
  if (text.empty()) return true;
  EventPattern pattern;
  {
    const std::lock_guard lock(mutex_);
    auto found = patterns_.find(text);
    if (found == patterns_.end()) {
      auto parsed = EventPattern::parse(text);
      if (!parsed.ok()) return false;  // Cannot be: it was checked before it was stored.
      if (patterns_.size() >= kMost) patterns_.clear();
      found = patterns_.emplace(text, *std::move(parsed)).first;
    }
    pattern = found->second;  // A shared pointer.
  }
  return pattern.matches(event);
}

}  // namespace thimble::services::events
