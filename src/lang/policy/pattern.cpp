#include "lang/policy/pattern.h"

#include <cstring>

namespace thimble::lang::policy {
namespace {

bool runMatchesAt(std::string_view subject, std::size_t at, const std::string& characters, const std::string& any) {
  for (std::size_t i = 0; i < characters.size(); ++i) {
    if (!any[i] && subject[at + i] != characters[i]) return false;
  }
  return true;
}

}  // namespace

Pattern::Pattern(std::string_view text, const PatternOptions& options) : text_(text), options_(options) {
  std::vector<Part> parts;
  bool has_variable = false;
  const auto literal = [&](std::string_view characters) {
    if (parts.empty() || parts.back().kind != Part::Kind::Character) parts.push_back({Part::Kind::Character, {}, {}});
    parts.back().characters += options_.ignore_case ? toLower(characters) : std::string(characters);
  };
  for (std::size_t i = 0; i < text.size();) {
    if (options.variables && text.substr(i, 2) == "${") {
      const std::size_t end = text.find('}', i);
      if (end != std::string_view::npos) {
        std::string_view inside = text.substr(i + 2, end - i - 2);
        i = end + 1;
        if (inside == "*" || inside == "?" || inside == "$") {
          literal(inside);
          continue;
        }
        Part part{Part::Kind::Variable, {}, {}};
        const std::size_t comma = inside.find(',');
        if (comma != std::string_view::npos) {
          const std::size_t open = inside.find('\'', comma);
          const std::size_t close = inside.rfind('\'');
          if (open != std::string_view::npos && close > open) {
            part.has_fallback = true;
            part.fallback = std::string(inside.substr(open + 1, close - open - 1));
            if (options.ignore_case) part.fallback = toLower(part.fallback);
          }
          inside = inside.substr(0, comma);
        }
        while (!inside.empty() && inside.back() == ' ') inside.remove_suffix(1);
        while (!inside.empty() && inside.front() == ' ') inside.remove_prefix(1);
        part.characters = toLower(inside);
        parts.push_back(std::move(part));
        has_variable = true;
        continue;
      }
    }
    if (options.wildcards && (text[i] == '*' || text[i] == '?')) {
      parts.push_back({text[i] == '*' ? Part::Kind::AnyRun : Part::Kind::AnyOne, {}, {}});
    } else {
      literal(text.substr(i, 1));
    }
    ++i;
  }
  if (has_variable) {
    kind_ = Kind::Variables;
    parts_ = std::move(parts);
  } else {
    compile(parts);
  }
}

void Pattern::compile(const std::vector<Part>& parts) {
  runs_.assign(1, Run{});
  for (const Part& part : parts) {
    switch (part.kind) {
      case Part::Kind::Character:
        runs_.back().characters += part.characters;
        runs_.back().any.append(part.characters.size(), 0);
        break;
      case Part::Kind::AnyOne:
        runs_.back().characters += '?';
        runs_.back().any += 1;
        runs_.back().has_any = true;
        break;
      case Part::Kind::AnyRun: {
        const bool doubled = runs_.size() > 1 && runs_.back().characters.empty();
        if (!doubled) runs_.emplace_back();
        break;
      }
      case Part::Kind::Variable:
        break;
    }
  }
  const bool first_plain = !runs_.front().has_any;
  if (runs_.size() == 1) {
    kind_ = first_plain ? Kind::Exact : Kind::General;
  } else if (runs_.size() == 2 && first_plain && runs_.back().characters.empty()) {
    kind_ = runs_.front().characters.empty() ? Kind::Everything : Kind::Prefix;
  } else {
    kind_ = Kind::General;
  }
}

bool Pattern::resolves(const ContextKeys& keys) const {
  for (const Part& part : parts_) {
    if (part.kind != Part::Kind::Variable || part.has_fallback) continue;
    const ContextKeys::Values* values = keys.find(part.characters);
    if (!values || values->size() != 1) return false;
  }
  return true;
}

bool Pattern::expand(const ContextKeys& keys, std::string& out) const {
  if (kind_ != Kind::Variables) {
    out = text_;
    return true;
  }
  out.clear();
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Part::Kind::Character:
        out += part.characters;
        break;
      case Part::Kind::AnyRun:
        out += '*';
        break;
      case Part::Kind::AnyOne:
        out += '?';
        break;
      case Part::Kind::Variable: {
        const ContextKeys::Values* values = keys.find(part.characters);
        if (values && values->size() == 1) {
          out += values->front();
        } else if (part.has_fallback) {
          out += part.fallback;
        } else {
          return false;
        }
      }
    }
  }
  return true;
}

bool Pattern::matches(std::string_view subject, const ContextKeys& keys) const {
  if (kind_ == Kind::Everything) return true;
  std::string lower;
  if (options_.ignore_case) {
    lower = toLower(subject);
    subject = lower;
  }
  if (kind_ != Kind::Variables) return matchesCompiled(subject);
  if (!resolves(keys)) return false;
  // A variable's value is taken literally: a "*" in a user's tag is no wildcard.
  std::vector<Part> parts = parts_;
  for (Part& part : parts) {
    if (part.kind != Part::Kind::Variable) continue;
    const ContextKeys::Values* values = keys.find(part.characters);
    part.characters = values && values->size() == 1 ? values->front() : part.fallback;
    if (options_.ignore_case) part.characters = toLower(part.characters);
    part.kind = Part::Kind::Character;
  }
  Pattern expanded;
  expanded.compile(parts);
  return expanded.matchesCompiled(subject);
}

bool Pattern::matchesCompiled(std::string_view subject) const {
  switch (kind_) {
    case Kind::Everything:
      return true;
    case Kind::Exact:
      return subject == runs_.front().characters;
    case Kind::Prefix:
      return subject.starts_with(runs_.front().characters);
    case Kind::General:
      return matchesRuns(subject);
    case Kind::Variables:
      return false;
  }
  return false;
}

bool Pattern::matchesRuns(std::string_view subject) const {
  const Run& first = runs_.front();
  const Run& last = runs_.back();
  if (runs_.size() == 1) {
    return subject.size() == first.characters.size() && runMatchesAt(subject, 0, first.characters, first.any);
  }
  if (subject.size() < first.characters.size() + last.characters.size()) return false;
  if (!runMatchesAt(subject, 0, first.characters, first.any)) return false;
  const std::size_t end = subject.size() - last.characters.size();
  if (!runMatchesAt(subject, end, last.characters, last.any)) return false;
  // The leftmost place of each inner run leaves the most room for those after it.
  std::size_t at = first.characters.size();
  for (std::size_t i = 1; i + 1 < runs_.size(); ++i) {
    const Run& run = runs_[i];
    const std::size_t length = run.characters.size();
    if (!run.has_any) {
      const void* found = memmem(subject.data() + at, end - at, run.characters.data(), length);
      if (!found) return false;
      at = static_cast<std::size_t>(static_cast<const char*>(found) - subject.data()) + length;
      continue;
    }
    bool found = false;
    for (; at + length <= end; ++at) {
      if (runMatchesAt(subject, at, run.characters, run.any)) {
        found = true;
        break;
      }
    }
    if (!found) return false;
    at += length;
  }
  return at <= end;
}

}  // namespace thimble::lang::policy
