// A rule's targets as its row holds them.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "services/events/events.pb.h"

namespace thimble::services::events {

/// Each in the form of the API's Target.
std::vector<base::Json> readTargets(const rows::Rule& rule);
void writeTargets(rows::Rule& rule, const std::vector<base::Json>& targets);

/// A value that a row holds in base/json_binary.h. Throws store::DamagedRow.
base::Json readBinary(const std::string& bytes);

/// Errors: InvalidEventPatternException. An empty pattern is none.
base::Result<void> checkPattern(const std::string& pattern);

}  // namespace thimble::services::events
