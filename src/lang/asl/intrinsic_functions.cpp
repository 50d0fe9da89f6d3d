#include "lang/asl/intrinsic_functions.h"

#include <cmath>
#include <random>
#include <unordered_set>

#include "base/encoding.h"
#include "lang/asl/execution.h"
#include "lang/asl/expression.h"
#include "lang/asl/intrinsic.h"
#include "lang/asl/measure.h"

namespace thimble::lang::asl {

using base::Json;
using base::Result;
using Outcome = Result<Json, IntrinsicError>;
using Arguments = std::vector<Json>;

namespace {

constexpr int kAnyNumber = 1000;

struct Call {
  const Arguments& arguments;
  bool escaped_template;
  Entropy& entropy;
};

IntrinsicError wrong(std::string message) {
  return {std::move(message)};
}

IntrinsicError tooLarge() {
  return wrong("The result exceeds the maximum size");
}

/// Java's Math.round: halves go up.
Result<std::int64_t, IntrinsicError> rounded(const Json& value) {
  if (value.isInt()) return value.asInt();
  if (!value.isDouble()) return wrong("Expected a number but got: " + writeJson(value));
  const double number = std::floor(value.asDouble() + 0.5);
  if (!(std::abs(number) < 9.2e18)) return wrong("Number is out of range: " + writeJson(value));
  return static_cast<std::int64_t>(number);
}

Result<const Json*, IntrinsicError> array(const Json& value) {
  if (!value.isArray()) return wrong("Expected an array but got: " + writeJson(value));
  return &value;
}

Result<std::string, IntrinsicError> string(const Json& value) {
  if (!value.isString()) return wrong("Expected a string but got: " + writeJson(value));
  return value.asString();
}

Outcome format(const Call& call) {
  TRY_ASSIGN(const std::string pattern, string(call.arguments[0]));
  std::string out;
  std::size_t next = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char following = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (call.escaped_template && c == '\\' && (following == '{' || following == '}')) {
      out += following;
      ++i;
    } else if (c == '{' && following == '}') {
      if (next >= call.arguments.size())
        return wrong("The number of arguments does not match the occurrences of {} in the template");
      const Json& argument = call.arguments[next++];
      if (!withinLimits(argument, kMaxPayloadBytes, kMaxPayloadDepth)) return tooLarge();
      out += javaText(argument);
      if (out.size() > kMaxPayloadBytes) return tooLarge();
      ++i;
    } else if (c == '{' || c == '}') {
      return wrong("Unescaped brace in the template");
    } else {
      out += c;
    }
  }
  if (next != call.arguments.size())
    return wrong("The number of arguments does not match the occurrences of {} in the template");
  return Json(std::move(out));
}

Outcome stringToJson(const Call& call) {
  TRY_ASSIGN(const std::string text, string(call.arguments[0]));
  auto value = Json::parse(text);
  if (!value.ok()) return wrong("Invalid JSON: " + value.error().message);
  return std::move(value).value();
}

Outcome jsonToString(const Call& call) {
  if (!withinLimits(call.arguments[0], kMaxPayloadBytes, kMaxPayloadDepth)) return tooLarge();
  return Json(writeJson(call.arguments[0]));
}

Outcome makeArray(const Call& call) {
  return Json(call.arguments);
}

Outcome arrayPartition(const Call& call) {
  TRY_ASSIGN(const Json* items, array(call.arguments[0]));
  TRY_ASSIGN(const std::int64_t size, rounded(call.arguments[1]));
  if (size <= 0) return wrong("The chunk size must be a positive integer");
  Json out = Json::array();
  for (const Json& item : items->asArray()) {
    if (out.empty() || static_cast<std::int64_t>(out.mutableArray().back().size()) >= size) out.push(Json::array());
    out.mutableArray().back().push(item);
  }
  return out;
}

Outcome arrayContains(const Call& call) {
  TRY_ASSIGN(const Json* items, array(call.arguments[0]));
  for (const Json& item : items->asArray()) {
    if (item == call.arguments[1]) return Json(true);
  }
  return Json(false);
}

Outcome arrayRange(const Call& call) {
  TRY_ASSIGN(const std::int64_t first, rounded(call.arguments[0]));
  TRY_ASSIGN(const std::int64_t last, rounded(call.arguments[1]));
  TRY_ASSIGN(const std::int64_t step, rounded(call.arguments[2]));
  if (step == 0) return wrong("The increment must not be zero");
  const __int128 count = (static_cast<__int128>(last) - first) / step + 1;
  if (count > static_cast<__int128>(kMaxRangeElements)) return wrong("The array must not have more than 1000 items");
  Json::Array out;
  for (__int128 i = 0, value = first; i < count && (step > 0 ? value <= last : value >= last); ++i, value += step) {
    out.emplace_back(static_cast<std::int64_t>(value));
  }
  return Json(std::move(out));
}

Outcome arrayGetItem(const Call& call) {
  TRY_ASSIGN(const Json* items, array(call.arguments[0]));
  TRY_ASSIGN(const std::int64_t index, rounded(call.arguments[1]));
  if (index < 0 || index >= static_cast<std::int64_t>(items->size()))
    return wrong("Index out of bounds: " + std::to_string(index));
  return items->asArray()[static_cast<std::size_t>(index)];
}

Outcome arrayLength(const Call& call) {
  TRY_ASSIGN(const Json* items, array(call.arguments[0]));
  return Json(static_cast<std::int64_t>(items->size()));
}

Outcome arrayUnique(const Call& call) {
  TRY_ASSIGN(const Json* items, array(call.arguments[0]));
  // Texts rather than values are compared to keep this linear; equal values have equal sorted texts, but for 1 and 1.0.
  std::unordered_map<std::string, bool> seen;
  if (!withinLimits(*items, kMaxPayloadBytes, kMaxPayloadDepth)) return tooLarge();
  Json out = Json::array();
  for (const Json& item : items->asArray()) {
    if (seen.emplace(item.write({.sort_keys = true}), true).second) out.push(item);
  }
  return out;
}

Outcome base64Encode(const Call& call) {
  TRY_ASSIGN(const std::string text, string(call.arguments[0]));
  if (text.size() > kMaxEncodedCharacters) return wrong("The input must not be longer than 10000 characters");
  return Json(base::encodeBase64(text));
}

Outcome base64Decode(const Call& call) {
  TRY_ASSIGN(const std::string text, string(call.arguments[0]));
  if (text.size() > kMaxEncodedCharacters) return wrong("The input must not be longer than 10000 characters");
  auto bytes = base::decodeBase64(text);
  if (!bytes || !base::isUtf8(*bytes)) return wrong("The input is not Base64 of a text");
  return Json(*std::move(bytes));
}

Outcome hash(const Call& call) {
  if (!withinLimits(call.arguments[0], kMaxPayloadBytes, kMaxPayloadDepth)) return tooLarge();
  const std::string data = call.arguments[0].isString() ? call.arguments[0].asString() : writeJson(call.arguments[0]);
  if (data.size() > kMaxEncodedCharacters) return wrong("The input must not be longer than 10000 characters");
  TRY_ASSIGN(const std::string algorithm, string(call.arguments[1]));
  if (algorithm == "MD5") return Json(base::encodeHex(base::md5(data)));
  if (algorithm == "SHA-1") return Json(base::encodeHex(base::sha1(data)));
  if (algorithm == "SHA-256") return Json(base::encodeHex(base::sha256(data)));
  if (algorithm == "SHA-384") return Json(base::encodeHex(base::sha384(data)));
  if (algorithm == "SHA-512") return Json(base::encodeHex(base::sha512(data)));
  return wrong("Unknown hashing algorithm: " + algorithm);
}

Outcome jsonMerge(const Call& call) {
  if (!call.arguments[0].isObject() || !call.arguments[1].isObject()) return wrong("Only objects can be merged");
  if (!call.arguments[2].isBool() || call.arguments[2].asBool())
    return wrong("Only the shallow merging mode (false) is supported");
  Json out = call.arguments[0];
  for (const auto& [name, value] : call.arguments[1].asObject()) out.set(name, value);
  return out;
}

Outcome mathRandom(const Call& call) {
  TRY_ASSIGN(const std::int64_t first, rounded(call.arguments[0]));
  TRY_ASSIGN(const std::int64_t last, rounded(call.arguments[1]));
  if (first >= last) return wrong("The start must be less than the end");
  std::uint64_t seed = 0;
  if (call.arguments.size() > 2) {
    TRY_ASSIGN(const std::int64_t given, rounded(call.arguments[2]));
    seed = static_cast<std::uint64_t>(given);
  } else {
    seed = call.entropy.next();
  }
  std::mt19937_64 generator(seed);
  return Json(std::uniform_int_distribution<std::int64_t>(first, last - 1)(generator));
}

Outcome mathAdd(const Call& call) {
  TRY_ASSIGN(const std::int64_t left, rounded(call.arguments[0]));
  TRY_ASSIGN(const std::int64_t right, rounded(call.arguments[1]));
  std::int64_t sum = 0;
  if (__builtin_add_overflow(left, right, &sum)) return wrong("The sum is out of range");
  return Json(sum);
}

/// The UTF-8 characters of a text.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

Outcome stringSplit(const Call& call) {
  TRY_ASSIGN(const std::string text, string(call.arguments[0]));
  TRY_ASSIGN(const std::string delimiters, string(call.arguments[1]));
  const std::vector<std::string_view> list = characters(delimiters);
  const std::unordered_set<std::string_view> splits(list.begin(), list.end());
  Json out = Json::array();
  std::string part;
  for (const std::string_view character : characters(text)) {
    if (splits.count(character) == 0) {
      part += character;
    } else if (!part.empty()) {
      out.push(Json(std::exchange(part, {})));
    }
  }
  if (!part.empty()) out.push(Json(std::move(part)));
  return out;
}

Outcome uuid(const Call& call) {
  std::string bytes;
  for (int word = 0; word < 2; ++word) {
    const std::uint64_t bits = call.entropy.next();
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift & 0xff);
  }
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string hex = base::encodeHex(bytes);
  for (const std::size_t dash : {20, 16, 12, 8}) hex.insert(dash, "-");
  return Json(std::move(hex));
}

