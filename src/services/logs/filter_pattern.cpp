#include "services/logs/filter_pattern.h"

#include "services/logs/filter_matchers.h"

namespace thimble::services::logs {
namespace {

constexpr std::size_t kMaxLength = 1024;
constexpr std::string_view kBlanks = " \t\r\n";

}  // namespace

std::optional<FilterPattern> FilterPattern::parse(std::string_view text) {
  if (text.size() > kMaxLength) return std::nullopt;
  const std::size_t begin = text.find_first_not_of(kBlanks);
  text = begin == std::string_view::npos ? std::string_view() : text.substr(begin);
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  std::shared_ptr<const Matcher> matcher = text.starts_with('{')   ? parseJsonPattern(text)
                                           : text.starts_with('[') ? parseFields(text)
                                                                   : parseTerms(text);
  if (!matcher) return std::nullopt;
  return FilterPattern(std::move(matcher));
}

bool FilterPattern::matches(std::string_view message) const {
  return matcher_->matches(message);
}

}  // namespace thimble::services::logs
