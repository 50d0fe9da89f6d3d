// PutItem, UpdateItem, DeleteItem.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html and the pages beside it
#include "services/dynamodb/access.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/item_write.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/vectors/vector_entries.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;
using lang::expression::ItemView;

/// What ReturnValues shows; nothing when there is nothing to show.
std::optional<Json> returnedAttributes(const std::string& wanted, const ItemWrite& write, const WrittenItem& written) {
  const auto shown = [&](ItemView item) -> std::optional<Json> {
    if (item.empty()) return std::nullopt;
    return toJson(item);
  };
  if (wanted == "ALL_OLD") return shown(viewOf(written.before));
  if (wanted == "ALL_NEW" && written.after) return shown(*written.after);
  if (!write.update) return std::nullopt;
  if (wanted == "UPDATED_OLD") return shown(write.update->touched(viewOf(written.before)));
  if (wanted == "UPDATED_NEW" && written.after) return shown(write.update->touched(*written.after));
  return std::nullopt;
}

/// A name that is too long is told here without the placeholder in whose name or value it is.
base::ApiError worded(base::ApiError error) {
  static constexpr std::string_view kTooLong = "Attribute name is too large, must be less than 65536 bytes";
  if (error.message.find(kTooLong) != std::string::npos) {
    error.message = "1 validation error detected: " + std::string(kTooLong);
  }
  return error;
}

base::Result<Json> writeOne(dispatch::Context& context, Data& data, ItemWrite::Kind kind, const Json& input) {
  auto read = readItemWrite(kind, input);
  if (!read.ok()) return worded(std::move(read).error());
  const ItemWrite& write = *read;
  TRY_ASSIGN(const auto table, openTable(context, data.tables, input.stringAt("TableName"), [&] {
               return authoriseItems(context, data.tables, accessOf(writeAction(kind), input, write));
             }));
  TRY_ASSIGN(const std::string row, rowFor(*table, write));
  const CapacityDetail detail = capacityDetail(input);
  const std::string wanted = input.stringAt("ReturnValues");
  const bool need_before = detail != CapacityDetail::None || wanted.ends_with("OLD");
  Consumed consumed;
  TRY_ASSIGN(const WrittenItem written, applyItemWrite(context, data, *table, write, row, need_before,
                                                       detail == CapacityDetail::None ? nullptr : &consumed.indexes));
  Json out = Json::object();
  if (auto attributes = returnedAttributes(wanted, write, written)) out.set("Attributes", std::move(*attributes));
  if (detail != CapacityDetail::None) {
    const std::size_t before = written.before ? writtenSize(*table, viewOf(written.before)) : 0;
    const std::size_t after = written.after ? writtenSize(*table, *written.after) : 0;
    consumed.table = writeUnits(std::max(before, after));
    out.set("ConsumedCapacity", consumedCapacity(input.stringAt("TableName"), *table, consumed, detail));
  }
  if (wantsCollectionMetrics(input, *table)) out.set("ItemCollectionMetrics", collectionMetrics(*table, write.item));
  return out;
}

}  // namespace

void registerWriteItems(dispatch::Registry& registry, Data& data) {
  const auto add = [&](const char* operation, ItemWrite::Kind kind) {
    addOperation(registry, operation, [&data, kind](dispatch::Context& context, const Json& input) {
      return writeOne(context, data, kind, input);
    });
  };
  add("PutItem", ItemWrite::Kind::Put);
  add("UpdateItem", ItemWrite::Kind::Update);
  add("DeleteItem", ItemWrite::Kind::Delete);
}

}  // namespace thimble::services::dynamodb
