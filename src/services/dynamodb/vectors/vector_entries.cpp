#include "services/dynamodb/vectors/vector_entries.h"

#include <algorithm>

#include "services/dynamodb/errors.h"

namespace thimble::services::dynamodb {

using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::Type;
using lang::expression::ValueView;

namespace {

constexpr std::size_t kMostPartitionBytes = 2048;
constexpr std::size_t kMostFilterBytes = 10 * 1024;
constexpr double kLeastCost = 1024;

base::ApiError invalidVector(const std::string& rest, const IndexInfo& index) {
  return validationException("One or more parameter values were invalid. " + rest + " IndexName: " + index.name);
}

base::Result<void> checkVector(const IndexInfo& index, ValueView value) {
  const VectorInfo& vector = *index.vector;
  const auto packed = packVector(value, vector.dimensions);
  if (packed.ok()) return {};
  const VectorFault& fault = packed.error();
  const std::string element = vector.attribute + "[" + std::to_string(fault.position) + "]";
  switch (fault.kind) {
    case VectorFault::Kind::NotAList:
      return invalidVector(
          "Invalid type for parameter " + vector.attribute + ", Expected: 32-bit floating point number list", index);
    case VectorFault::Kind::OtherSize:
      return invalidVector("Invalid size for parameter " + vector.attribute + ", Expected: " +
                               std::to_string(vector.dimensions) + ", Actual: " + std::to_string(fault.position),
                           index);
    case VectorFault::Kind::NotANumber:
      return invalidVector("Invalid type for parameter " + element +
                               ", Expected: 32-bit floating point number, Actual: " + fault.actual + ".",
                           index);
    case VectorFault::Kind::OutOfRange:
      break;
  }
  return invalidVector("Invalid value for parameter " + element + ", Value: " + fault.actual +
                           " is outside valid range [-3.4028235E38, 3.4028235E38].",
                       index);
}

bool isEmpty(ValueView value) {
  return value.type() != Type::N && value.text().empty();
}

/// Type and size of an attribute of a SearchSchema; whether a partition's value is empty is told elsewhere.
base::Result<void> checkSearchAttribute(const IndexInfo& index, const SearchAttribute& attribute, ValueView value) {
  if (value.type() != attribute.key.type) {
    return invalidVector("Attribute '" + attribute.key.name +
                             "' type mismatch. Expected: " + std::string(typeName(attribute.key.type)) +
                             ", Actual: " + std::string(typeName(value.type())) + ".",
                         index);
  }
  if (attribute.partition && value.body().size() > kMostPartitionBytes) {
    return invalidParameter("Aggregate size for HASH key attributes exceeds the maximum of " +
                            std::to_string(kMostPartitionBytes) + " bytes");
  }
  if (!attribute.partition && value.body().size() > kMostFilterBytes) {
    return invalidParameter("Size limit exceeded for SearchSchema attribute '" + attribute.key.name + "': maximum " +
                            std::to_string(kMostFilterBytes) + " bytes");
  }
  return {};
}

base::Result<void> check(const TableInfo& table, ItemView before, ItemView after, bool update) {
  const auto changed = [&](const std::string& name) -> std::optional<ValueView> {
    const auto value = after.find(name);
    return value && before.find(name) != value ? value : std::nullopt;
  };
  for (const IndexInfo& index : table.indexes) {
    if (!index.vector || !index.kept) continue;
    if (const auto value = changed(index.vector->attribute)) TRY(checkVector(index, *value));
    for (const SearchAttribute& attribute : index.vector->search) {
      const auto value = changed(attribute.key.name);
      if (!value) continue;
      TRY(checkSearchAttribute(index, attribute, *value));
      if (attribute.partition && isEmpty(*value)) {
        return update ? emptyUpdatedIndexKey(attribute.key) : emptyIndexKey(index.name, attribute.key);
      }
    }
  }
  return {};
}

}  // namespace

base::Result<void> checkVectors(const TableInfo& table, ItemView item) {
  return check(table, ItemView(), item, false);
}

base::Result<void> checkUpdatedVectors(const TableInfo& table, ItemView before, ItemView after) {
  return check(table, before, after, true);
}

std::optional<IndexEntry> vectorEntry(const TableInfo& table, const IndexInfo& index, ItemView item) {
  const VectorInfo& vector = *index.vector;
  const auto value = item.find(vector.attribute);
  if (!value) return std::nullopt;
  auto key = indexKey(table, index, item);
  if (!key) return std::nullopt;
  for (const SearchAttribute& attribute : vector.search) {
    const auto searched = item.find(attribute.key.name);
    if (searched && !checkSearchAttribute(index, attribute, *searched).ok()) return std::nullopt;
  }
  auto packed = packVector(*value, vector.dimensions);
  if (!packed.ok()) return std::nullopt;
  lang::expression::ItemBuilder shown(index.projectsAll() ? item : pick(item, index.projected).view());
  shown.erase(vector.attribute);
  return IndexEntry{std::move(*key), std::move(*packed) + shown.build().bytes()};
}

std::string_view vectorOf(const IndexInfo& index, std::string_view value) {
  return value.substr(0, index.vector->dimensions * kDimensionBytes);
}

ItemView attributesOf(const IndexInfo& index, std::string_view value) {
  return ItemView(value.substr(std::min(value.size(), index.vector->dimensions * kDimensionBytes)));
}

std::size_t vectorEntrySize(const IndexInfo& index, std::string_view value) {
  return index.vector->dimensions * kDimensionBytes + index.vector->attribute.size() +
         itemSize(attributesOf(index, value));
}

double vectorEntryCost(const IndexInfo& index, std::string_view value) {
  return std::max(kLeastCost, static_cast<double>(vectorEntrySize(index, value)));
}

bool shows(const IndexInfo& index, const std::string& attribute) {
  return index.projectsAll() || std::binary_search(index.projected.begin(), index.projected.end(), attribute);
}

std::size_t writtenSize(const TableInfo& table, ItemView item) {
  std::size_t size = itemSize(item);
  for (std::size_t i = 0; i < table.indexes.size(); ++i) {
    const auto& vector = table.indexes[i].vector;
    if (!vector) continue;
    const auto same = [&](const IndexInfo& other) {
      return other.vector && other.vector->attribute == vector->attribute;
    };
    if (std::any_of(table.indexes.begin(), table.indexes.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    const auto value = item.find(vector->attribute);
    if (!value || value->type() != Type::L || value->count() != vector->dimensions) continue;
    size = size - valueSize(*value) + vector->dimensions * kDimensionBytes;
  }
  return size;
}

}  // namespace thimble::services::dynamodb
