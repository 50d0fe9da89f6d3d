// AttributeValues between the model's form and bytes, with DynamoDB's checks in its order.
#include <algorithm>

#include "base/encoding.h"
#include "lang/expression/value.h"
#include "lang/expression/varint.h"

namespace thimble::lang::expression {

using base::Json;
using base::Result;

namespace {

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

base::ApiError invalid(std::string_view message) {
  return validationError(std::string(kInvalid) + std::string(message));
}

Result<std::string> readNumber(const Json& json, NumberReader reader) {
  const std::string& text = json.asString();
  const auto number = Decimal::parse(text, reader);
  if (!number.ok()) return numberError(number.error(), text);
  std::string encoded;
  number->appendEncoded(encoded);
  return encoded;
}

/// The error for a null in a set: of numbers it is as little a number as an empty text.
base::ApiError nullMember(Type type) {
  if (type == Type::Ns) return numberError(NumberError::NotNumeric, {});
  return invalid(type == Type::Ss ? "An string set may not have a null string as a member"
                                  : "Binary sets may not contain null or empty values");
}

/// Checks and reads the members of a set.
Result<std::string> readSet(Type type, const Json& json, NumberReader reader) {
  const Json::Array& members = json.asArray();
  if (members.empty()) {
    return invalid(type == Type::Ss   ? "An string set  may not be empty"
                   : type == Type::Ns ? "An number set  may not be empty"
                                      : "Binary sets should not be empty");
  }
  std::vector<std::string> bodies;
  bodies.reserve(members.size());
  for (const Json& member : members) {
    if (!member.isString()) return nullMember(type);
    if (type == Type::Ns) {
      TRY_ASSIGN(std::string encoded, readNumber(member, reader));
      bodies.push_back(std::move(encoded));
    } else {
      bodies.push_back(member.asString());
    }
  }
  std::vector<std::string_view> sorted(bodies.begin(), bodies.end());
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    if (type == Type::Ns) return validationError("Input collection contains duplicates");
    std::string list;
    for (const Json& member : members) {
      if (!list.empty()) list += ", ";
      list += type == Type::Bs ? base::encodeBase64(member.asString()) : member.asString();
    }
    return invalid("Input collection [" + list + (type == Type::Bs ? "]of type BS" : "]") + " contains duplicates.");
  }
  std::string body;
  appendVarint(body, sorted.size());
  for (const std::string_view member : sorted) appendBytes(body, member);
  return body;
}

Result<void, base::ApiError> appendValue(std::string& out, const Json& json, int depth, NumberReader reader);

/// Appends a value of a list, a map or an item.
Result<void, base::ApiError> appendInner(std::string& out, const Json& json, int depth, NumberReader reader) {
  if (json.isNull()) return validationError("The supplied Item contains a null AttributeValue");
  return appendValue(out, json, depth, reader);
}

/// Appends the entries of a map, sorted by name, after checking them in the order given.
Result<void, base::ApiError> appendEntries(std::string& out, const Json& json, int depth, NumberReader reader) {
  struct Entry {
    std::string_view name;
    std::size_t begin, end;
  };
  std::vector<Entry> entries;
  std::string values;
  if (json.isObject()) {
    const base::JsonObject& object = json.asObject();
    entries.reserve(object.size());
    for (const auto& [name, value] : object) {
      TRY(checkAttributeName(name));
      const std::size_t begin = values.size();
      TRY(appendInner(values, value, depth, reader));
      entries.push_back({name, begin, values.size()});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  appendVarint(out, entries.size());
  for (const Entry& entry : entries) {
    appendBytes(out, entry.name);
    out.append(values, entry.begin, entry.end - entry.begin);
  }
  return {};
}

/// Whether a member of an AttributeValue has the form that the model gives it. The protocols have checked that of
/// what comes from outside.
bool wellFormed(Type type, const Json& member) {
  switch (type) {
    case Type::S:
    case Type::B:
    case Type::N:
      return member.isString();
    case Type::Bool:
    case Type::Null:
      return member.isBool();
    case Type::M:
      return member.isObject();
    default:
      return member.isArray();
  }
}

Result<void, base::ApiError> appendValue(std::string& out, const Json& json, int depth, NumberReader reader) {
  // A value with several datatypes is refused only after each of them was checked.
  int found = 0;
  for (int i = 0; i <= static_cast<int>(Type::M); ++i) {
    const auto type = static_cast<Type>(i);
    const Json* member = json.find(typeName(type));
    if (member == nullptr || member->isNull()) continue;
    if (!wellFormed(type, *member)) return base::ApiError{"SerializationException", "Unexpected value type in payload"};
    ++found;
    std::string body;
    switch (type) {
      case Type::S:
      case Type::B:
        if (found == 1) ValueView(type, member->asString()).appendTo(out);
        continue;
      case Type::N: {
        TRY_ASSIGN(body, readNumber(*member, reader));
        break;
      }
      case Type::Bool:
        body.assign(1, member->asBool() ? '\1' : '\0');
        break;
      case Type::Null:
        if (!member->asBool()) return invalid("Null attribute value types must have the value of true");
        break;
      case Type::Bs:
      case Type::Ns:
      case Type::Ss: {
        TRY_ASSIGN(body, readSet(type, *member, reader));
        break;
      }
      case Type::L:
      case Type::M:
        if (depth >= kMaxNesting) {
          return validationError(
              "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
              "supported "
              "limit");
        }
        if (type == Type::M) {
          TRY(appendEntries(body, *member, depth + 1, reader));
        } else {
          const Json::Array& elements = member->asArray();
          appendVarint(body, elements.size());
          for (const Json& element : elements) TRY(appendInner(body, element, depth + 1, reader));
        }
        break;
    }
    if (found == 1) ValueView(type, body).appendTo(out);
  }
  if (found == 0) {
    return validationError("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
  if (found > 1) {
    return validationError(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  }
  return {};
}

}  // namespace

base::ApiError validationError(std::string message) {
  return {"ValidationException", std::move(message), 400};
}

base::ApiError numberError(NumberError error, std::string_view text) {
  switch (error) {
    case NumberError::Overflow:
      return validationError(
          "Number overflow. Attempting to store a number with magnitude larger than supported range");
    case NumberError::Underflow:
      return validationError(
          "Number underflow. Attempting to store a number with magnitude smaller than supported range");
    case NumberError::TooManyDigits:
      return validationError("Attempting to store more than 38 significant digits in a Number");
    default:
      break;
  }
  std::string message = "The parameter cannot be converted to a numeric value";
  if (!text.empty()) message += ": " + std::string(text);
  return validationError(std::move(message));
}

Result<void, base::ApiError> checkAttributeName(std::string_view name) {
  if (name.empty()) return validationError("Empty attribute name");
  if (name.size() > kMaxNameSize) {
    return validationError("Attribute name is too large, must be less than 65536 bytes");
  }
  return {};
}

Result<Value> Value::fromJson(const Json& json, NumberReader reader) {
  Value value;
  value.bytes_.clear();
  TRY(appendValue(value.bytes_, json, 0, reader));
  return value;
}

Result<Item> Item::fromJson(const Json& json) {
  Item item;
  item.bytes_.clear();
  // Names are looked at before any value is.
  if (json.isObject()) {
    for (const auto& [name, value] : json.asObject()) TRY(checkAttributeName(name));
  }
  // The item is the first level.
  TRY(appendEntries(item.bytes_, json, 1, NumberReader::AttributeValue));
  return item;
}

Json toJson(ValueView value) {
  Json inner;
  switch (value.type()) {
    case Type::S:
    case Type::B:
      inner = std::string(value.text());
      break;
    case Type::N:
      inner = value.number().text();
      break;
    case Type::Bool:
      inner = value.boolean();
      break;
    case Type::Null:
      inner = true;
      break;
    case Type::Ss:
    case Type::Ns:
    case Type::Bs: {
      Json::Array members;
      members.reserve(value.count());
      ElementCursor cursor = value.elements();
      for (ValueView member; cursor.next(member);) {
        members.emplace_back(member.type() == Type::N ? member.number().text() : std::string(member.text()));
      }
      inner = std::move(members);
      break;
    }
    case Type::L: {
      Json::Array elements;
      elements.reserve(value.count());
      ElementCursor cursor = value.elements();
      for (ValueView element; cursor.next(element);) elements.push_back(toJson(element));
      inner = std::move(elements);
      break;
    }
    case Type::M:
      inner = toJson(value.map());
      break;
  }
  base::JsonObject object;
  object.set(typeName(value.type()), std::move(inner));
  return object;
}

std::string attributeValueText(ValueView value) {
  std::string out = "AttributeValue: {" + std::string(typeName(value.type())) + ":";
  switch (value.type()) {
    case Type::S:
      out += value.text();
      break;
    case Type::N:
      value.number().appendText(out);
      break;
    case Type::B:
      out += base::encodeBase64(value.text());
      break;
    default:
      break;
  }
  return out + "}";
}

Json toJson(ItemView item) {
  base::JsonObject object;
  object.reserve(item.size());
  ItemView::Cursor cursor = item.entries();
  std::string_view name;
  for (ValueView value; cursor.next(name, value);) object.set(name, toJson(value));
  return object;
}

}  // namespace thimble::lang::expression
