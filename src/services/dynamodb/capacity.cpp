#include "services/dynamodb/capacity.h"

#include <algorithm>

namespace thimble::services::dynamodb {

using base::Json;

CapacityDetail capacityDetail(const Json& input) {
  const std::string wanted = input.stringAt("ReturnConsumedCapacity");
  return wanted == "INDEXES" ? CapacityDetail::Indexes
         : wanted == "TOTAL" ? CapacityDetail::Total
                             : CapacityDetail::None;
}

void Consumed::add(const TableInfo& info, double units, const IndexUnits& index_units, double factor) {
  table += factor * units;
  for (const auto& [name, cost] : index_units) {
    const IndexInfo* index = info.findIndex(name);
    indexes[name] += (index != nullptr && index->vector ? 1 : factor) * cost;
  }
}

double Consumed::units(const TableInfo& info) const {
  double total = table;
  for (const auto& [name, cost] : indexes) {
    const IndexInfo* index = info.findIndex(name);
    if (index == nullptr || !index->vector) total += cost;
  }
  return total;
}

Json consumedCapacity(const std::string& name, const TableInfo& table, const Consumed& consumed, CapacityDetail detail,
                      const std::string& transaction) {
  const auto capacity = [&](double units) {
    Json out = Json::object({{"CapacityUnits", units}});
    if (!transaction.empty()) out.set(transaction, units);
    return out;
  };
  Json out = capacity(consumed.units(table));
  out.set("TableName", name);
  if (detail != CapacityDetail::Indexes) return out;
  out.set("Table", capacity(consumed.table));
  Json local = Json::object();
  Json global = Json::object();
  Json vectors = Json::object();
  for (const auto& [index_name, units] : consumed.indexes) {
    const IndexInfo* index = table.findIndex(index_name);
    if (index != nullptr && index->vector) {
      vectors.set(index_name, Json::object({{"VectorWriteRequestBytes", units}}));
      continue;
    }
    (index != nullptr && index->global ? global : local).set(index_name, capacity(units));
  }
  if (!local.empty()) out.set("LocalSecondaryIndexes", std::move(local));
  if (!global.empty()) out.set("GlobalSecondaryIndexes", std::move(global));
  if (!vectors.empty()) out.set("VectorIndexes", std::move(vectors));
  return out;
}

bool wantsCollectionMetrics(const Json& input, const TableInfo& table) {
  return input.stringAt("ReturnItemCollectionMetrics") == "SIZE" &&
         std::any_of(table.indexes.begin(), table.indexes.end(), [](const IndexInfo& index) { return index.local(); });
}

Json collectionMetrics(const TableInfo& table, lang::expression::ItemView item) {
  return Json::object({{"ItemCollectionKey", toJson(pick(item, {table.keys.hash().name}))},
                       {"SizeEstimateRangeGB", Json::array({0.0, 1.0})}});
}

}  // namespace thimble::services::dynamodb
