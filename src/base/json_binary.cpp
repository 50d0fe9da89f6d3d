#include "base/json_binary.h"

#include <bit>
#include <cstdint>

namespace thimble::base {
namespace {

enum Tag : unsigned char { kNull, kFalse, kTrue, kInt, kDouble, kString, kArray, kObject };
constexpr int kMaxDepth = 1024;

void appendNumber(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void appendText(std::string& out, std::string_view text) {
  appendNumber(out, text.size());
  out.append(text);
}

void append(std::string& out, const Json& value) {
  switch (value.kind()) {
    case Json::Kind::Null:
      out.push_back(kNull);
      break;
    case Json::Kind::Bool:
      out.push_back(value.asBool() ? kTrue : kFalse);
      break;
    case Json::Kind::Int: {
      out.push_back(kInt);
      const auto bits = static_cast<std::uint64_t>(value.asInt());
      appendNumber(out, (bits << 1) ^ (value.asInt() < 0 ? ~std::uint64_t{0} : 0));
      break;
    }
    case Json::Kind::Double: {
      out.push_back(kDouble);
      const auto bits = std::bit_cast<std::uint64_t>(value.asDouble());
      for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(bits >> shift));
      break;
    }
    case Json::Kind::String:
      out.push_back(kString);
      appendText(out, value.asString());
      break;
    case Json::Kind::Array:
      out.push_back(kArray);
      appendNumber(out, value.size());
      for (const Json& item : value.asArray()) append(out, item);
      break;
    case Json::Kind::Object:
      out.push_back(kObject);
      appendNumber(out, value.size());
      for (const auto& [name, member] : value.asObject()) {
        appendText(out, name);
        append(out, member);
      }
      break;
  }
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool atEnd() const { return bytes_.empty(); }

  bool value(Json& out, int depth) {
    if (depth > kMaxDepth || bytes_.empty()) return false;
    const auto tag = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    switch (tag) {
      case kNull:
        out = Json();
        return true;
      case kFalse:
        out = Json(false);
        return true;
      case kTrue:
        out = Json(true);
        return true;
      case kInt: {
        std::uint64_t bits = 0;
        if (!number(bits)) return false;
        out = Json(static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1)));
        return true;
      }
      case kDouble: {
        if (bytes_.size() < 8) return false;
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 8; ++i) {
          bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[i])) << (8 * i);
        }
        bytes_.remove_prefix(8);
        out = Json(std::bit_cast<double>(bits));
        return true;
      }
      case kString: {
        std::string_view text_value;
        if (!text(text_value)) return false;
        out = Json(text_value);
        return true;
      }
      case kArray:
        return array(out, depth);
      case kObject:
        return object(out, depth);
      default:
        return false;
    }
  }

 private:
  bool number(std::uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) return false;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool text(std::string_view& out) {
    std::uint64_t length = 0;
    if (!number(length) || length > bytes_.size()) return false;
    out = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return true;
  }

  bool array(Json& out, int depth) {
    std::uint64_t count = 0;
    if (!number(count) || count > bytes_.size()) return false;
    Json::Array items(count);
    for (Json& item : items) {
      if (!value(item, depth + 1)) return false;
    }
    out = Json(std::move(items));
    return true;
  }

  bool object(Json& out, int depth) {
    std::uint64_t count = 0;
    if (!number(count) || count > bytes_.size()) return false;
    JsonObject members;
    members.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string_view name;
      Json member;
      if (!text(name) || !value(member, depth + 1)) return false;
      members.set(name, std::move(member));
    }
    out = Json(std::move(members));
    return true;
  }

  std::string_view bytes_;
};

}  // namespace

std::string encodeJsonBinary(const Json& value) {
  std::string out;
  append(out, value);
  return out;
}

std::optional<Json> decodeJsonBinary(std::string_view bytes) {
  Reader reader(bytes);
  Json value;
  if (!reader.value(value, 0) || !reader.atEnd()) return std::nullopt;
  return value;
}

}  // namespace thimble::base
