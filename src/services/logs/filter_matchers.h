// The three kinds of filter patterns.
#pragma once

#include <memory>
#include <string_view>

#include "services/logs/filter_pattern.h"

namespace thimble::services::logs {

/// Each: nullptr when the pattern is malformed.
std::shared_ptr<const FilterPattern::Matcher> parseTerms(std::string_view text);
std::shared_ptr<const FilterPattern::Matcher> parseFields(std::string_view text);
std::shared_ptr<const FilterPattern::Matcher> parseJsonPattern(std::string_view text);

}  // namespace thimble::services::logs
