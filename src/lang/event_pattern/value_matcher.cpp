#include "lang/event_pattern/value_matcher.h"

#include <algorithm>

namespace thimble::lang::event_pattern {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool sameText(std::string_view a, std::string_view b, bool ignore_case) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) {
           return ignore_case ? lower(x) == lower(y) : x == y;
         });
}

bool isOneOf(const std::vector<base::Json>& values, const base::Json& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// One step of a wildcard's pattern: a character, or any text.
struct WildcardStep {
  char c = '\0';
  bool any = false;
  std::size_t size = 1;  ///< Characters of the pattern that it takes.
};

WildcardStep stepAt(std::string_view pattern, std::size_t at) {
  if (pattern[at] == '*') return {'\0', true, 1};
  if (pattern[at] == '\\' && at + 1 < pattern.size()) return {pattern[at + 1], false, 2};
  return {pattern[at], false, 1};
}

}  // namespace

bool matchesWildcard(std::string_view pattern, std::string_view text) {
  // Going back only to the last "*" is enough, so that the cost is at most pattern times text.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size()) {
      const WildcardStep step = stepAt(pattern, p);
      if (step.any) {
        after_star = p += step.size;
        star_text = t;
        continue;
      }
      if (step.c == text[t]) {
        p += step.size;
        ++t;
        continue;
      }
    }
    if (after_star == std::string_view::npos) return false;
    p = after_star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool ValueMatcher::passes(const base::Json& value) const {
  const auto any = [&](auto&& matches) {
    if (!value.isString()) return negated;
    return std::any_of(texts.begin(), texts.end(), matches) != negated;
  };
  const std::string_view text = value.isString() ? std::string_view(value.asString()) : std::string_view();
  switch (kind) {
    case Kind::Exact:
      return isOneOf(values, value);
    case Kind::AnythingBut:
      return !isOneOf(values, value);
    case Kind::Prefix:
      return any([&](std::string_view each) { return sameText(text.substr(0, each.size()), each, ignore_case); });
    case Kind::Suffix:
      return any([&](std::string_view each) {
        return each.size() <= text.size() && sameText(text.substr(text.size() - each.size()), each, ignore_case);
      });
    case Kind::EqualsIgnoreCase:
      return any([&](std::string_view each) { return sameText(text, each, true); });
    case Kind::Wildcard:
      return any([&](std::string_view each) { return matchesWildcard(each, text); });
    case Kind::Numeric: {
      if (!value.isNumber()) return false;
      const double number = value.asDouble();
      return (low_open ? number > low : number >= low) && (high_open ? number < high : number <= high);
    }
    case Kind::Cidr: {
      const auto address = value.isString() ? policy::IpNetwork::parse(text) : std::nullopt;
      return address && network.contains(*address);
    }
    case Kind::Exists:
      return true;
    case Kind::Absent:
      return false;
  }
  return false;
}

}  // namespace thimble::lang::event_pattern
