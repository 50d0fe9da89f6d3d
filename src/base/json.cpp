#include "base/json.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>

namespace thimble::base {
namespace {

const Json kNull;

// Up to this many members a linear search beats hashing.
constexpr std::size_t kLinearMembers = 12;
constexpr std::size_t kNotFound = static_cast<std::size_t>(-1);

void appendIndent(std::string& out, int depth) {
  out.push_back('\n');
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

class Writer {
 public:
  Writer(std::string& out, const JsonWriteOptions& options) : out_(out), options_(options) {}

  void write(const Json& value, int depth) {
    switch (value.kind()) {
      case Json::Kind::Null:
        out_ += "null";
        break;
      case Json::Kind::Bool:
        out_ += value.asBool() ? "true" : "false";
        break;
      case Json::Kind::Int: {
        char buffer[24];
        auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value.asInt());
        out_.append(buffer, end);
        break;
      }
      case Json::Kind::Double:
        out_ += formatDouble(value.asDouble(), options_.doubles);
        break;
      case Json::Kind::String:
        appendJsonString(out_, value.asString());
        break;
      case Json::Kind::Array:
        writeArray(value.asArray(), depth);
        break;
      case Json::Kind::Object:
        writeObject(value.asObject(), depth);
        break;
    }
  }

 private:
  void writeArray(const Json::Array& items, int depth) {
    out_.push_back('[');
    bool first = true;
    for (const Json& item : items) {
      separate(first, depth + 1);
      write(item, depth + 1);
    }
    if (options_.pretty && !items.empty()) appendIndent(out_, depth);
    out_.push_back(']');
  }

  void writeObject(const JsonObject& object, int depth) {
    out_.push_back('{');
    bool first = true;
    auto member = [&](const JsonObject::Member& each) {
      separate(first, depth + 1);
      appendJsonString(out_, each.first);
      out_ += options_.pretty ? ": " : ":";
      write(each.second, depth + 1);
    };
    if (options_.sort_keys) {
      std::vector<const JsonObject::Member*> sorted;
      sorted.reserve(object.size());
      for (const auto& each : object) sorted.push_back(&each);
      std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
      for (const auto* each : sorted) member(*each);
    } else {
      for (const auto& each : object) member(each);
    }
    if (options_.pretty && !object.empty()) appendIndent(out_, depth);
    out_.push_back('}');
  }

  void separate(bool& first, int depth) {
    if (!first) out_.push_back(',');
    first = false;
    if (options_.pretty) appendIndent(out_, depth);
  }

  std::string& out_;
  const JsonWriteOptions& options_;
};

std::string formatJavaDouble(double value) {
  // Double.toString: plain notation for 10^-3 <= |d| < 10^7, else d.dddE[-]n; at least one digit after the point.
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char buffer[40];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific);
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  std::string digits;
  for (char c : text.substr(0, e)) {
    if (c != '.') digits.push_back(c);
  }
  int exponent = 0;
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);

  std::string out = value < 0 ? "-" : "";
  if (exponent >= -3 && exponent < 7) {
    if (exponent >= 0) {
      const auto whole = static_cast<std::size_t>(exponent) + 1;
      if (digits.size() < whole) digits.append(whole - digits.size(), '0');
      out += digits.substr(0, whole) + "." + (digits.size() > whole ? digits.substr(whole) : "0");
    } else {
      out += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    }
    return out;
  }
  out += digits.substr(0, 1) + "." + (digits.size() > 1 ? digits.substr(1) : "0") + "E" + std::to_string(exponent);
  return out;
}

}  // namespace

Json::Json(Array value) : value_(std::make_shared<Array>(std::move(value))) {}
Json::Json(JsonObject value) : value_(std::make_shared<JsonObject>(std::move(value))) {}

Json Json::array(std::initializer_list<Json> items) {
  return Json(Array(items));
}

Json Json::object(std::initializer_list<std::pair<std::string, Json>> members) {
  JsonObject object;
  object.reserve(members.size());
  for (const auto& [name, value] : members) object.set(name, value);
  return Json(std::move(object));
}

bool Json::asBool() const {
  assert(isBool());
  return std::get<bool>(value_);
}
std::int64_t Json::asInt() const {
  assert(isInt());
  return std::get<std::int64_t>(value_);
}

double Json::asDouble() const {
  assert(isNumber());
  return isInt() ? static_cast<double>(std::get<std::int64_t>(value_)) : std::get<double>(value_);
}

const std::string& Json::asString() const {
  assert(isString());
  return std::get<std::string>(value_);
}
const Json::Array& Json::asArray() const {
  assert(isArray());
  return *std::get<std::shared_ptr<Array>>(value_);
}

const JsonObject& Json::asObject() const {
  assert(isObject());
  return *std::get<std::shared_ptr<JsonObject>>(value_);
}

Json::Array& Json::mutableArray() {
  if (isNull()) value_ = std::make_shared<Array>();
  auto& shared = std::get<std::shared_ptr<Array>>(value_);
  if (shared.use_count() != 1) shared = std::make_shared<Array>(*shared);
  return *shared;
}

JsonObject& Json::mutableObject() {
  if (isNull()) value_ = std::make_shared<JsonObject>();
  auto& shared = std::get<std::shared_ptr<JsonObject>>(value_);
  if (shared.use_count() != 1) shared = std::make_shared<JsonObject>(*shared);
  return *shared;
}

