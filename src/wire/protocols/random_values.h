// Random model values of a shape, for property tests.
#pragma once

#include <random>
#include <string>

#include "base/json.h"
#include "wire/shapes/model.h"

namespace thimble::wire::protocols::testing {

/// Makes values that every protocol can carry: texts, lists and maps are never empty, since headers, XML and forms
/// cannot tell empty from absent.
class RandomValues {
 public:
  explicit RandomValues(unsigned seed) : random_(seed) {}

  base::Json make(const shapes::Shape& shape, int depth = 0) { return make({.name = "", .shape = &shape}, depth); }

  base::Json make(const shapes::Member& member, int depth) {
    using base::Json;
    using shapes::ShapeKind;
    const shapes::Shape& shape = *member.shape;
    bool outside = member.location != shapes::Location::Body;
    switch (shape.kind) {
      case ShapeKind::Structure: {
        Json result = Json::object();
        for (const shapes::Member& each : shape.members) {
          bool leaf = each.shape->kind != ShapeKind::Structure && each.shape->kind != ShapeKind::List &&
                      each.shape->kind != ShapeKind::Map;
          if (each.streaming || each.shape->event_stream || each.location == shapes::Location::StatusCode) continue;
          if (depth > 4 && !leaf && !each.required) continue;
          if (pick(4) == 0 && !each.required && each.location != shapes::Location::Uri && each.name != shape.payload)
            continue;
          Json value = make(each, depth + 1);
          if ((value.isObject() || value.isArray()) && value.empty() && !each.required) continue;
          result.set(each.name, std::move(value));
        }
        // A form cannot tell an empty structure from an absent one.
        if (result.empty() && depth > 0 && depth < 8 && !shape.members.empty()) {
          result.set(shape.members.front().name, make(shape.members.front(), depth + 1));
        }
        return result;
      }
      case ShapeKind::List: {
        Json result = Json::array();
        for (int i = pick(3) + 1; i > 0; --i) {
          shapes::Member element = *shape.element;
          element.location = member.location;
          Json value = make(element, depth + 1);
          if (value.isObject() && value.empty()) continue;
          result.push(std::move(value));
        }
        return result;
      }
      case ShapeKind::Map: {
        Json result = Json::object();
        for (int i = pick(3) + 1; i > 0; --i) {
          shapes::Member element = *shape.element;
          element.location = member.location;
          Json value = make(element, depth + 1);
          if (value.isObject() && value.empty()) continue;
          result.set("k" + std::to_string(pick(1000)), std::move(value));
        }
        return result;
      }
      case ShapeKind::Blob:
        return text(" !\"#%&'()*+,-./:;<=>?@[]^_`{|}~azAZ09\n\xC3\xA9");
      case ShapeKind::Boolean:
        return pick(2) == 1;
      case ShapeKind::Integer:
        return pick(100000) - 50000;
      case ShapeKind::Long:
        return static_cast<std::int64_t>(random_() % 1000000000000000) - 500000000000000;
      case ShapeKind::Float:
      case ShapeKind::Double:
        return static_cast<double>(pick(100000)) / 8.0;
      case ShapeKind::Timestamp:
        return static_cast<std::int64_t>(pick(2000000000)) * 1000;
      case ShapeKind::Document:
        return Json::object({{"a", Json::array({1, "x"})}});
      default:
        return outside ? text("azAZ09-_.~%/+ &=\xC3\xA9x", true) : text("azAZ09 <>&\"'%+=/\\\n\t\xC3\xA9x");
    }
  }

 private:
  int pick(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  // Begins and ends with a letter, since headers lose blanks at their ends.
  std::string text(const std::string& alphabet, bool no_comma = false) {
    std::string result = "s";
    for (int i = pick(8); i > 0; --i) {
      char c = alphabet[static_cast<std::size_t>(pick(static_cast<int>(alphabet.size())))];
      if (static_cast<unsigned char>(c) >= 0x80) {
        result += "\xC3\xA9";
      } else if (!(no_comma && c == ',')) {
        result += c;
      }
    }
    return result + "e";
  }

  std::mt19937_64 random_;
};

}  // namespace thimble::wire::protocols::testing
