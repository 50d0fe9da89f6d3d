#include "lang/expression/placeholders.h"

#include <algorithm>

namespace thimble::lang::expression {

using base::ApiError;
using base::Json;
using base::Result;

namespace {

/// Bytes of a placeholder with its '#' or ':'.
constexpr std::size_t kMaxPlaceholderSize = 255;

bool validKey(std::string_view key, char first) {
  return key.size() > 1 && key[0] == first && std::all_of(key.begin() + 1, key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Result<void, ApiError> checkKeys(const Json& map, std::string_view parameter, char first) {
  if (map.empty()) return validationError(std::string(parameter) + " must not be empty");
  for (const auto& [key, value] : map.asObject()) {
    if (key.size() > kMaxPlaceholderSize) {
      // The size is told of names, not of values.
      return validationError(std::string(parameter) +
                             " contains invalid key: The expression attribute map contains a key that is too long;" +
                             (first == '#' ? " size of key: " + std::to_string(key.size()) : std::string()));
    }
    if (!validKey(key, first)) {
      return validationError(std::string(parameter) + " contains invalid key: Syntax error; key: \"" + key + "\"");
    }
  }
  return {};
}

}  // namespace

Result<Placeholders> Placeholders::read(const Json& names, const Json& values) {
  Placeholders placeholders;
  if (names.isObject()) {
    TRY(checkKeys(names, "ExpressionAttributeNames", '#'));
    for (const auto& [key, value] : names.asObject()) {
      // Null is no name either.
      std::string name = value.isString() ? value.asString() : std::string();
      if (auto checked = checkAttributeName(name); !checked.ok()) {
        return validationError("ExpressionAttributeNames contains invalid value: " + checked.error().message +
                               " for key " + key);
      }
      placeholders.name_index_.emplace(key, placeholders.names_.size());
      placeholders.names_.push_back({key, std::move(name)});
    }
  }
  if (values.isObject()) {
    TRY(checkKeys(values, "ExpressionAttributeValues", ':'));
    for (const auto& [key, json] : values.asObject()) {
      auto value = Value::fromJson(json);
      if (!value.ok()) {
        return validationError("ExpressionAttributeValues contains invalid value: " + value.error().message +
                               " for key " + key);
      }
      placeholders.value_index_.emplace(key, placeholders.values_.size());
      placeholders.values_.push_back({key, std::move(*value)});
    }
  }
  return placeholders;
}

template <class T>
const T* Placeholders::find(std::vector<Entry<T>>& entries, std::unordered_map<std::string, std::size_t>& index,
                            std::string_view key) {
  const auto found = index.find(std::string(key));
  if (found == index.end()) return nullptr;
  entries[found->second].used = true;
  return &entries[found->second].value;
}

const std::string* Placeholders::name(std::string_view key) {
  return find(names_, name_index_, key);
}
const Value* Placeholders::value(std::string_view key) {
  return find(values_, value_index_, key);
}

template <class T>
std::optional<std::string> Placeholders::unused(const std::vector<Entry<T>>& entries) {
  std::string keys;
  for (const Entry<T>& entry : entries) {
    if (entry.used) continue;
    if (!keys.empty()) keys += ", ";
    keys += entry.key;
  }
  if (keys.empty()) return std::nullopt;
  return "unused in expressions: keys: {" + keys + "}";
}

Result<void, ApiError> Placeholders::checkAllUsed() const {
  if (const auto message = unused(names_)) {
    return validationError("Value provided in ExpressionAttributeNames " + *message);
  }
  if (const auto message = unused(values_)) {
    return validationError("Value provided in ExpressionAttributeValues " + *message);
  }
  return {};
}

Result<void, ApiError> checkReserved(const TokenStream& tokens, const Path& path) {
  for (const PathElement& element : path.elements) {
    if (!element.isIndex() && !element.placeholder && isReservedWord(element.name)) {
      return tokens.error("Attribute name is a reserved keyword; reserved keyword: " + element.name);
    }
  }
  return {};
}

Result<void, ApiError> checkDepth(const TokenStream& tokens, const Path& path) {
  if (path.elements.size() <= kMaxPathElements) return {};
  return tokens.error("The document path has too many nesting levels; nesting levels: " +
                      std::to_string(path.elements.size()));
}

Result<void, ApiError> checkPaths(const TokenStream& tokens, std::vector<Path>& paths, Placeholders& placeholders) {
  for (const Path& path : paths) TRY(checkReserved(tokens, path));
  for (Path& path : paths) {
    if (const auto message = resolvePlaceholders(path, placeholders)) return tokens.error(*message);
    TRY(checkDepth(tokens, path));
  }
  return {};
}

std::optional<std::string> resolvePlaceholders(Path& path, Placeholders& placeholders) {
  for (PathElement& element : path.elements) {
    if (!element.placeholder) continue;
    const std::string* name = placeholders.name(element.name);
    if (name == nullptr) {
      return "An expression attribute name used in the document path is not defined; attribute name: " + element.name;
    }
    element.name = *name;
    element.placeholder = false;
  }
  return std::nullopt;
}

}  // namespace thimble::lang::expression
