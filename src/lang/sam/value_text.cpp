// How Python writes values as text: print, repr and json.dumps. AWS's hashes and messages are made of them.
#include <algorithm>
#include <cstdio>
#include <string>

#include "base/json.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {
namespace {

/// Code points of well-formed UTF-8.
std::u32string codePoints(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    char32_t point = more == 3 ? lead & 0x07U : more == 2 ? lead & 0x0FU : more == 1 ? lead & 0x1FU : lead;
    for (; more > 0 && at < text.size(); --more)
      point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    points.push_back(point);
  }
  return points;
}

std::string hexEscape(const char* format, char32_t point) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(point));
  return buffer;
}

/// repr() of a string: single quotes unless only single quotes are inside. An unmarked string keeps its printable
/// characters beyond ASCII; a marked one shows them escaped.
std::string quoted(const Text& text, bool show_mark) {
  const bool has_single = text.text.find('\'') != std::string::npos;
  const bool has_double = text.text.find('"') != std::string::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  const bool marked = text.marked && show_mark;
  std::string out = marked ? "u" : "";
  out += quote;
  std::size_t at = 0;
  for (const char32_t point : codePoints(text.text)) {
    const std::size_t begin = at;
    at += point >= 0x10000 ? 4 : point >= 0x800 ? 3 : point >= 0x80 ? 2 : 1;
    if (point == static_cast<char32_t>(quote))
      out += std::string("\\") + quote;
    else if (point == '\\')
      out += "\\\\";
    else if (point == '\n')
      out += "\\n";
    else if (point == '\r')
      out += "\\r";
    else if (point == '\t')
      out += "\\t";
    else if (point < 0x20 || point == 0x7F)
      out += hexEscape("\\x%02x", point);
    else if (point < 0x80)
      out += static_cast<char>(point);
    else if (!marked)
      out += text.text.substr(begin, at - begin);
    else if (point < 0x100)
      out += hexEscape("\\x%02x", point);
    else if (point < 0x10000)
      out += hexEscape("\\u%04x", point);
    else
      out += hexEscape("\\U%08x", point);
  }
  return out + quote;
}

std::string number(double value) {
  std::string text = base::formatDouble(value, base::DoubleStyle::Plain);
  if (text.find_first_of(".eEn") == std::string::npos) text += ".0";
  return text;
}

void appendAsciiJson(std::string& out, std::string_view text) {
  out += '"';
  for (const char32_t point : codePoints(text)) {
    switch (point) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (point >= 0x10000) {
          out += hexEscape("\\u%04x", 0xD800 + ((point - 0x10000) >> 10));
          out += hexEscape("\\u%04x", 0xDC00 + ((point - 0x10000) & 0x3FF));
        } else if (point < 0x20 || point > 0x7E) {
          out += point == 0x7F ? std::string(1, '\x7F') : hexEscape("\\u%04x", point);
        } else {
          out += static_cast<char>(point);
        }
    }
  }
  out += '"';
}

struct JsonStyle {
  const char* between = ",";
  const char* after_key = ":";
  bool sorted = true;
  int indent = 0;  ///< Spaces a level; 0 is one line.
};

void appendJson(std::string& out, const Value& value, const JsonStyle& style, int level) {
  const auto line = [&](int depth) {
    if (style.indent > 0) out += "\n" + std::string(static_cast<std::size_t>(style.indent * depth), ' ');
  };
  if (value.isNull())
    out += "null";
  else if (value.isBool())
    out += value.asBool() ? "true" : "false";
  else if (value.isInt())
    out += std::to_string(value.asInt());
  else if (value.isDouble())
    out += number(value.asDouble());
  else if (value.isText())
    appendAsciiJson(out, value.str());
  else if (value.size() == 0)
    out += value.isList() ? "[]" : "{}";
  else if (value.isList()) {
    out += '[';
    bool first = true;
    for (const Value& item : value.items()) {
      if (!first) out += style.between;
      first = false;
      line(level + 1);
      appendJson(out, item, style, level + 1);
    }
    line(level);
    out += ']';
  } else {
    std::vector<Value::Member> members = value.members();
    if (style.sorted) {
      std::sort(members.begin(), members.end(),
                [](const auto& a, const auto& b) { return a.first.text < b.first.text; });
    }
    out += '{';
    bool first = true;
    for (const auto& [name, member] : members) {
      if (!first) out += style.between;
      first = false;
      line(level + 1);
      appendAsciiJson(out, name.text);
      out += style.after_key;
      appendJson(out, member, style, level + 1);
    }
    line(level);
    out += '}';
  }
}

std::string json(const Value& value, const JsonStyle& style) {
  std::string out;
  appendJson(out, value, style, 0);
  return out;
}

std::string repr(const Value& value, bool show_marks) {
  if (value.isNull()) return "None";
  if (value.isBool()) return value.asBool() ? "True" : "False";
  if (value.isInt()) return std::to_string(value.asInt());
  if (value.isDouble()) return number(value.asDouble());
  if (value.isText()) return quoted(value.asText(), show_marks);
  std::string out;
  if (value.isList()) {
    for (const Value& item : value.items()) out += (out.empty() ? "" : ", ") + repr(item, show_marks);
    return "[" + out + "]";
  }
  for (const auto& [name, member] : value.members()) {
    out += (out.empty() ? "" : ", ") + quoted(name, show_marks) + ": " + repr(member, show_marks);
  }
  return "{" + out + "}";
}

}  // namespace

std::string pythonRepr(const Value& value) {
  return repr(value, false);
}

std::string pythonString(const Value& value) {
  return value.isText() ? value.str() : repr(value, false);
}

std::string markedPythonString(const Value& value) {
  return value.isText() ? value.str() : repr(value, true);
}

std::string_view pythonTypeName(const Value& value) {
  if (value.isNull()) return "NoneType";
  if (value.isBool()) return "bool";
  if (value.isInt()) return "int";
  if (value.isDouble()) return "float";
  if (value.isText()) return "str";
  if (value.isList()) return "list";
  return "dict";
}

std::string sortedJson(const Value& value) {
  return json(value, {});
}
std::string spacedJson(const Value& value) {
  return json(value, {", ", ": ", false, 0});
}
std::string indentedJson(const Value& value) {
  return json(value, {",", ": ", true, 4});
}

}  // namespace thimble::lang::sam
