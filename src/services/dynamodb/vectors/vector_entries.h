// What vector indexes hold of items, and the checks of items that go into them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearchWorkingWith.html
//
// An entry's value is the packed vector, then the projected attributes without the vector's. Its key is that of an
// index whose partition attribute is the SearchSchema's HASH, if it has one: so the entries of one search stand
// together.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "services/dynamodb/item_rows.h"

namespace thimble::services::dynamodb {

/// Checks the vectors and the attributes of SearchSchemas in an item that is to be put. What an index goes by may be
/// missing: then the item is not in it.
base::Result<void> checkVectors(const TableInfo& table, lang::expression::ItemView item);
/// The same of what an UpdateItem has changed; what stays as it was is not looked at.
base::Result<void> checkUpdatedVectors(const TableInfo& table, lang::expression::ItemView before,
                                       lang::expression::ItemView after);

/// What a vector index holds of an item; nothing when it lacks what the index goes by, or has had it in another form
/// since before there was the index.
std::optional<IndexEntry> vectorEntry(const TableInfo& table, const IndexInfo& index, lang::expression::ItemView item);

/// The two parts of an entry's value.
std::string_view vectorOf(const IndexInfo& index, std::string_view value);
lang::expression::ItemView attributesOf(const IndexInfo& index, std::string_view value);
/// What DynamoDB counts for an entry, in bytes.
std::size_t vectorEntrySize(const IndexInfo& index, std::string_view value);
/// VectorWriteRequestBytes of an entry that is written or removed.
double vectorEntryCost(const IndexInfo& index, std::string_view value);

/// Whether the index shows an attribute to those who ask for it.
bool shows(const IndexInfo& index, const std::string& attribute);

/// What DynamoDB counts for an item that is written: an attribute that vector indexes read has four bytes for each
/// dimension.
std::size_t writtenSize(const TableInfo& table, lang::expression::ItemView item);

}  // namespace thimble::services::dynamodb
