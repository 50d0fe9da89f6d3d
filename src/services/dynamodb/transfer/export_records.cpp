#include "services/dynamodb/transfer/export_records.h"

#include "lang/expression/value.h"
#include "lang/expression/wire_value.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/transfer/ion_items.h"

namespace thimble::services::dynamodb {

using base::Json;
using lang::expression::ItemView;

namespace {

constexpr std::string_view kIonVersion = "$ion_1_0 ";

}  // namespace

ExportRecords::ExportRecords(store::Transaction& snapshot, std::shared_ptr<const TableInfo> table,
                             const Json& description, ExportFilter filter)
    : table_(std::move(table)), filter_(std::move(filter)), ion_(description.stringAt("ExportFormat") == "ION") {
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

std::optional<ExportRecords::Page> ExportRecords::next() {
  Page page;
  if (items_) {
    const std::vector<std::string> items = items_->next();
    if (items.empty()) return std::nullopt;
    for (const std::string& item : items) add(page, item);
  } else {
    const std::vector<ItemDifference> differences = differences_->next();
    if (differences.empty()) return std::nullopt;
    for (const ItemDifference& difference : differences) add(page, difference);
  }
  return page;
}

void ExportRecords::add(Page& page, const std::string& item) const {
  const ItemView view(item);
  if (!filter_.reads(view)) return;
  page.bytes += static_cast<std::int64_t>(lang::expression::itemSize(view));
  if (!filter_.wants(view)) return;
  const Json attributes = toJson(filter_.shown(view).view());
  if (ion_) {
    std::string line = std::string(kIonVersion) + "{Item:";
    writeIon(line, attributes);
    page.lines.push_back(line + '}');
  } else {
    page.lines.push_back(Json::object({{"Item", lang::expression::toWire(attributes)}}).write());
  }
}

void ExportRecords::add(Page& page, const ItemDifference& difference) const {
  const ItemView before(difference.before);
  const ItemView after(difference.after);
  const ItemView newest = difference.after.empty() ? before : after;
  if (!filter_.reads(newest)) return;
  const bool with_old = old_images_ && !difference.before.empty();
  const bool with_new = !difference.after.empty();
  if (with_old) page.bytes += static_cast<std::int64_t>(lang::expression::itemSize(before));
  if (with_new) page.bytes += static_cast<std::int64_t>(lang::expression::itemSize(after));
  if (!filter_.wants(newest)) return;
  // 1. The parts that there are.
  const lang::expression::Item keys = keyAttributes(*table_, newest);
  std::vector<std::pair<std::string, Json>> parts = {{"Keys", toJson(keys.view())}};
  if (with_old) parts.emplace_back("OldImage", toJson(filter_.shown(before).view()));
  if (with_new) parts.emplace_back("NewImage", toJson(filter_.shown(after).view()));
  // 2. The line.
  const std::string written = std::to_string(difference.written);
  if (ion_) {
    std::string line = std::string(kIonVersion) + "{Record:{Metadata:{WriteTimestampMicros:" + written + ".}";
    for (const auto& [name, attributes] : parts) {
      line += "," + name + ":";
      writeIon(line, attributes);
    }
    page.lines.push_back(line + "}}");
    return;
  }
  Json line = Json::object({{"Metadata", Json::object({{"WriteTimestampMicros", Json::object({{"N", written}})}})}});
  for (const auto& [name, attributes] : parts) line.set(name, lang::expression::toWire(attributes));
  page.lines.push_back(line.write());
}

}  // namespace thimble::services::dynamodb
