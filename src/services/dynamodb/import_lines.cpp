#include "services/dynamodb/import_lines.h"

#include "base/encoding.h"
#include "lang/expression/wire_value.h"
#include "services/dynamodb/ion_items.h"
#include "services/dynamodb/keys.h"

namespace thimble::services::dynamodb {

using base::Json;

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

std::vector<std::optional<lang::expression::Item>> ImportLines::read(std::string_view line) const {
  if (format_ != Format::Ion) {
    const auto attributes = attributesOf(line);
    return {attributes ? itemOf(*attributes) : std::nullopt};
  }
  const auto lines = itemsOfIon(line);
  if (!lines) return {std::nullopt};
  std::vector<std::optional<lang::expression::Item>> items;
  for (const Json& attributes : *lines) items.push_back(attributes.isNull() ? std::nullopt : itemOf(attributes));
  return items;
}

std::optional<lang::expression::Item> ImportLines::itemOf(const Json& attributes) const {
  auto item = lang::expression::Item::fromJson(attributes);
  if (!item.ok() || lang::expression::itemSize(*item) > lang::expression::kMaxItemSize) return std::nullopt;
  if (!keyOfItem(table_, *item).ok()) return std::nullopt;
  return *std::move(item);
}

std::optional<Json> ImportLines::attributesOf(std::string_view line) const {
  if (format_ == Format::Json) {
    const auto json = Json::parse(line);
    return json.ok() ? lang::expression::fromWire((*json)["Item"]) : std::nullopt;
  }
  const auto values = splitCsv(line, delimiter_);
  if (!values || values->size() != header_.size() || !base::isUtf8(line)) return std::nullopt;
  Json out = Json::object();
  for (std::size_t i = 0; i < header_.size(); ++i) {
    const auto type = key_types_.find(header_[i]);
    out.set(header_[i], Json::object({{type == key_types_.end() ? "S" : type->second, (*values)[i]}}));
  }
  return lang::expression::fromWire(out);
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
