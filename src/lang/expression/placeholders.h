// ExpressionAttributeNames and ExpressionAttributeValues of one request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/path.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

/// What "#name" and ":value" stand for. Remembers which were used, since DynamoDB refuses those that are not.
class Placeholders {
 public:
  Placeholders() = default;
  /// Null Json when the request has no such parameter; an empty map is an error.
  static base::Result<Placeholders> read(const base::Json& names, const base::Json& values);

  /// Each marks its placeholder as used; nullptr when it is not defined. Keys include '#' and ':'.
  const std::string* name(std::string_view key);
  const Value* value(std::string_view key);

  /// The error for placeholders that no expression used.
  base::Result<void, base::ApiError> checkAllUsed() const;

 private:
  template <class T>
  struct Entry {
    std::string key;
    T value;
    bool used = false;
  };
  template <class T>
  static std::optional<std::string> unused(const std::vector<Entry<T>>& entries);
  template <class T>
  static const T* find(std::vector<Entry<T>>& entries, std::unordered_map<std::string, std::size_t>& index,
                       std::string_view key);

  std::vector<Entry<std::string>> names_;
  std::vector<Entry<Value>> values_;
  std::unordered_map<std::string, std::size_t> name_index_;
  std::unordered_map<std::string, std::size_t> value_index_;
};

/// The checks that every kind of expression makes of its paths, in order: reserved words, placeholders, depth.
base::Result<void, base::ApiError> checkPaths(const TokenStream& tokens, std::vector<Path>& paths,
                                              Placeholders& placeholders);
/// Refuses reserved words that stand without a placeholder, and paths that are too deep.
base::Result<void, base::ApiError> checkReserved(const TokenStream& tokens, const Path& path);
base::Result<void, base::ApiError> checkDepth(const TokenStream& tokens, const Path& path);

/// Puts attribute names in the place of a path's placeholders; the message when one is not defined.
std::optional<std::string> resolvePlaceholders(Path& path, Placeholders& placeholders);

}  // namespace thimble::lang::expression
