#include "wire/protocols/scalar_text.h"

#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "base/result.h"
#include "base/time.h"

namespace thimble::wire::protocols {

using base::Json;
using shapes::Shape;
using shapes::ShapeKind;
using shapes::TimestampFormat;

namespace {

std::optional<double> readDouble(std::string_view text) {
  if (text == "NaN") return std::nan("");
  if (text == "Infinity") return HUGE_VAL;
  if (text == "-Infinity") return -HUGE_VAL;
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Json> readTimestamp(std::string_view text) {
  if (auto time = base::parseIso8601(text)) return Json(time->milliseconds);
  if (auto time = base::parseHttpDate(text)) return Json(time->milliseconds);
  auto seconds = readDouble(text);
  constexpr double kFarthest = 253402300800.0;  // The year 10000.
  if (!seconds || !(std::fabs(*seconds) < kFarthest)) return std::nullopt;
  return Json(static_cast<std::int64_t>(std::llround(*seconds * 1000.0)));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() &&
         (text.front() == ' ' || text.front() == '\t' || text.front() == '\n' || text.front() == '\r')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

Json writeTimestamp(base::Timestamp time, TimestampFormat format) {
  switch (format) {
    case TimestampFormat::Rfc822:
      return base::formatHttpDate(time);
    case TimestampFormat::UnixTimestamp:
      if (time.milliseconds % 1000 == 0) return time.milliseconds / 1000;
      return static_cast<double>(time.milliseconds) / 1000.0;
    default:
      return time.milliseconds % 1000 == 0 ? base::formatIso8601Seconds(time) : base::formatIso8601Milliseconds(time);
  }
}

std::string writeScalar(const shapes::Member& member, const Json& value, TimestampFormat format) {
  if (member.json_value) return base::encodeBase64(value.isString() ? value.asString() : value.write());
  switch (member.shape->kind) {
    case ShapeKind::Blob:
      return base::encodeBase64(value.isString() ? value.asString() : std::string());
    case ShapeKind::Timestamp: {
      if (!value.isInt()) return {};
      TimestampFormat chosen = member.timestamp_format == TimestampFormat::Default ? format : member.timestamp_format;
      Json text = writeTimestamp({value.asInt()}, chosen);
      return text.isString() ? text.asString() : text.write();
    }
    default:
      return value.isString() ? value.asString() : value.write();
  }
}

std::optional<Json> readScalar(const Shape& shape, std::string_view text) {
  switch (shape.kind) {
    case ShapeKind::String:
      return Json(text);
    case ShapeKind::Blob: {
      auto bytes = base::decodeBase64(trimmed(text));
      if (!bytes) return std::nullopt;
      return Json(std::move(*bytes));
    }
    case ShapeKind::Boolean:
      text = trimmed(text);
      if (text == "true" || text == "True" || text == "TRUE") return Json(true);
      if (text == "false" || text == "False" || text == "FALSE") return Json(false);
      return std::nullopt;
    case ShapeKind::Integer:
    case ShapeKind::Long: {
      text = trimmed(text);
      std::int64_t value = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
      if (shape.kind == ShapeKind::Integer && (value < INT32_MIN || value > INT32_MAX)) return std::nullopt;
      return Json(value);
    }
    case ShapeKind::Float:
    case ShapeKind::Double: {
      auto value = readDouble(trimmed(text));
      if (!value) return std::nullopt;
      return Json(*value);
    }
    case ShapeKind::Timestamp:
      return readTimestamp(trimmed(text));
    case ShapeKind::Document: {
      auto parsed = Json::parse(text);
      if (!parsed.ok()) return std::nullopt;
      return std::move(parsed).value();
    }
    default:
      return std::nullopt;
  }
}

}  // namespace thimble::wire::protocols
