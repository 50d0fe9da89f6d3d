#include "lang/vtl/string_methods.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

#include "base/utf16.h"

namespace thimble::lang::vtl {
namespace {

constexpr std::size_t kMaxStringBytes = std::size_t{16} << 20;

/// UTF-16 units of one UTF-8 sequence that begins with `lead`; 0 for a byte that continues one.
std::size_t units(unsigned char lead) {
  return (lead & 0xC0) == 0x80 ? 0 : lead >= 0xF0 ? 2 : 1;
}

std::int64_t length16(std::string_view text) {
  std::size_t count = 0;
  for (unsigned char c : text) count += units(c);
  return static_cast<std::int64_t>(count);
}

/// The byte at which UTF-16 unit `index` begins; nothing beyond the end.
std::optional<std::size_t> byteAt(std::string_view text, std::int64_t index) {
  if (index < 0) return std::nullopt;
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto width = static_cast<std::int64_t>(units(static_cast<unsigned char>(text[i])));
    if (width == 0) continue;
    if (seen >= index) return i;
    seen += width;
  }
  if (seen >= index && index <= seen) return text.size();
  return std::nullopt;
}

std::string changeCase(std::string text, bool upper) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      c = static_cast<char>(upper ? std::toupper(static_cast<unsigned char>(c))
                                  : std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

std::string trim(const std::string& text) {
  // Java: all characters up to the space.
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (begin < end && static_cast<unsigned char>(text[begin]) <= ' ') ++begin;
  while (end > begin && static_cast<unsigned char>(text[end - 1]) <= ' ') --end;
  return text.substr(begin, end - begin);
}

bool compile(Heap& heap, const std::string& pattern, std::unique_ptr<RE2>& regex) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  regex = std::make_unique<RE2>(pattern, options);
  if (!regex->ok()) heap.fail("The regular expression is not supported: " + regex->error());
  return regex->ok();
}

/// Java writes $1 and \$ in a replacement; RE2 writes \1 and \\.
std::string replacementForRe2(std::string_view java) {
  std::string out;
  for (std::size_t i = 0; i < java.size(); ++i) {
    if (java[i] == '\\' && i + 1 < java.size()) {
      ++i;
      if (java[i] == '\\') out += '\\';
      out += java[i];
    } else if (java[i] == '$' && i + 1 < java.size() && std::isdigit(static_cast<unsigned char>(java[i + 1]))) {
      out += '\\';
    } else {
      out += java[i];
    }
  }
  return out;
}

Value replaceRegex(Heap& heap, const std::string& text, const std::string& pattern, const std::string& replacement,
                   bool all) {
  std::unique_ptr<RE2> regex;
  if (!compile(heap, pattern, regex)) return {};
  const std::string rewrite = replacementForRe2(replacement);
  std::string error;
  if (!regex->CheckRewriteString(rewrite, &error)) {
    heap.fail("The replacement is not valid: " + error);
    return {};
  }
  // Each place where the expression can match adds at most the replacement.
  if (rewrite.size() > 0 && text.size() + 1 > kMaxStringBytes / (rewrite.size() + 1)) {
    heap.fail("A string is too long");
    return {};
  }
  std::string out = text;
  if (all) {
    RE2::GlobalReplace(&out, *regex, rewrite);
  } else {
    RE2::Replace(&out, *regex, rewrite);
  }
  return out;
}

Value replaceText(Heap& heap, const std::string& text, const std::string& from, const std::string& to) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t found = text.find(from, at);
    // Java puts the replacement between all characters when the text sought is empty.
    if (found == std::string::npos || (from.empty() && at >= text.size())) break;
    const std::size_t take = from.empty() ? 1 : 0;
    if (from.empty()) out += to;
    out.append(text, at, found - at + take);
    if (!from.empty()) out += to;
    at = found + from.size() + take;
    if (out.size() > kMaxStringBytes) {
      heap.fail("A string is too long");
      return {};
    }
  }
  out.append(text, at, std::string::npos);
  if (from.empty()) out += to;
  return out;
}

Value split(Heap& heap, const std::string& text, const std::string& pattern, std::int64_t limit) {
  std::unique_ptr<RE2> regex;
  if (!compile(heap, pattern, regex)) return {};
  List* parts = heap.newList();
  const re2::StringPiece input(text);
  std::size_t begin = 0;
  std::size_t search = 0;
  re2::StringPiece match;
  while (search <= text.size() && (limit <= 0 || static_cast<std::int64_t>(parts->items.size()) < limit - 1) &&
         regex->Match(input, search, text.size(), RE2::UNANCHORED, &match, 1)) {
    const auto found = static_cast<std::size_t>(match.data() - text.data());
    const std::size_t end = found + match.size();
    if (match.empty()) {
      if (found >= text.size()) break;
      // An empty match at the very beginning makes no empty part.
      if (found > begin) {
        if (!heap.grow(1)) return {};
        parts->items.emplace_back(text.substr(begin, found - begin));
        begin = found;
      }
      search = found + 1;
      while (search < text.size() && units(static_cast<unsigned char>(text[search])) == 0) ++search;
      continue;
    }
    if (!heap.grow(1)) return {};
    parts->items.emplace_back(text.substr(begin, found - begin));
    begin = search = end;
  }
  parts->items.emplace_back(text.substr(begin));
  // Without a limit, empty parts at the end vanish.
  while (limit == 0 && parts->items.size() > 1 && parts->items.back().asString().empty()) parts->items.pop_back();
  return parts;
}