std::string& Json::mutableString() {
  if (isNull()) value_ = std::string();
  return std::get<std::string>(value_);
}

const Json* Json::find(std::string_view name) const {
  return isObject() ? asObject().find(name) : nullptr;
}

const Json& Json::operator[](std::string_view name) const {
  const Json* member = find(name);
  return member != nullptr ? *member : kNull;
}

const Json& Json::operator[](std::size_t index) const {
  return isArray() && index < asArray().size() ? asArray()[index] : kNull;
}

std::string Json::stringAt(std::string_view name, std::string_view fallback) const {
  const Json* member = find(name);
  return member != nullptr && member->isString() ? member->asString() : std::string(fallback);
}

Json& Json::set(std::string_view name, Json value) {
  mutableObject().set(name, std::move(value));
  return *this;
}

bool Json::erase(std::string_view name) {
  return isObject() && contains(name) && mutableObject().erase(name);
}

void Json::push(Json value) {
  mutableArray().push_back(std::move(value));
}

std::size_t Json::size() const {
  if (isArray()) return asArray().size();
  if (isObject()) return asObject().size();
  return 0;
}

bool Json::operator==(const Json& other) const {
  if (isNumber() && other.isNumber()) {
    if (isInt() && other.isInt()) return asInt() == other.asInt();
    return asDouble() == other.asDouble();
  }
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case Kind::Bool:
      return asBool() == other.asBool();
    case Kind::String:
      return asString() == other.asString();
    case Kind::Array: {
      const Array& a = asArray();
      const Array& b = other.asArray();
      return &a == &b || a == b;
    }
    case Kind::Object: {
      const JsonObject& a = asObject();
      const JsonObject& b = other.asObject();
      if (&a == &b) return true;
      if (a.size() != b.size()) return false;
      return std::all_of(a.begin(), a.end(), [&](const auto& member) {
        const Json* match = b.find(member.first);
        return match != nullptr && *match == member.second;
      });
    }
    default:
      return true;
  }
}

std::string Json::write(const JsonWriteOptions& options) const {
  std::string out;
  Writer(out, options).write(*this, 0);
  return out;
}

std::size_t JsonObject::position(std::string_view name) const {
  if (index_.empty()) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].first == name) return i;
    }
    return kNotFound;
  }
  auto found = index_.find(std::string(name));
  return found == index_.end() ? kNotFound : found->second;
}

const Json* JsonObject::find(std::string_view name) const {
  const std::size_t at = position(name);
  return at == kNotFound ? nullptr : &members_[at].second;
}

Json* JsonObject::findMutable(std::string_view name) {
  const std::size_t at = position(name);
  return at == kNotFound ? nullptr : &members_[at].second;
}

void JsonObject::set(std::string_view name, Json value) {
  const std::size_t at = position(name);
  if (at != kNotFound) {
    members_[at].second = std::move(value);
    return;
  }
  members_.emplace_back(std::string(name), std::move(value));
  if (!index_.empty()) {
    index_.emplace(std::string(name), members_.size() - 1);
  } else if (members_.size() > kLinearMembers) {
    for (std::size_t i = 0; i < members_.size(); ++i) index_.emplace(members_[i].first, i);
  }
}

bool JsonObject::erase(std::string_view name) {
  const std::size_t at = position(name);
  if (at == kNotFound) return false;
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(at));
  if (!index_.empty()) {
    index_.clear();
    if (members_.size() > kLinearMembers) {
      for (std::size_t i = 0; i < members_.size(); ++i) index_.emplace(members_[i].first, i);
    }
  }
  return true;
}

namespace {

/// Whether one of eight bytes is a control character, a quote or a backslash: what a JSON string escapes.
bool hasEscaped(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighs = 0x8080808080808080u;
  const std::uint64_t quotes = bytes ^ (kOnes * '"');
  const std::uint64_t backslashes = bytes ^ (kOnes * '\\');
  // 1. A byte below n borrows when n is subtracted from it, and had no high bit before.
  const std::uint64_t borrowed =
      ((bytes - kOnes * 0x20) & ~bytes) | ((quotes - kOnes) & ~quotes) | ((backslashes - kOnes) & ~backslashes);
  return (borrowed & kHighs) != 0;
}

bool isEscaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// Where the bytes end that need no escape.
const char* plainEnd(const char* from, const char* end) {
  while (end - from >= 8) {
    std::uint64_t bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    if (hasEscaped(bytes)) break;
    from += 8;
  }
  while (from != end && !isEscaped(*from)) ++from;
  return from;
}

void appendEscaped(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
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
    default:
      out += "\\u00";
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
}

}  // namespace

void appendJsonString(std::string& out, std::string_view text) {
  out.push_back('"');
  const char* end = text.data() + text.size();
  for (const char* place = text.data(); place != end;) {
    const char* plain = plainEnd(place, end);
    out.append(place, plain);
    if (plain == end) break;
    appendEscaped(out, *plain);
    place = plain + 1;
  }
  out.push_back('"');
}

std::string formatDouble(double value, DoubleStyle style) {
  if (!std::isfinite(value)) return "null";
  if (style == DoubleStyle::Java) return formatJavaDouble(value);
  char buffer[40];
  if (value == std::trunc(value) && std::fabs(value) < 1e15) {
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, 1);
    return {buffer, end};
  }
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end};
}

}  // namespace thimble::base
