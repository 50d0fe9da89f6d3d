#include "services/dynamodb/keys.h"

#include <openssl/evp.h>

#include <memory>

#include "lang/expression/key_encoding.h"
#include "services/dynamodb/errors.h"

namespace thimble::services::dynamodb {

using lang::expression::Decimal;
using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::Type;
using lang::expression::ValueView;

namespace {

constexpr std::size_t kMostPartitionBytes = 2048;
constexpr std::size_t kMostSortBytes = 1024;

// A number in base 100, first the exponent, as databases of Oracle's school keep it: this is what DynamoDB hashes.
std::string hashedNumber(const Decimal& number) {
  if (number.isZero()) return std::string(1, '\x80');
  const bool negative = number.isNegative();
  std::string digits;
  for (const char c : number.text()) {
    if (c >= '0' && c <= '9') digits += static_cast<char>(c - '0');
  }
  digits.erase(0, digits.find_first_not_of('\0'));
  digits.erase(digits.find_last_not_of('\0') + 1);
  const int exponent = number.magnitude() + 1;
  const bool odd = exponent % 2 != 0;
  if (odd) digits.insert(digits.begin(), '\0');
  int first = (exponent + (odd ? 1 : 0)) / 2 - 64;
  if (negative) first = ~first;
  std::string out(1, static_cast<char>(first));
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int pair = digits[i] * 10 + (i + 1 < digits.size() ? digits[i + 1] : 0);
    out += static_cast<char>(negative ? 101 - pair : pair + 1);
  }
  // A mantissa of fewer than twenty pairs ends with a byte above all digits when it is negative.
  if (negative && out.size() - 1 < 20) out += static_cast<char>(102);
  return out;
}

std::string hashed(ValueView value) {
  return value.type() == Type::N ? hashedNumber(value.number()) : std::string(value.text());
}

// How errors about empty keys begin, and no others.
constexpr std::string_view kNotValid = "One or more parameter values are not valid. ";

const char* emptyWord(Type type) {
  return type == Type::S ? "string" : "binary";
}

base::Result<void> checkSize(ValueView value, bool partition) {
  if (value.type() == Type::N) return {};
  if (partition && value.text().size() > kMostPartitionBytes) {
    return invalidParameter("Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (!partition && value.text().size() > kMostSortBytes) {
    return invalidParameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return {};
}

/// Whether a value can be that key: of its type, not empty and not too long.
bool fits(ValueView value, const KeyAttribute& attribute, bool partition) {
  return value.type() == attribute.type && (value.type() == Type::N || !value.text().empty()) &&
         checkSize(value, partition).ok();
}

base::Result<void> checkNotEmpty(ValueView value, const KeyAttribute& attribute) {
  if (value.type() == Type::N || !value.text().empty()) return {};
  return validationException(std::string(kNotValid) +
                             "The AttributeValue for a key attribute cannot contain an empty " +
                             std::string(emptyWord(value.type())) + " value. Key: " + attribute.name);
}

base::Result<void> checkItemKey(ItemView item, const KeyAttribute& attribute, bool partition) {
  const auto value = item.find(attribute.name);
  if (!value) return invalidParameter("Missing the key " + attribute.name + " in the item");
  if (value->type() != attribute.type) {
    return invalidParameter("Type mismatch for key " + attribute.name + " expected: " +
                            std::string(typeName(attribute.type)) + " actual: " + std::string(typeName(value->type())));
  }
  TRY(checkNotEmpty(*value, attribute));
  return checkSize(*value, partition);
}

base::Result<void> checkIndexKey(ItemView item, const IndexInfo& index, const KeyAttribute& attribute, bool partition) {
  const auto value = item.find(attribute.name);
  if (!value) return {};
  if (value->type() != attribute.type) {
    return invalidParameter("Type mismatch for Index Key " + attribute.name +
                            " Expected: " + std::string(typeName(attribute.type)) +
                            " Actual: " + std::string(typeName(value->type())) + " IndexName: " + index.name);
  }
  if (value->type() != Type::N && value->text().empty()) {
    return validationException(std::string(kNotValid) +
                               "A value specified for a secondary index key is not supported. The AttributeValue for a "
                               "key attribute cannot contain an empty " +
                               std::string(emptyWord(value->type())) + " value. IndexName: " + index.name +
                               ", IndexKey: " + attribute.name);
  }
  return checkSize(*value, partition);
}

/// `check` of each key of each index, the global ones first: called with the index, the key and whether it is a
/// partition key.
template <class Check>
base::Result<void> forIndexKeys(const TableInfo& table, const Check& check) {
  for (const bool global : {true, false}) {
    for (const IndexInfo& index : table.indexes) {
      if (index.global != global || !index.kept) continue;
      if (global) TRY(check(index, index.hash, true));
      if (index.range) TRY(check(index, *index.range, false));
    }
  }
  return {};
}

void appendKeys(std::string& out, ValueView partition, const std::optional<ValueView>& sort) {
  lang::expression::appendKey(out, partition);
  if (sort) lang::expression::appendKey(out, *sort);
}

}  // namespace

std::string keyHash(ValueView partition, const std::optional<ValueView>& sort) {
  // Fetched once: with EVP_md5() each digest looks for its implementation anew.
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
  std::string text = "Outliers" + hashed(partition);
  if (sort) text += hashed(*sort);
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestInit_ex(context.get(), md5, nullptr);
  EVP_DigestUpdate(context.get(), text.data(), text.size());
  EVP_DigestFinal_ex(context.get(), sum, &size);
  return {reinterpret_cast<const char*>(sum), kHashBytes};
}

std::string itemKey(const TableInfo& table, ValueView partition, const std::optional<ValueView>& sort) {
  std::string out = itemPrefix(table.row.number());
  out += keyHash(partition);
  appendKeys(out, partition, sort);
  return out;
}

std::optional<std::string> indexKey(const TableInfo& table, const IndexInfo& index, ItemView item) {
  // An item may have been there before its attributes were keys, and be none of the index for its whole life.
  const auto partition = item.find(index.hash.name);
  if (!partition || !fits(*partition, index.hash, true)) return std::nullopt;
  std::optional<ValueView> sort;
  if (index.range) {
    sort = item.find(index.range->name);
    if (!sort || !fits(*sort, *index.range, false)) return std::nullopt;
  }
  const auto table_partition = item.find(table.hash.name);
  std::optional<ValueView> table_sort;
  if (table.range) table_sort = item.find(table.range->name);
  if (!table_partition || (table.range && !table_sort)) return std::nullopt;
  std::string out = indexPrefix(table.row.number(), index.number);
  out += keyHash(*partition);
  appendKeys(out, *partition, sort);
  // Entries with equal keys are in the order of the hash of the table's keys.
  out += keyHash(*table_partition, table_sort);
  appendKeys(out, *table_partition, table_sort);
  return out;
}

base::Result<void> checkKeyPart(ItemView key, const KeyAttribute& attribute, bool partition) {
  const auto value = key.find(attribute.name);
  if (!value || value->type() != attribute.type) {
    return validationException("The provided key element does not match the schema");
  }
  TRY(checkNotEmpty(*value, attribute));
  return checkSize(*value, partition);
}

base::Result<std::string> readKey(const TableInfo& table, ItemView key) {
  if (key.size() != table.keyCount()) {
    return validationException("The provided key element does not match the schema");
  }
  TRY(checkKeyPart(key, table.hash, true));
  if (table.range) TRY(checkKeyPart(key, *table.range, false));
  return itemKey(table, *key.find(table.hash.name), table.range ? key.find(table.range->name) : std::nullopt);
}

base::Result<void> checkUpdatedIndexKeys(const TableInfo& table, ItemView before, ItemView after) {
  return forIndexKeys(
      table, [&](const IndexInfo& index, const KeyAttribute& key, bool partition) -> base::Result<void> {
        const auto value = after.find(key.name);
        if (!value || value == before.find(key.name)) return {};
        if (value->type() != key.type) {
          return validationException(
              "The update expression attempted to update the secondary index key to unsupported type");
        }
        if (value->type() != Type::N && value->text().empty()) {
          return validationException(
              std::string(kNotValid) +
              "The update expression attempted to update a secondary index key to a value that is not supported. The "
              "AttributeValue for a key attribute cannot contain an empty " +
              std::string(emptyWord(value->type())) + " value.");
        }
        return checkIndexKey(after, index, key, partition);
      });
}

bool saysEmptyKey(const base::ApiError& error) {
  return error.message.starts_with(kNotValid);
}

base::Result<std::string> keyOfItem(const TableInfo& table, ItemView item) {
  TRY(checkItemKey(item, table.hash, true));
  if (table.range) TRY(checkItemKey(item, *table.range, false));
  TRY(forIndexKeys(table, [&](const IndexInfo& index, const KeyAttribute& key, bool partition) {
    return checkIndexKey(item, index, key, partition);
  }));
  return itemKey(table, *item.find(table.hash.name), table.range ? item.find(table.range->name) : std::nullopt);
}

Item keyAttributes(const TableInfo& table, ItemView item, const IndexInfo* index) {
  std::vector<std::string> names = {table.hash.name};
  if (table.range) names.push_back(table.range->name);
  if (index != nullptr) {
    names.push_back(index->hash.name);
    if (index->range) names.push_back(index->range->name);
  }
  return pick(item, names);
}

}  // namespace thimble::services::dynamodb