Value substring(Heap& heap, const std::string& text, std::int64_t from, std::int64_t to) {
  const auto begin = byteAt(text, from);
  const auto end = byteAt(text, to);
  if (!begin || !end || from > to) {
    heap.fail("begin " + std::to_string(from) + ", end " + std::to_string(to) + ", length " +
              std::to_string(length16(text)));
    return {};
  }
  return text.substr(*begin, *end - *begin);
}

std::int64_t unitsBefore(const std::string& text, std::size_t byte) {
  return byte == std::string::npos ? -1 : length16(std::string_view(text).substr(0, byte));
}

Value callWithoutArguments(Heap& heap, const std::string& text, std::string_view name) {
  if (name == "length") return length16(text);
  if (name == "isEmpty") return text.empty();
  if (name == "isBlank") return trim(text).empty();
  if (name == "toString" || name == "intern") return text;
  if (name == "trim" || name == "strip") return trim(text);
  if (name == "toLowerCase") return changeCase(text, false);
  if (name == "toUpperCase") return changeCase(text, true);
  if (name == "hashCode") return static_cast<std::int64_t>(static_cast<std::int32_t>(base::javaHash(text)));
  if (name == "toCharArray") {
    List* list = heap.newList();
    if (!heap.grow(text.size())) return {};
    for (std::size_t i = 0; i < text.size();) {
      std::size_t end = i + 1;
      while (end < text.size() && units(static_cast<unsigned char>(text[end])) == 0) ++end;
      list->items.emplace_back(text.substr(i, end - i));
      i = end;
    }
    return list;
  }
  return {};
}

Value callWithNumber(Heap& heap, const std::string& text, std::string_view name, std::int64_t number) {
  if (name == "substring") return substring(heap, text, number, length16(text));
  if (name == "charAt") return substring(heap, text, number, number + 1);
  if (name == "repeat") {
    if (number < 0 || (number > 0 && text.size() > kMaxStringBytes / static_cast<std::size_t>(number))) {
      heap.fail("count is out of range: " + std::to_string(number));
      return {};
    }
    std::string out;
    for (std::int64_t i = 0; i < number && !text.empty(); ++i) out += text;
    return out;
  }
  return {};
}

Value callWithText(Heap& heap, const std::string& text, std::string_view name, const std::string& argument) {
  if (name == "contains") return text.find(argument) != std::string::npos;
  if (name == "startsWith") return text.starts_with(argument);
  if (name == "endsWith") return text.ends_with(argument);
  if (name == "equals" || name == "contentEquals") return text == argument;
  if (name == "equalsIgnoreCase") return changeCase(text, false) == changeCase(argument, false);
  if (name == "concat") {
    if (text.size() + argument.size() > kMaxStringBytes) heap.fail("A string is too long");
    return heap.failed() ? Value() : Value(text + argument);
  }
  if (name == "indexOf") return unitsBefore(text, text.find(argument));
  if (name == "lastIndexOf") return unitsBefore(text, text.rfind(argument));
  if (name == "split") return split(heap, text, argument, 0);
  if (name == "matches") {
    std::unique_ptr<RE2> regex;
    return compile(heap, argument, regex) ? Value(RE2::FullMatch(text, *regex)) : Value();
  }
  if (name == "compareTo" || name == "compareToIgnoreCase") {
    const bool fold = name == "compareToIgnoreCase";
    const std::string left = fold ? changeCase(text, false) : text;
    const std::string right = fold ? changeCase(argument, false) : argument;
    const std::size_t common = std::min(left.size(), right.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (left[i] != right[i]) {
        return std::int64_t{static_cast<unsigned char>(left[i])} - static_cast<unsigned char>(right[i]);
      }
    }
    return static_cast<std::int64_t>(left.size()) - static_cast<std::int64_t>(right.size());
  }
  return {};
}

}  // namespace

Value callString(Heap& heap, const std::string& text, std::string_view name, const std::vector<Value>& arguments) {
  // Every call may copy or search the whole text: long texts cost more of what a rendering may use.
  if (!heap.grow(text.size() / 4096)) return {};
  if (arguments.empty()) return callWithoutArguments(heap, text, name);
  const Value& first = arguments[0];
  if (arguments.size() == 1) {
    if (first.isString()) return callWithText(heap, text, name, first.asString());
    if (first.kind() == Value::Kind::Int) return callWithNumber(heap, text, name, first.asInt());
    if (name == "equals") return false;
    return {};
  }
  if (arguments.size() == 2) {
    const Value& second = arguments[1];
    if (first.isString() && second.isString()) {
      if (name == "replace") return replaceText(heap, text, first.asString(), second.asString());
      if (name == "replaceAll") return replaceRegex(heap, text, first.asString(), second.asString(), true);
      if (name == "replaceFirst") return replaceRegex(heap, text, first.asString(), second.asString(), false);
    }
    if (first.isString() && second.kind() == Value::Kind::Int) {
      if (name == "split") return split(heap, text, first.asString(), second.asInt());
      const auto from = byteAt(text, std::max<std::int64_t>(second.asInt(), 0));
      if (name == "indexOf") return from ? unitsBefore(text, text.find(first.asString(), *from)) : std::int64_t{-1};
      if (name == "startsWith") return from && std::string_view(text).substr(*from).starts_with(first.asString());
    }
    if (name == "substring" && first.kind() == Value::Kind::Int && second.kind() == Value::Kind::Int) {
      return substring(heap, text, first.asInt(), second.asInt());
    }
  }
  return {};
}

}  // namespace thimble::lang::vtl
