#include "wire/protocols/query_form.h"

#include <charconv>
#include <map>
#include <string>

#include "wire/protocols/query_compatible.h"
#include "wire/protocols/scalar_text.h"

namespace thimble::wire::protocols {

using base::Json;
using base::Result;
using shapes::Member;
using shapes::Shape;
using shapes::ShapeKind;
using shapes::TimestampFormat;

namespace {

// Each level of a shape consumes part of a parameter's name, so the depth is bounded by the longest name.
class Reader {
 public:
  Reader(const Parameters& parameters, bool compatible) : compatible_(compatible) {
    for (const auto& [name, value] : parameters) values_.emplace(name, value);
  }

  Result<Json> structure(const Shape& shape, const std::string& prefix) const {
    Json result = Json::object();
    for (const Member& member : shape.members) {
      const std::string_view own = compatible_ ? compatibleName(member) : member.wireName();
      std::string name = prefix + std::string(own);
      TRY_ASSIGN(auto value, read(*member.shape, member.flattened, name));
      if (value) result.set(member.name, std::move(*value));
    }
    return result;
  }

 private:
  using Found = std::optional<Json>;

  bool anyBelow(const std::string& prefix) const {
    auto at = values_.lower_bound(prefix);
    return at != values_.end() && at->first.substr(0, prefix.size()) == prefix;
  }

  Result<Found> read(const Shape& shape, bool flattened, const std::string& name) const {
    switch (shape.kind) {
      case ShapeKind::Structure: {
        if (!anyBelow(name + ".")) return Found();
        TRY_ASSIGN(Json value, structure(shape, name + "."));
        return Found(std::move(value));
      }
      case ShapeKind::List:
        return list(shape, flattened, name);
      case ShapeKind::Map:
        return map(shape, flattened, name);
      default: {
        auto at = values_.find(name);
        if (at == values_.end()) return Found();
        auto value = readScalar(shape, at->second);
        if (!value) {
          return base::ApiError{"MalformedInput",
                                "Invalid value for parameter " + name + ": " + std::string(at->second), 400};
        }
        return Found(std::move(*value));
      }
    }
  }

  // The numbers N for which there are parameters "prefixN" or "prefixN.…", ascending.
  std::map<std::uint32_t, std::string> indices(const std::string& prefix) const {
    std::map<std::uint32_t, std::string> found;
    for (auto at = values_.lower_bound(prefix); at != values_.end(); ++at) {
      if (at->first.substr(0, prefix.size()) != prefix) break;
      std::string_view rest = at->first.substr(prefix.size());
      std::uint32_t index = 0;
      auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
      std::size_t digits = static_cast<std::size_t>(end - rest.data());
      if (error != std::errc() || (digits < rest.size() && rest[digits] != '.')) continue;
      found.emplace(index, prefix + std::string(rest.substr(0, digits)));
    }
    return found;
  }

  Result<Found> list(const Shape& shape, bool flattened, const std::string& name) const {
    std::string prefix = name + ".";
    if (flattened) {
      if (!shape.element->location_name.empty()) {
        prefix = name.substr(0, name.rfind('.') + 1) + std::string(shape.element->location_name) + ".";
      }
    } else {
      prefix += std::string(shape.element->location_name.empty() ? "member" : shape.element->location_name) + ".";
    }
    auto found = indices(prefix);
    if (found.empty()) {
      // "Tags=" is how an empty list is sent.
      auto at = values_.find(name);
      return at != values_.end() && at->second.empty() ? Found(Json::array()) : Found();
    }
    Json result = Json::array();
    for (const auto& [index, item_name] : found) {
      TRY_ASSIGN(auto value, read(*shape.element->shape, false, item_name));
      result.push(value ? std::move(*value) : Json());
    }
    return Found(std::move(result));
  }

  Result<Found> map(const Shape& shape, bool flattened, const std::string& name) const {
    auto found = indices(flattened ? name + "." : name + ".entry.");
    if (found.empty()) {
      auto at = values_.find(name);
      return at != values_.end() && at->second.empty() ? Found(Json::object()) : Found();
    }
    Json result = Json::object();
    const std::string key_name(compatible_ ? compatibleKey(shape) : shape.key->wireName());
    const std::string value_name(compatible_ ? kCompatibleValue : shape.element->wireName());
    for (const auto& [index, entry] : found) {
      auto key = values_.find(entry + "." + key_name);
      if (key == values_.end()) continue;
      TRY_ASSIGN(auto value, read(*shape.element->shape, false, entry + "." + value_name));
      result.set(key->second, value ? std::move(*value) : Json());
    }
    return Found(std::move(result));
  }

  bool compatible_;
  std::map<std::string_view, std::string_view, std::less<>> values_;
};

void writeMembers(Parameters& out, const Shape& shape, const Json& value, const std::string& prefix);

void write(Parameters& out, const Member& member, const Json& value, const std::string& name) {
  const Shape& shape = *member.shape;
  switch (shape.kind) {
    case ShapeKind::Structure:
      writeMembers(out, shape, value, name + ".");
      return;
    case ShapeKind::List: {
      if (!value.isArray()) return;
      if (value.empty()) out.emplace_back(name, "");
      const Member& element = *shape.element;
      std::string prefix = name + ".";
      if (member.flattened) {
        if (!element.location_name.empty()) {
          prefix = name.substr(0, name.rfind('.') + 1) + std::string(element.location_name) + ".";
        }
      } else {
        prefix += std::string(element.location_name.empty() ? "member" : element.location_name) + ".";
      }
      std::size_t index = 0;
      for (const Json& item : value.asArray()) write(out, element, item, prefix + std::to_string(++index));
      return;
    }
    case ShapeKind::Map: {
      if (!value.isObject()) return;
      if (value.empty()) out.emplace_back(name, "");
      std::size_t index = 0;
      for (const auto& [key, item] : value.asObject()) {
        std::string entry = name + (member.flattened ? "." : ".entry.") + std::to_string(++index) + ".";
        out.emplace_back(entry + std::string(shape.key->wireName()), key);
        write(out, *shape.element, item, entry + std::string(shape.element->wireName()));
      }
      return;
    }
    default:
      if (!value.isNull()) out.emplace_back(name, writeScalar(member, value, TimestampFormat::Iso8601));
  }
}

void writeMembers(Parameters& out, const Shape& shape, const Json& value, const std::string& prefix) {
  for (const Member& member : shape.members) {
    const Json* item = value.find(member.name);
    if (item && !item->isNull()) write(out, member, *item, prefix + std::string(member.wireName()));
  }
}

}  // namespace

Result<Json> readQueryForm(const Shape& shape, const Parameters& parameters, bool compatible) {
  return Reader(parameters, compatible).structure(shape, "");
}

Parameters writeQueryForm(const Shape& shape, const Json& value) {
  Parameters result;
  writeMembers(result, shape, value, "");
  return result;
}

}  // namespace thimble::wire::protocols
