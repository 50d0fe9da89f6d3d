#include "services/dynamodb/transfer/bulk_records.h"

#include <algorithm>
#include <utility>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/transfer/import_lines.h"
#include "services/dynamodb/transfer/ion_items.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::size_t kLongestRecord = std::size_t{16} << 20;
constexpr std::string_view kBinaryIon = "\xE0\x01\x00\xEA";

bool isTexts(const Json& value) {
  if (!value.isObject()) return false;
  const auto& members = value.asObject();
  return std::all_of(members.begin(), members.end(), [](const auto& member) { return member.second.isString(); });
}

/// Attributes are in the model's form.
base::Result<ItemWrite> putOf(const Json& record) {
  if (!record["Item"].isObject()) return notAnItem();
  // A member that is not known may be a condition with a wrong name, so nothing is left out.
  for (const auto& [name, value] : record.asObject()) {
    const bool right = name == "ConditionExpression"        ? value.isString()
                       : name == "ExpressionAttributeNames" ? isTexts(value)
                                                            : name == "Item" || name == "ExpressionAttributeValues";
    if (!right || value.isNull()) return validationException("Unexpected value of '" + name + "'");
  }
  TRY_ASSIGN(ItemWrite write, readItemWrite(ItemWrite::Kind::Put, record));
  write.old_on_failure = true;
  return write;
}

base::Result<ItemWrite> putOfLine(std::string_view line) {
  auto read = Json::parse(line);
  if (!read.ok()) return unreadableLine();
  Json record = *std::move(read);
  for (const char* member : {"Item", "ExpressionAttributeValues"}) {
    if (!record[member].isObject()) continue;
    TRY_ASSIGN(Json attributes, attributesOfLine(record[member]));
    record.set(member, std::move(attributes));
  }
  return putOf(record);
}

}  // namespace

std::vector<base::Result<ItemWrite>> BulkRecords::read(std::string_view line) {
  if (ion_) return readIon(line);
  std::vector<base::Result<ItemWrite>> puts;
  if (line.find_first_not_of(" \t") != std::string_view::npos) puts.push_back(putOfLine(line));
  return puts;
}

std::vector<base::Result<ItemWrite>> BulkRecords::readIon(std::string_view line) {
  if (line.starts_with(kBinaryIon)) return stop(notImplemented("binary Ion"));
  const std::size_t begin = text_.size();
  text_ += line;
  text_ += '\n';
  boundary_.read(std::string_view(text_).substr(begin));
  if (!boundary_.between()) {
    if (text_.size() > kLongestRecord) return stop(unreadableLine());
    return {};
  }
  const auto records = putsOfIon(std::exchange(text_, {}));
  std::vector<base::Result<ItemWrite>> puts;
  if (!records) puts.push_back(unreadableLine());
  for (const Json& record : records.value_or(std::vector<Json>())) puts.push_back(putOf(record));
  return puts;
}

std::vector<base::Result<ItemWrite>> BulkRecords::finish() {
  if (between()) return {};
  return stop(unreadableLine());
}

std::vector<base::Result<ItemWrite>> BulkRecords::stop(base::ApiError error) {
  stopped_ = true;
  text_.clear();
  std::vector<base::Result<ItemWrite>> out;
  out.push_back(std::move(error));
  return out;
}

}  // namespace thimble::services::dynamodb
