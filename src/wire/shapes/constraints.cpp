#include "wire/shapes/constraints.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "base/utf16.h"

namespace thimble::shapes {
namespace {

using base::Json;

constexpr std::size_t kMaxViolations = 100;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

// Compiled once per pattern; the keys are the tables' own texts, which live for ever.
bool matchesWhole(std::string_view pattern, std::string_view text) {
  static std::shared_mutex mutex;
  static std::unordered_map<std::string_view, std::unique_ptr<re2::RE2>> compiled;
  const re2::RE2* expression = nullptr;
  {
    std::shared_lock lock(mutex);
    if (auto found = compiled.find(pattern); found != compiled.end()) expression = found->second.get();
  }
  if (!expression) {
    std::unique_lock lock(mutex);
    auto& place = compiled[pattern];
    if (!place) place = std::make_unique<re2::RE2>(piece(pattern), re2::RE2::Quiet);
    expression = place.get();
  }
  return re2::RE2::FullMatch(piece(text), *expression);
}

bool satisfiesPattern(const Shape& shape, std::string_view text) {
  if (!shape.pattern_re2.empty() && !matchesWhole(shape.pattern_re2, text)) return false;
  return shape.forbidden_re2.empty() || !matchesWhole(shape.forbidden_re2, text);
}

// AWS shows the values in the order of a Java hash set: small sets have 32 buckets, newest first in each; larger ones
// spread their hashes and keep the oldest first.
std::string enumerationSet(const Shape& shape) {
  std::size_t buckets = 32;
  while (static_cast<double>(shape.enumeration.size()) > 0.75 * static_cast<double>(buckets)) buckets *= 2;
  auto bucket = [&](std::string_view value) {
    std::uint32_t hash = base::javaHash(value);
    if (buckets > 32) hash ^= hash >> 16;
    return hash & (buckets - 1);
  };
  std::vector<std::string_view> values(shape.enumeration.begin(), shape.enumeration.end());
  if (buckets == 32) std::reverse(values.begin(), values.end());
  std::stable_sort(values.begin(), values.end(),
                   [&](std::string_view a, std::string_view b) { return bucket(a) < bucket(b); });
  std::string result = "[";
  for (std::string_view value : values) {
    if (result.size() > 1) result += ", ";
    result += value;
  }
  return result + "]";
}

std::string lowerFirst(std::string_view name) {
  std::string result(name);
  if (!result.empty() && result[0] >= 'A' && result[0] <= 'Z') result[0] = static_cast<char>(result[0] - 'A' + 'a');
  return result;
}

std::string wholeNumber(double value) {
  return std::to_string(static_cast<long long>(value));
}

}  // namespace

std::string javaText(const Shape& shape, const Json& value) {
  switch (shape.kind) {
    case ShapeKind::Structure: {
      std::string result = std::string(shape.name) + "(";
      for (const Member& member : shape.members) {
        if (&member != &shape.members.front()) result += ", ";
        const Json& item = value[member.name];
        result += lowerFirst(member.name) + "=" + (item.isNull() ? "null" : javaText(*member.shape, item));
      }
      return result + ")";
    }
    case ShapeKind::List: {
      std::string result = "[";
      if (!value.isArray()) return "[]";
      for (const Json& item : value.asArray()) {
        if (result.size() > 1) result += ", ";
        result += item.isNull() ? "null" : javaText(*shape.element->shape, item);
      }
      return result + "]";
    }
    case ShapeKind::Map: {
      std::string result = "{";
      if (!value.isObject()) return "{}";
      for (const auto& [key, item] : value.asObject()) {
        if (result.size() > 1) result += ", ";
        result += key + "=" + (item.isNull() ? "null" : javaText(*shape.element->shape, item));
      }
      return result + "}";
    }
    case ShapeKind::Blob: {
      const std::string size = std::to_string(value.isString() ? value.asString().size() : 0);
      return "java.nio.HeapByteBuffer[pos=0 lim=" + size + " cap=" + size + "]";
    }
    default:
      return value.isString() ? value.asString() : value.write();
  }
}

namespace {

class Validator {
 public:
  explicit Validator(const Operation& operation) : operation_(operation), style_(operation.service->validation) {}

  void run(const Json& input) {
    // Where members of the body have a prefix they also come first.
    if (style_.body_prefix) {
      runMembers(input, [](const Member& member) { return member.location == Location::Body; });
      runMembers(input, [](const Member& member) { return member.location != Location::Body; });
    } else {
      runMembers(input, [](const Member&) { return true; });
    }
  }

  base::Result<void> result() const {
    if (violations_.empty()) return {};
    std::string message =
        std::to_string(violations_.size()) + " validation error" + (violations_.size() == 1 ? "" : "s") + " detected: ";
    for (std::size_t i = 0; i < violations_.size(); ++i) message += (i ? "; " : "") + violations_[i];
    return base::ApiError{std::string(style_.code), std::move(message), 400};
  }

 private:
  template <class Wanted>
  void runMembers(const Json& input, Wanted wanted) {
    for (const Member& member : operation_.input->members) {
      const auto& skipped = operation_.unvalidated_members;
      if (!wanted(member) || std::find(skipped.begin(), skipped.end(), member.name) != skipped.end()) continue;
      std::string path = lowerFirst(member.name);
      if (style_.body_prefix && member.location == Location::Body) {
        path = lowerFirst(operation_.name) + "Input." + path;
      }
      checkMember(member, input[member.name], path);
    }
  }

