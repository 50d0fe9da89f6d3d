// What answers say about capacity and item collections.
#pragma once

#include <string>

#include "base/json.h"
#include "lang/expression/value.h"
#include "services/dynamodb/item_rows.h"

namespace thimble::services::dynamodb {

/// ReturnConsumedCapacity.
enum class CapacityDetail { None, Total, Indexes };
CapacityDetail capacityDetail(const base::Json& input);

/// Capacity used in one table.
struct Consumed {
  double table = 0;
  IndexUnits indexes;
  /// Adds what one write cost. `factor`: what a transaction counts it for; bytes of vectors count once.
  void add(const TableInfo& info, double units, const IndexUnits& index_units, double factor);
  /// All capacity units; bytes of vectors are none.
  double units(const TableInfo& info) const;
};

/// A ConsumedCapacity. `name`: what the request calls the table, its name or its ARN. `transaction`:
/// "ReadCapacityUnits" or "WriteCapacityUnits" for the member that transactions add, or empty.
base::Json consumedCapacity(const std::string& name, const TableInfo& table, const Consumed& consumed,
                            CapacityDetail detail, const std::string& transaction = {});

/// Sets ItemCollectionMetrics in an answer when it was asked for and the table has a local index.
bool wantsCollectionMetrics(const base::Json& input, const TableInfo& table);
base::Json collectionMetrics(const TableInfo& table, lang::expression::ItemView item);

}  // namespace thimble::services::dynamodb
