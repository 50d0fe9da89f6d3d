// Values of the Velocity Template Language while a template is rendered.
//
// Lists and maps are Java objects in Velocity: assigning one shares it, and a template may even put a map into itself.
// So they live on a Heap that one rendering owns, and a Value only points to them; all go away with the heap.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"

namespace thimble::lang::vtl {

struct List;
class Map;
class Object;
class Heap;
struct Block;

/// What a JSON null becomes where it is an object of its own: `$util.parseJson` gives one, which counts as true.
struct JsonNull {};

/// Java's null (also: undefined), a Boolean, a number, a String, a List, a Map, an object of the host, or a #define
/// block.
class Value {
 public:
  enum class Kind { Null, Bool, Int, Double, String, List, Map, Object, Block, JsonNull };

  Value() = default;
  Value(bool value) : value_(value) {}                    // NOLINT(google-explicit-constructor)
  Value(std::int64_t value) : value_(value) {}            // NOLINT(google-explicit-constructor)
  Value(double value) : value_(value) {}                  // NOLINT(google-explicit-constructor)
  Value(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Value(List* value) : value_(value) {}                   // NOLINT(google-explicit-constructor)
  Value(Map* value) : value_(value) {}                    // NOLINT(google-explicit-constructor)
  Value(Object* value) : value_(value) {}                 // NOLINT(google-explicit-constructor)
  Value(const Block* value) : value_(value) {}            // NOLINT(google-explicit-constructor)
  Value(JsonNull value) : value_(value) {}                // NOLINT(google-explicit-constructor)
  Value(const char*) = delete;

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool isNull() const { return kind() == Kind::Null; }
  bool isNumber() const { return kind() == Kind::Int || kind() == Kind::Double; }
  bool isString() const { return kind() == Kind::String; }

  bool asBool() const { return std::get<bool>(value_); }
  std::int64_t asInt() const { return std::get<std::int64_t>(value_); }
  double asDouble() const { return kind() == Kind::Int ? static_cast<double>(asInt()) : std::get<double>(value_); }
  const std::string& asString() const { return std::get<std::string>(value_); }
  List* list() const { return std::get<List*>(value_); }
  Map* map() const { return std::get<Map*>(value_); }
  Object* object() const { return std::get<Object*>(value_); }
  const Block* block() const { return std::get<const Block*>(value_); }

  /// Velocity's truth: null and false are false, all else is true.
  bool truth() const { return kind() == Kind::Bool ? asBool() : !isNull(); }

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List*, Map*, Object*, const Block*, JsonNull>
      value_;
};

/// How a list or map prints. Java: {a=1, b=[x, y]}. JsonLists: as the results of `$input.path` do, where a list prints
/// as JSON text with all that is in it, and a map still prints Java's way.
enum class PrintStyle { Java, JsonLists };

struct List {
  std::vector<Value> items;
  PrintStyle style = PrintStyle::Java;
};

/// Keys are strings and keep the order of their insertion.
class Map {
 public:
  using Entry = std::pair<std::string, Value>;

  explicit Map(PrintStyle print_style = PrintStyle::Java) : style(print_style) {}
  /// nullptr when absent.
  const Value* find(std::string_view key) const;
  /// Returns the value that was there before, or null.
  Value put(std::string_view key, Value value);
  Value remove(std::string_view key);
  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  void clear();

  PrintStyle style;
  /// Objects such as `$context.identity`, which print nothing on API Gateway.
  bool prints_nothing = false;

 private:
  std::size_t position(std::string_view key) const;

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;  ///< Filled once there are more entries than are searched.
};

/// An object of the host (`$input`, `$util`): answers properties and method calls.
class Object {
 public:
  virtual ~Object() = default;
  /// The value of `.name`; null when there is none.
  virtual Value property(Heap& heap, std::string_view name);
  /// The result of `.name(arguments)`. Undefined methods give null; a failure is reported by Heap::fail.
  virtual Value call(Heap& heap, std::string_view name, const std::vector<Value>& arguments);
  virtual std::string print() const { return {}; }
};

/// Owns the lists and maps of one rendering, and bounds them.
class Heap {
 public:
  /// `max_nodes` bounds lists, maps and their elements together.
  explicit Heap(std::size_t max_nodes = 2'000'000) : max_nodes_(max_nodes) {}
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  List* newList(PrintStyle style = PrintStyle::Java);
  Map* newMap(PrintStyle style = PrintStyle::Java);
  /// Takes ownership of a host object that is made during rendering.
  Object* keep(std::unique_ptr<Object> object);

  /// `nulls` says what a JSON null inside becomes.
  Value fromJson(const base::Json& json, PrintStyle style, bool keep_json_nulls = false);
  /// Blocks and host objects become their text. Nesting beyond 200 fails.
  base::Json toJson(const Value& value);
  /// As Java's toString would print it; null prints as "null" inside of a list or map, and as "" here.
  std::string print(const Value& value);

  /// Counts `nodes` against the bound.
  bool grow(std::size_t nodes);
  /// The rendering ends with this message. The first one stays.
  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }
  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }
  /// Renders a #define block; set by the evaluator.
  std::function<std::string(const Block&)> render_block;

 private:
  void print(std::string& out, const Value& value, int depth);
  base::Json toJson(const Value& value, int depth);

  std::deque<List> lists_;
  std::deque<Map> maps_;
  std::vector<std::unique_ptr<Object>> objects_;
  std::size_t nodes_ = 0;
  std::size_t max_nodes_;
  std::string error_;
};

}  // namespace thimble::lang::vtl
