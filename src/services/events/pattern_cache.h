// Compiled patterns by their text, so that an event does not read every rule's pattern anew.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "lang/event_pattern/pattern.h"

namespace thimble::services::events {

class PatternCache {
 public:
  /// Whether an event matches a stored pattern; an empty one takes all. Safe to call from any thread.
  bool matches(const std::string& pattern, const base::Json& event);

 private:
  static constexpr std::size_t kMost = 4096;

  std::mutex mutex_;
  std::map<std::string, lang::event_pattern::EventPattern, std::less<>> patterns_;
};

}  // namespace thimble::services::events
