#include "lang/vtl/gateway.h"

#include <algorithm>
#include <cctype>

#include "base/encoding.h"

namespace thimble::lang::vtl {
namespace {

bool equalsIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  });
}

void appendUnicodeEscape(std::string& out, unsigned unit) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(unit >> shift) & 15];
}

/// java.net.URLEncoder: form encoding, which keeps - _ . * and writes a blank as a plus.
std::string urlEncode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '*') {
      out += static_cast<char>(c);
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    }
  }
  return out;
}

}  // namespace

Value Input::property(Heap&, std::string_view name) {
  if (name == "body") return body_.empty() ? std::string("{}") : body_;
  return {};
}

std::optional<base::Json> Input::select(Heap& heap, const Value& path) {
  if (!path.isString()) {
    heap.fail("A JSONPath must be a string");
    return std::nullopt;
  }
  if (!parsed_) {
    if (body_.empty()) {
      parsed_ = base::Json::object();
    } else {
      auto parsed = base::Json::parse(body_, {.max_depth = 100, .max_bytes = std::size_t{10} << 20});
      if (!parsed.ok()) {
        body_error_ = parsed.error().message;
        heap.fail("The body is not JSON: " + parsed.error().message);
        return std::nullopt;
      }
      parsed_ = std::move(parsed).value();
    }
  }
  if (!heap.grow(1)) return std::nullopt;
  if (path.asString() == "$") return parsed_;
  auto selected = query_(*parsed_, path.asString());
  if (!selected.ok()) {
    heap.fail(selected.error());
    return std::nullopt;
  }
  return std::move(selected).value();
}

Value Input::call(Heap& heap, std::string_view name, const std::vector<Value>& arguments) {
  if (name == "path" && arguments.size() == 1) {
    const auto selected = select(heap, arguments[0]);
    return selected ? heap.fromJson(*selected, PrintStyle::JsonLists) : Value();
  }
  if (name == "json" && arguments.size() == 1) {
    const auto selected = select(heap, arguments[0]);
    if (heap.failed()) return {};
    return selected ? selected->write() : std::string("\"\"");
  }
  if (name == "params" && arguments.empty()) return heap.fromJson(parameters_, PrintStyle::Java);
  if (name == "params" && arguments.size() == 1) {
    const std::string wanted = heap.print(arguments[0]);
    for (const char* place : {"path", "querystring", "header"}) {
      if (const base::Json* found = parameters_[place].find(wanted)) return heap.fromJson(*found, PrintStyle::Java);
    }
    if (parameters_["header"].isObject()) {
      for (const auto& [header, value] : parameters_["header"].asObject()) {
        if (equalsIgnoringCase(header, wanted)) return heap.fromJson(value, PrintStyle::Java);
      }
    }
    return std::string();
  }
  return {};
}

std::string escapeJavaScript(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    switch (c) {
      case '\'':
      case '"':
      case '\\':
      case '/':
        out += '\\';
        out += static_cast<char>(c);
        continue;
      case '\b':
        out += "\\b";
        continue;
      case '\f':
        out += "\\f";
        continue;
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      default:
        break;
    }
    if (c >= 0x20 && c < 0x7F) {
      out += static_cast<char>(c);
      continue;
    }
    // Decode one UTF-8 sequence; a broken one counts as Latin-1, so that no byte is lost.
    const int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    unsigned code = more == 3 ? c & 7U : more == 2 ? c & 15U : more == 1 ? c & 31U : c;
    bool whole = i + static_cast<std::size_t>(more) < text.size();
    for (int k = 1; whole && k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      whole = (next & 0xC0) == 0x80;
      code = code << 6 | (next & 63U);
    }
    if (!whole) {
      appendUnicodeEscape(out, c);
      continue;
    }
    i += static_cast<std::size_t>(more);
    if (code >= 0x10000) {
      appendUnicodeEscape(out, 0xD800 + ((code - 0x10000) >> 10));
      appendUnicodeEscape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      appendUnicodeEscape(out, code);
    }
  }
  return out;
}

Value Util::call(Heap& heap, std::string_view name, const std::vector<Value>& arguments) {
  if (arguments.size() != 1) return {};
  const Value& argument = arguments[0];
  if (name == "escapeJavaScript") {
    if (argument.isNull()) return std::string("null");
    const std::string text = heap.print(argument);
    // An empty text becomes an empty object, as the empty body does.
    if (argument.isString() && text.find_first_not_of(" \t\r\n") == std::string::npos) return std::string("{}");
    return escapeJavaScript(text);
  }
  if (argument.isNull()) return {};
  const std::string text = heap.print(argument);
  if (!heap.grow(text.size() / 1024)) return {};
  if (name == "parseJson") {
    const auto parsed = base::Json::parse(text, {.max_depth = 100, .max_bytes = std::size_t{10} << 20});
    if (!parsed.ok()) {
      heap.fail("parseJson: " + parsed.error().message);
      return {};
    }
    return heap.fromJson(parsed.value(), PrintStyle::JsonLists, true);
  }
  if (name == "base64Encode") return base::encodeBase64(text);
  if (name == "base64Decode") {
    auto decoded = base::decodeBase64(text);
    if (!decoded) {
      heap.fail("base64Decode: the text is not base64");
      return {};
    }
    return *std::move(decoded);
  }
  if (name == "urlEncode") return urlEncode(text);
  if (name == "urlDecode") {
    auto decoded = base::decodePercent(text, true);
    if (!decoded) {
      heap.fail("urlDecode: the text has a broken escape");
      return {};
    }
    return *std::move(decoded);
  }
  return {};
}

}  // namespace thimble::lang::vtl
