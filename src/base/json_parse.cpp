// Json::parse: Boost.JSON's incremental parser (RFC 8259, UTF-8 checked) with a handler that builds our value.
#include <boost/json/basic_parser_impl.hpp>

#include "base/json.h"
#include "base/result.h"

namespace thimble::base {
namespace {

namespace bj = boost::json;

class Builder {
 public:
  // Names and constants that basic_parser asks its handler for.
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return open(Json(JsonObject())); }
  bool on_object_end(std::size_t, bj::error_code&) { return close(); }
  bool on_array_begin(bj::error_code&) { return open(Json(Json::Array())); }
  bool on_array_end(std::size_t, bj::error_code&) { return close(); }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) { return append(part); }
  bool on_key(bj::string_view part, std::size_t, bj::error_code&) {
    append(part);
    keys_.push_back(std::move(text_));
    text_.clear();
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) { return append(part); }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    append(part);
    add(Json(std::move(text_)));
    text_.clear();
    return true;
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t value, bj::string_view, bj::error_code&) { return add(Json(value)); }
  bool on_uint64(std::uint64_t value, bj::string_view, bj::error_code&) {
    return add(Json(static_cast<double>(value)));
  }
  bool on_double(double value, bj::string_view, bj::error_code&) { return add(Json(value)); }
  bool on_bool(bool value, bj::error_code&) { return add(Json(value)); }
  bool on_null(bj::error_code&) { return add(Json()); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

  Json take() { return std::move(root_); }

 private:
  bool append(bj::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool open(Json container) {
    stack_.push_back(std::move(container));
    return true;
  }

  bool close() {
    Json done = std::move(stack_.back());
    stack_.pop_back();
    return add(std::move(done));
  }

  bool add(Json value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (Json& parent = stack_.back(); parent.isArray()) {
      parent.mutableArray().push_back(std::move(value));
    } else {
      parent.mutableObject().set(keys_.back(), std::move(value));
      keys_.pop_back();
    }
    return true;
  }

  std::vector<Json> stack_;
  std::vector<std::string> keys_;
  std::string text_;
  Json root_;
};

}  // namespace

Result<Json, JsonError> Json::parse(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return JsonError{"the text is longer than " + std::to_string(limits.max_bytes) + " bytes", limits.max_bytes};
  }
  bj::parse_options options;
  options.max_depth = limits.max_depth;
  bj::basic_parser<Builder> parser(options);
  bj::error_code error;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), error);
  if (error) return JsonError{error.message(), consumed};
  if (!parser.done()) return JsonError{"unexpected end of the text", text.size()};
  if (consumed != text.size()) return JsonError{"unexpected characters after the value", consumed};
  return parser.handler().take();
}

}  // namespace thimble::base