  void violation(const Shape& shape, const Json& value, const std::string& path, const std::string& constraint) {
    if (violations_.size() == kMaxViolations) return;
    std::string text = "Value ";
    if (value.isNull()) {
      text += "null ";
    } else if (!style_.hides_values && !shape.sensitive) {
      text += "'" + javaText(shape, value) + "' ";
    }
    violations_.push_back(text + "at '" + path + "' failed to satisfy constraint: " + constraint);
  }

  void checkMember(const Member& member, const Json& value, const std::string& path) {
    if (value.isNull()) {
      // A streaming payload comes beside the input.
      if (member.required && !member.streaming) violation(*member.shape, value, path, "Member must not be null");
      return;
    }
    check(*member.shape, value, path);
  }

  // The constraints that a scalar breaks. An element of a list is reported with all constraints of its shape.
  std::vector<std::string> scalarConstraints(const Shape& shape, const Json* value) const {
    std::vector<std::string> broken;
    if (value && value->kind() == Json::Kind::Null) return broken;
    auto limit = [&](const char* word, double amount, const char* than) {
      broken.push_back(std::string("Member must have ") + word + " " + than + " than or equal to " +
                       wholeNumber(amount));
    };
    bool number = shape.kind == ShapeKind::Integer || shape.kind == ShapeKind::Long || shape.kind == ShapeKind::Float ||
                  shape.kind == ShapeKind::Double;
    const char* word = number ? "value" : "length";
    double measure = 0;
    if (value) {
      if (number) {
        measure = value->isNumber() ? value->asDouble() : 0;
      } else if (value->isString()) {
        measure = static_cast<double>(shape.kind == ShapeKind::Blob ? value->asString().size()
                                                                    : base::utf16Length(value->asString()));
      } else {
        measure = static_cast<double>(value->size());
      }
    }
    if (shape.max && (!value || measure > *shape.max)) limit(word, *shape.max, "less");
    if (shape.min && (!value || measure < *shape.min)) limit(word, *shape.min, "greater");
    if (!shape.pattern.empty() && (!value || (value->isString() && !satisfiesPattern(shape, value->asString())))) {
      broken.push_back("Member must satisfy regular expression pattern: " + std::string(shape.pattern));
    }
    if (!shape.enumeration.empty() &&
        (!value || (value->isString() && std::find(shape.enumeration.begin(), shape.enumeration.end(),
                                                   value->asString()) == shape.enumeration.end()))) {
      broken.push_back("Member must satisfy enum value set" +
                       (style_.hides_values ? std::string() : ": " + enumerationSet(shape)));
    }
    return broken;
  }

  bool elementsBroken(const Shape& shape, const Json& value) const {
    for (const Json& item : value.asArray()) {
      if (!scalarConstraints(shape, &item).empty()) return true;
    }
    return false;
  }

  std::string allConstraints(const Shape& shape) const {
    std::string text = "[";
    bool first = true;
    for (const std::string& constraint : scalarConstraints(shape, nullptr)) {
      text += (first ? "" : ", ") + constraint;
      first = false;
    }
    if (style_.null_elements) text += ", Member must not be null";
    return text + "]";
  }

  void check(const Shape& shape, const Json& value, const std::string& path) {
    for (const std::string& constraint : scalarConstraints(shape, &value)) violation(shape, value, path, constraint);
    if (violations_.size() == kMaxViolations) return;
    switch (shape.kind) {
      case ShapeKind::Structure:
        for (const Member& member : shape.members) {
          checkMember(member, value[member.name], path + "." + lowerFirst(member.name));
        }
        return;
      case ShapeKind::List: {
        if (!value.isArray()) return;
        const Shape& element = *shape.element->shape;
        if (element.kind == ShapeKind::Structure || element.kind == ShapeKind::List || element.kind == ShapeKind::Map) {
          std::size_t index = 0;
          for (const Json& item : value.asArray()) {
            ++index;
            if (!item.isNull()) check(element, item, path + "." + std::to_string(index) + ".member");
          }
        } else if (elementsBroken(element, value)) {
          violation(shape, value, path, "Member must satisfy constraint: " + allConstraints(element));
        }
        return;
      }
      case ShapeKind::Map: {
        if (!value.isObject()) return;
        const Shape& key_shape = *shape.key->shape;
        const Shape& element = *shape.element->shape;
        bool container =
            element.kind == ShapeKind::Structure || element.kind == ShapeKind::List || element.kind == ShapeKind::Map;
        bool bad_keys = false, bad_values = false;
        for (const auto& [key, item] : value.asObject()) {
          Json key_value(key);
          bad_keys = bad_keys || !scalarConstraints(key_shape, &key_value).empty();
          if (container) {
            if (!item.isNull()) check(element, item, path + "." + key + ".member");
          } else {
            bad_values = bad_values || !scalarConstraints(element, &item).empty();
          }
        }
        if (bad_keys) violation(shape, value, path, "Map keys must satisfy constraint: " + allConstraints(key_shape));
        if (bad_values) {
          violation(shape, value, path, "Map value must satisfy constraint: " + allConstraints(element));
        }
        return;
      }
      default:
        return;
    }
  }

  const Operation& operation_;
  const ValidationStyle& style_;
  std::vector<std::string> violations_;
};

}  // namespace

base::Result<void> validate(const Operation& operation, const Json& input) {
  if (!operation.validate || !operation.input) return {};
  Validator validator(operation);
  validator.run(input);
  return validator.result();
}

}  // namespace thimble::shapes
