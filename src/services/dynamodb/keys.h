// How items, index entries, expiries and stream records are keyed. They are told apart by two letters, so that rows
// stay short; in a table or index they are in the order of a hash of the partition key, as in DynamoDB. Keys of several
// attributes are their values one behind the other: no encoded value is another's beginning.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "lang/expression/value.h"
#include "services/dynamodb/tables.h"
#include "store/key.h"

namespace thimble::services::dynamodb {

/// Of a table's items: then the hash, the encoded partition key and the encoded sort key.
inline std::string itemPrefix(std::int64_t table) {
  return store::Key("di").add(table).bytes();
}
/// Of all of a table's index entries, or one index's.
inline std::string indexesPrefix(std::int64_t table) {
  return store::Key("dx").add(table).bytes();
}
inline std::string indexPrefix(std::int64_t table, std::int64_t index) {
  return store::Key("dx").add(table).add(index).bytes();
}
/// Of a table's expiries: then the second, then what follows the prefix in the item's key.
inline std::string expiryPrefix(std::int64_t table) {
  return store::Key("dt").add(table).bytes();
}
/// Of what a table's items were before their changes: then what follows the prefix in the item's key, and the change's
/// number.
inline std::string recoveryPrefix(std::int64_t table) {
  return store::Key("dr").add(table).bytes();
}
/// Of a stream's records: then the sequence number.
inline std::string streamPrefix(std::int64_t stream) {
  return store::Key("ds").add(stream).bytes();
}

/// Bytes of the hash at the front of each key: the first three of the MD5 sum that DynamoDB spreads keys by. Numbers
/// are hashed in the form that they have there, so that a Scan gives items, and a segment has them, as on AWS.
inline constexpr std::size_t kHashBytes = 3;
std::string keyHash(std::span<const lang::expression::ValueView> values);
/// Appends what the rows of a partition have in common: the hash of the partition key's values, and these.
void appendPartition(std::string& out, std::span<const lang::expression::ValueView> values);

/// What all rows of the index begin with, or of the table when it is null.
std::string rowsPrefix(const TableInfo& table, const IndexInfo* index);

/// The row of an item that has its keys, in the right types.
std::string itemKey(const TableInfo& table, lang::expression::ItemView item);
/// An index entry's row; nothing when the item lacks one of its keys or has it in another type.
std::optional<std::string> indexKey(const TableInfo& table, const IndexInfo& index, lang::expression::ItemView item);

/// The row of the item that a Key names; the errors of a Key that does not match the schema.
base::Result<std::string> readKey(const TableInfo& table, lang::expression::ItemView key);
/// The row of an item to be put, with all checks of its keys and of those of its indexes.
base::Result<std::string> keyOfItem(const TableInfo& table, lang::expression::ItemView item);
/// What an UpdateItem has made of the attributes that are keys of indexes. Values that are known before the item is
/// read have been looked at then, with other messages; those that stay as they were are not looked at.
base::Result<void> checkUpdatedIndexKeys(const TableInfo& table, lang::expression::ItemView before,
                                         lang::expression::ItemView after);
/// Whether an error is about a key's empty value: no transaction is cancelled for that, but refused.
bool saysEmptyKey(const base::ApiError& error);
/// The errors of empty values: of an index's key in an item that is put, of one that an update makes, and of a key in
/// what else names one ("Key: ...").
base::ApiError emptyIndexKey(const std::string& index, const KeyAttribute& key);
base::ApiError emptyUpdatedIndexKey(const KeyAttribute& key);
base::Result<void> checkNotEmpty(lang::expression::ValueView value, const KeyAttribute& attribute);
/// Type, emptiness and size of a key's partition attributes in a Key, or of its sort attributes.
base::Result<void> checkKeyParts(lang::expression::ItemView key, const std::vector<KeyAttribute>& attributes,
                                 bool partition);

/// The attributes that name an item: the table's keys, and the index's too when one is given.
lang::expression::Item keyAttributes(const TableInfo& table, lang::expression::ItemView item,
                                     const IndexInfo* index = nullptr);

}  // namespace thimble::services::dynamodb
