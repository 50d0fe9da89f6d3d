#include "services/dynamodb/export_records.h"

#include "lang/expression/value.h"
#include "lang/expression/wire_value.h"
#include "services/dynamodb/ion_items.h"
#include "services/dynamodb/keys.h"

namespace thimble::services::dynamodb {

using base::Json;
using lang::expression::ItemView;

namespace {

constexpr std::string_view kIonVersion = "$ion_1_0 ";

}  // namespace

ExportRecords::ExportRecords(store::Transaction& snapshot, std::shared_ptr<const TableInfo> table,
                             const Json& description)
    : table_(std::move(table)), ion_(description.stringAt("ExportFormat") == "ION") {
  const std::int64_t number = table_->row.number();
  const Json& span = description["IncrementalExportSpecification"];
  if (span.isNull()) {
    items_.emplace(snapshot, number, base::Timestamp{description["ExportTime"].asInt()});
    return;
  }
  old_images_ = span.stringAt("ExportViewType") != "NEW_IMAGE";
  differences_.emplace(snapshot, number, base::Timestamp{span["ExportFromTime"].asInt()},
                       base::Timestamp{span["ExportToTime"].asInt()});
}

std::vector<ExportRecords::Record> ExportRecords::next() {
  std::vector<Record> records;
  if (items_) {
    for (const std::string& item : items_->next()) records.push_back(recordOf(item));
  } else {
    for (const ItemDifference& difference : differences_->next()) records.push_back(recordOf(difference));
  }
  return records;
}

ExportRecords::Record ExportRecords::recordOf(const std::string& item) const {
  const ItemView view(item);
  Record record;
  record.bytes = static_cast<std::int64_t>(lang::expression::itemSize(view));
  const Json attributes = toJson(view);
  if (ion_) {
    record.line = std::string(kIonVersion) + "{Item:";
    writeIon(record.line, attributes);
    record.line += '}';
  } else {
    record.line = Json::object({{"Item", lang::expression::toWire(attributes)}}).write();
  }
  return record;
}

ExportRecords::Record ExportRecords::recordOf(const ItemDifference& difference) const {
  Record record;
  const ItemView before(difference.before);
  const ItemView after(difference.after);
  const lang::expression::Item keys = keyAttributes(*table_, difference.after.empty() ? before : after);
  // 1. The parts that there are.
  std::vector<std::pair<std::string, Json>> parts = {{"Keys", toJson(keys.view())}};
  const auto add = [&](const char* name, ItemView image) {
    record.bytes += static_cast<std::int64_t>(lang::expression::itemSize(image));
    parts.emplace_back(name, toJson(image));
  };
  if (old_images_ && !difference.before.empty()) add("OldImage", before);
  if (!difference.after.empty()) add("NewImage", after);
  // 2. The line.
  const std::string written = std::to_string(difference.written);
  if (ion_) {
    record.line = std::string(kIonVersion) + "{Record:{Metadata:{WriteTimestampMicros:" + written + ".}";
    for (const auto& [name, attributes] : parts) {
      record.line += "," + name + ":";
      writeIon(record.line, attributes);
    }
    record.line += "}}";
    return record;
  }
  Json line = Json::object({{"Metadata", Json::object({{"WriteTimestampMicros", Json::object({{"N", written}})}})}});
  for (const auto& [name, attributes] : parts) line.set(name, lang::expression::toWire(attributes));
  record.line = line.write();
  return record;
}

}  // namespace thimble::services::dynamodb