struct Function {
  Arity arity;
  Outcome (*run)(const Call&);
};

const std::unordered_map<std::string_view, Function>& functions() {
  static const std::unordered_map<std::string_view, Function> table = {
      {"Format", {{1, kAnyNumber}, format}},
      {"StringToJson", {{1, 1}, stringToJson}},
      {"JsonToString", {{1, 1}, jsonToString}},
      {"Array", {{0, kAnyNumber}, makeArray}},
      {"ArrayPartition", {{2, 2}, arrayPartition}},
      {"ArrayContains", {{2, 2}, arrayContains}},
      {"ArrayRange", {{3, 3}, arrayRange}},
      {"ArrayGetItem", {{2, 2}, arrayGetItem}},
      {"ArrayLength", {{1, 1}, arrayLength}},
      {"ArrayUnique", {{1, 1}, arrayUnique}},
      {"Base64Encode", {{1, 1}, base64Encode}},
      {"Base64Decode", {{1, 1}, base64Decode}},
      {"Hash", {{2, 2}, hash}},
      {"JsonMerge", {{3, 3}, jsonMerge}},
      {"MathRandom", {{2, 3}, mathRandom}},
      {"MathAdd", {{2, 2}, mathAdd}},
      {"StringSplit", {{2, 2}, stringSplit}},
      {"UUID", {{0, 0}, uuid}},
  };
  return table;
}

}  // namespace

Arity intrinsicArity(std::string_view name) {
  const auto found = functions().find(name);
  return found == functions().end() ? Arity{} : found->second.arity;
}

Outcome callIntrinsic(std::string_view name, const Arguments& arguments, bool escaped_template, Entropy& entropy) {
  return functions().at(name).run({arguments, escaped_template, entropy});
}

}  // namespace thimble::lang::asl
