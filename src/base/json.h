// Json: the one value type that passes between languages, protocols and services.
//
// A tree of null, booleans, numbers, strings, arrays and objects. Objects keep the order in which members were added,
// as AWS's own services do. Copies are cheap: arrays and objects are shared until one holder changes its copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace thimble::base {

template <class T, class E>
class Result;

class JsonObject;

/// Bounds on what the parser accepts; text beyond them is refused, never truncated.
struct JsonLimits {
  std::size_t max_depth = 512;                    ///< Nested arrays and objects.
  std::size_t max_bytes = std::size_t{64} << 20;  ///< Length of the text in bytes.
};

/// Why a text is not JSON, and where.
struct JsonError {
  std::string message;
  std::size_t offset = 0;  ///< Bytes from the beginning of the text.
};

/// How doubles are written. Plain: shortest text that reads back the same (1e+30 as 1e30). Java: as Double.toString
/// does (1.0E30), which Step Functions shows to its users.
enum class DoubleStyle { Plain, Java };

struct JsonWriteOptions {
  bool pretty = false;  ///< Two-space indentation, one member a line.
  DoubleStyle doubles = DoubleStyle::Plain;
  bool sort_keys = false;  ///< Members in byte order of their names.
};

class Json {
 public:
  using Array = std::vector<Json>;
  enum class Kind { Null, Bool, Int, Double, String, Array, Object };

  Json() = default;
  Json(std::nullptr_t) {}                                                  // NOLINT(google-explicit-constructor)
  Json(bool value) : value_(value) {}                                      // NOLINT(google-explicit-constructor)
  Json(int value) : value_(std::int64_t{value}) {}                         // NOLINT(google-explicit-constructor)
  Json(unsigned value) : value_(std::int64_t{value}) {}                    // NOLINT(google-explicit-constructor)
  Json(long value) : value_(std::int64_t{value}) {}                        // NOLINT(google-explicit-constructor)
  Json(long long value) : value_(static_cast<std::int64_t>(value)) {}      // NOLINT(google-explicit-constructor)
  Json(unsigned long value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  Json(double value) : value_(value) {}                                    // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}                  // NOLINT(google-explicit-constructor)
  Json(std::string_view value) : value_(std::string(value)) {}             // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}                    // NOLINT(google-explicit-constructor)
  Json(Array value);                                                       // NOLINT(google-explicit-constructor)
  Json(JsonObject value);                                                  // NOLINT(google-explicit-constructor)

  static Json array(std::initializer_list<Json> items = {});
  static Json object(std::initializer_list<std::pair<std::string, Json>> members = {});

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool isNull() const { return kind() == Kind::Null; }
  bool isBool() const { return kind() == Kind::Bool; }
  bool isInt() const { return kind() == Kind::Int; }
  bool isDouble() const { return kind() == Kind::Double; }
  bool isNumber() const { return isInt() || isDouble(); }
  bool isString() const { return kind() == Kind::String; }
  bool isArray() const { return kind() == Kind::Array; }
  bool isObject() const { return kind() == Kind::Object; }

  // Each of these asserts its kind.
  bool asBool() const;
  std::int64_t asInt() const;  ///< Int only.
  double asDouble() const;     ///< Int or Double.
  const std::string& asString() const;
  const Array& asArray() const;
  const JsonObject& asObject() const;

  /// For change: this value's own array or object, unshared first. A null becomes an empty one.
  Array& mutableArray();
  JsonObject& mutableObject();
  std::string& mutableString();

  /// The member of that name; nullptr when this is no object or has none.
  const Json* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The member of that name, or null when this is no object or has none.
  const Json& operator[](std::string_view name) const;
  const Json& operator[](const char* name) const { return (*this)[std::string_view(name)]; }
  /// The element at `index`, or null when this is no array or it is out of range.
  const Json& operator[](std::size_t index) const;
  /// The string member of that name; `fallback` when there is none or it is no string.
  std::string stringAt(std::string_view name, std::string_view fallback = {}) const;

  /// Sets a member (a null becomes an object); an existing name keeps its place. Returns *this.
  Json& set(std::string_view name, Json value);
  /// Removes a member; false when there was none.
  bool erase(std::string_view name);
  /// Appends an element (a null becomes an array).
  void push(Json value);
  /// Elements of an array, members of an object; 0 for all else.
  std::size_t size() const;
  bool empty() const { return size() == 0; }

  /// Deep equality. Numbers compare by value (1 equals 1.0); objects regardless of order.
  bool operator==(const Json& other) const;

  /// RFC 8259 text, compact unless options say otherwise. Strings must be UTF-8.
  std::string write(const JsonWriteOptions& options = {}) const;

  /// Parses RFC 8259 text with nothing after it. The last of members with equal names wins. Integers outside of 64
  /// bits become doubles. Broken UTF-8, and anything beyond the limits, is an error.
  static Result<Json, JsonError> parse(std::string_view text, const JsonLimits& limits = {});

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<Array>,
               std::shared_ptr<JsonObject>>
      value_;
};

/// Members in insertion order, found by name in constant time.
class JsonObject {
 public:
  using Member = std::pair<std::string, Json>;
  using Members = std::vector<Member>;

  Members::const_iterator begin() const { return members_.begin(); }
  Members::const_iterator end() const { return members_.end(); }
  std::size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  const Json* find(std::string_view name) const;
  /// The member for change, or nullptr.
  Json* findMutable(std::string_view name);
  void set(std::string_view name, Json value);
  bool erase(std::string_view name);
  void reserve(std::size_t count) { members_.reserve(count); }

 private:
  std::size_t position(std::string_view name) const;

  Members members_;
  /// Positions by name; kept only once there are more members than a linear search should visit.
  std::unordered_map<std::string, std::size_t> index_;
};

/// Appends `text` to `out` as a JSON string with its quotes.
void appendJsonString(std::string& out, std::string_view text);

/// The number as text, per `style`. Infinities and NaN, which JSON lacks, are written as null.
std::string formatDouble(double value, DoubleStyle style);

}  // namespace thimble::base
