#include "lang/buildspec/glob.h"

namespace thimble::lang::buildspec {
namespace {

constexpr std::size_t kMostBytes = 1024;
constexpr std::size_t kMostChoices = 256;

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    std::size_t end = path.find('/', begin);
    if (end == std::string_view::npos) end = path.size();
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Matches one character against what stands at `pattern[at]`; moves `at` behind it.
bool matchOne(std::string_view pattern, std::size_t& at, char c) {
  if (pattern[at] == '?') {
    ++at;
    return true;
  }
  if (pattern[at] == '\\' && at + 1 < pattern.size()) {
    at += 2;
    return pattern[at - 1] == c;
  }
  const std::size_t close = pattern[at] == '[' ? pattern.find(']', at + 2) : std::string_view::npos;
  if (close == std::string_view::npos) return pattern[at++] == c;
  std::string_view set = pattern.substr(at + 1, close - at - 1);
  at = close + 1;
  const bool negated = set[0] == '!' || set[0] == '^';
  if (negated) set.remove_prefix(1);
  bool in = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      in = in || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      in = in || set[i] == c;
    }
  }
  return in != negated;
}

/// One part against one: a "*" that fails gives way only to a later "*", so this is at most quadratic.
bool matchPart(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
      continue;
    }
    std::size_t next = p;
    if (p < pattern.size() && matchOne(pattern, next, text[t])) {
      p = next;
      ++t;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    t = ++mark;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// The same over parts, "**" being the star.
bool matchParts(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, mark = 0;
  while (t < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && matchPart(pattern[p], path[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == "**") ++p;
  return p == pattern.size();
}

}  // namespace

std::string normalPath(std::string_view path) {
  std::string out;
  if (!path.empty() && path[0] == '/') out = "/";
  for (const std::string_view part : split(path)) {
    if (part.empty() || part == ".") continue;
    if (!out.empty() && out.back() != '/') out += '/';
    out += part;
  }
  return out;
}

std::vector<std::string> expandBraces(std::string_view pattern) {
  std::vector<std::string> done;
  std::vector<std::string> open{std::string(pattern.substr(0, kMostBytes))};
  while (!open.empty() && done.size() < kMostChoices) {
    const std::string each = std::move(open.back());
    open.pop_back();
    const std::size_t begin = each.find('{');
    const std::size_t end = begin == std::string::npos ? begin : each.find('}', begin);
    if (end == std::string::npos || each.find(',', begin) > end) {
      done.push_back(each);
      continue;
    }
    for (std::size_t at = begin + 1; at <= end && open.size() < kMostChoices;) {
      const std::size_t comma = std::min(each.find(',', at), end);
      open.push_back(each.substr(0, begin) + each.substr(at, comma - at) + each.substr(end + 1));
      at = comma + 1;
    }
  }
  return done;
}

bool globMatches(std::string_view pattern, std::string_view path) {
  if (pattern.size() > kMostBytes) return false;
  const std::vector<std::string_view> parts = split(path);
  for (const std::string& each : expandBraces(pattern)) {
    if (matchParts(split(each), parts)) return true;
  }
  return false;
}

std::string fixedPart(std::string_view pattern) {
  const std::size_t wild = pattern.find_first_of("*?[{\\");
  if (wild == std::string_view::npos) {
    const std::size_t slash = pattern.rfind('/');
    return std::string(pattern.substr(0, slash == std::string_view::npos ? 0 : slash));
  }
  const std::size_t slash = pattern.substr(0, wild).rfind('/');
  return std::string(pattern.substr(0, slash == std::string_view::npos ? 0 : slash));
}

}  // namespace thimble::lang::buildspec
