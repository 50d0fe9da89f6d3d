// HTTP header fields: ordered, names compared without regard to case (RFC 9110, section 5.1).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::wire::http {

/// True when the texts are equal but for the case of ASCII letters.
bool equalsIgnoringCase(std::string_view a, std::string_view b);
/// ASCII letters made small.
std::string toLower(std::string_view text);

struct Header {
  std::string name;
  std::string value;  ///< Without surrounding white space.
  bool operator==(const Header&) const = default;
};

class Headers {
 public:
  using Fields = std::vector<Header>;

  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  /// The first field of that name, or nullptr.
  const std::string* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The value of the first field of that name; empty when there is none.
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  /// Appends a field, whether or not there is one of that name.
  void add(std::string_view name, std::string_view value);
  /// Replaces all fields of that name by one.
  void set(std::string_view name, std::string_view value);
  /// Removes all fields of that name.
  void erase(std::string_view name);

  Fields::const_iterator begin() const { return fields_.begin(); }
  Fields::const_iterator end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  void reserve(std::size_t count) { fields_.reserve(count); }
  bool operator==(const Headers&) const = default;

 private:
  Fields fields_;
};

}  // namespace thimble::wire::http
