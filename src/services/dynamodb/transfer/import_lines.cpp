#include "services/dynamodb/transfer/import_lines.h"

#include "base/encoding.h"
#include "lang/expression/wire_value.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/transfer/ion_items.h"

namespace thimble::services::dynamodb {

using base::Json;

base::ApiError unreadableLine() {
  return validationException("Unexpected token");
}
base::ApiError notAnItem() {
  return validationException("Expected 'Item' top level container");
}

base::Result<Json> attributesOfLine(const Json& attributes) {
  auto read = lang::expression::fromWire(attributes);
  if (read) return *std::move(read);
  return validationException("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
}

ImportLines::ImportLines(const Json& description, const TableInfo& table) : table_(table) {
  const std::string format = description.stringAt("InputFormat");
  if (format == "CSV") format_ = Format::Csv;
  if (format == "ION") format_ = Format::Ion;
  for (const rows::Attribute& attribute : table.row.attributes()) key_types_[attribute.name()] = attribute.type();
  const Json& options = description["InputFormatOptions"]["Csv"];
  if (const std::string delimiter = options.stringAt("Delimiter"); !delimiter.empty()) delimiter_ = delimiter[0];
  if (options["HeaderList"].isArray()) {
    for (const Json& name : options["HeaderList"].asArray()) given_header_.push_back(name.asString());
  }
  header_ = given_header_;
}

bool ImportLines::takeHeader(std::string_view line) {
  if (!header_is_next_) return false;
  header_is_next_ = false;
  header_ = splitCsv(line, delimiter_).value_or(std::vector<std::string>());
  return true;
}

std::vector<base::Result<lang::expression::Item>> ImportLines::read(std::string_view line) const {
  std::vector<base::Result<lang::expression::Item>> items;
  if (format_ != Format::Ion) {
    auto attributes = attributesOf(line);
    if (attributes.ok()) {
      items.push_back(itemOf(*attributes));
    } else {
      items.push_back(std::move(attributes).error());
    }
    return items;
  }
  const auto lines = itemsOfIon(line);
  if (!lines) items.push_back(unreadableLine());
  for (const Json& attributes : lines.value_or(std::vector<Json>())) {
    if (attributes.isNull()) {
      items.push_back(notAnItem());
    } else {
      items.push_back(itemOf(attributes));
    }
  }
  return items;
}

base::Result<lang::expression::Item> ImportLines::itemOf(const Json& attributes) const {
  TRY_ASSIGN(lang::expression::Item item, lang::expression::Item::fromJson(attributes));
  if (lang::expression::itemSize(item) > lang::expression::kMaxItemSize) {
    return validationException("Item size has exceeded the maximum allowed size");
  }
  TRY(keyOfItem(table_, item));
  return item;
}

base::Result<Json> ImportLines::attributesOf(std::string_view line) const {
  Json out = Json::object();
  if (format_ == Format::Json) {
    auto json = Json::parse(line);
    if (!json.ok()) return unreadableLine();
    out = (*json)["Item"];
    if (!out.isObject()) return notAnItem();
  } else {
    const auto values = splitCsv(line, delimiter_);
    if (!values || !base::isUtf8(line)) return unreadableLine();
    if (values->size() != header_.size()) {
      return validationException("The number of values does not match that of the header");
    }
    for (std::size_t i = 0; i < header_.size(); ++i) {
      const auto type = key_types_.find(header_[i]);
      out.set(header_[i], Json::object({{type == key_types_.end() ? "S" : type->second, (*values)[i]}}));
    }
  }
  return attributesOfLine(out);
}

std::optional<std::vector<std::string>> splitCsv(std::string_view line, char delimiter) {
  std::vector<std::string> values;
  std::size_t at = 0;
  for (;;) {
    std::string& value = values.emplace_back();
    if (at < line.size() && line[at] == '"') {
      for (++at;; ++at) {
        if (at == line.size()) return std::nullopt;
        if (line[at] == '"') {
          ++at;
          if (at == line.size() || line[at] != '"') break;
        }
        value += line[at];
      }
    } else {
      while (at < line.size() && line[at] != delimiter) {
        if (line[at] == '"') return std::nullopt;
        value += line[at++];
      }
    }
    if (at == line.size()) return values;
    if (line[at++] != delimiter) return std::nullopt;
  }
}

}  // namespace thimble::services::dynamodb
