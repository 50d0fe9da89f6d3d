#include "services/dynamodb/keys.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "lang/expression/key_encoding.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/vectors/vector_entries.h"

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

/// `bytes`: of all partition attributes, or of all sort attributes. Numbers never come near the limits by themselves.
base::Result<void> checkSize(std::size_t bytes, bool partition) {
  if (partition && bytes > kMostPartitionBytes) {
    return invalidParameter("Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (!partition && bytes > kMostSortBytes) {
    return invalidParameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return {};
}

/// A key's values in order, kept on the stack: each write of an indexed item gathers some.
class KeyValues {
 public:
  /// False when an attribute is not there.
  bool gather(ItemView item, const std::vector<KeyAttribute>& attributes) {
    for (const KeyAttribute& attribute : attributes) {
      const auto value = item.find(attribute.name);
      if (!value) return false;
      values_.at(count_++) = *value;
    }
    return true;
  }
  /// The same, when the values can also be that key: each of its type and not empty, together not too long.
  bool gatherFitting(ItemView item, const std::vector<KeyAttribute>& attributes, bool partition) {
    if (!gather(item, attributes)) return false;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const ValueView value = values_[i];
      if (value.type() != attributes[i].type || value.body().empty()) return false;
      bytes += value.body().size();
    }
    return checkSize(bytes, partition).ok();
  }
  std::span<const ValueView> span() const { return {values_.data(), count_}; }

 private:
  std::array<ValueView, kMostKeyAttributes> values_;
  std::size_t count_ = 0;
};

base::Result<void> checkItemKey(ItemView item, const KeyAttribute& attribute, bool partition) {
  const auto value = item.find(attribute.name);
  if (!value) return invalidParameter("Missing the key " + attribute.name + " in the item");
  if (value->type() != attribute.type) {
    return invalidParameter("Type mismatch for key " + attribute.name + " expected: " +
                            std::string(typeName(attribute.type)) + " actual: " + std::string(typeName(value->type())));
  }
  TRY(checkNotEmpty(*value, attribute));
  return checkSize(value->body().size(), partition);
}

base::Result<void> checkIndexKeys(ItemView item, const IndexInfo& index, const std::vector<KeyAttribute>& attributes,
                                  bool partition) {
  std::size_t bytes = 0;
  for (const KeyAttribute& attribute : attributes) {
    const auto value = item.find(attribute.name);
    if (!value) continue;
    if (value->type() != attribute.type) {
      return invalidParameter("Type mismatch for Index Key " + attribute.name +
                              " Expected: " + std::string(typeName(attribute.type)) +
                              " Actual: " + std::string(typeName(value->type())) + " IndexName: " + index.name);
    }
    if (value->type() != Type::N && value->text().empty()) return emptyIndexKey(index.name, attribute);
    bytes += value->body().size();
  }
  return checkSize(bytes, partition);
}

/// `check` of the keys of each index, the global ones first: called with the index, its partition attributes or its
/// sort attributes, and whether it is the former.
template <class Check>
base::Result<void> forIndexKeys(const TableInfo& table, const Check& check) {
  for (const bool global : {true, false}) {
    for (const IndexInfo& index : table.indexes) {
      if (index.global != global || !index.kept) continue;
      if (global) TRY(check(index, index.keys.partition, true));
      TRY(check(index, index.keys.sort, false));
    }
  }
  return {};
}

void appendKeys(std::string& out, std::span<const ValueView> values) {
  for (const ValueView value : values) lang::expression::appendKey(out, value);
}

}  // namespace

base::ApiError emptyIndexKey(const std::string& index, const KeyAttribute& key) {
  return validationException(std::string(kNotValid) +
                             "A value specified for a secondary index key is not supported. The AttributeValue for a "
                             "key attribute cannot contain an empty " +
                             std::string(emptyWord(key.type)) + " value. IndexName: " + index +
                             ", IndexKey: " + key.name);
}

base::ApiError emptyUpdatedIndexKey(const KeyAttribute& key) {
  return validationException(std::string(kNotValid) +
                             "The update expression attempted to update a secondary index key to a value that is not "
                             "supported. The AttributeValue for a key attribute cannot contain an empty " +
                             std::string(emptyWord(key.type)) + " value.");
}

base::Result<void> checkNotEmpty(ValueView value, const KeyAttribute& attribute) {
  if (value.type() == Type::N || !value.text().empty()) return {};
  return validationException(std::string(kNotValid) +
                             "The AttributeValue for a key attribute cannot contain an empty " +
                             std::string(emptyWord(value.type())) + " value. Key: " + attribute.name);
}

std::string keyHash(std::span<const ValueView> values) {
  // Fetched once: with EVP_md5() each digest looks for its implementation anew.
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
  std::string text = "Outliers";
  for (const ValueView value : values) text += hashed(value);
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestInit_ex(context.get(), md5, nullptr);
  EVP_DigestUpdate(context.get(), text.data(), text.size());
  EVP_DigestFinal_ex(context.get(), sum, &size);
  return {reinterpret_cast<const char*>(sum), kHashBytes};
}

std::string rowsPrefix(const TableInfo& table, const IndexInfo* index) {
  return index != nullptr ? indexPrefix(table.row.number(), index->number) : itemPrefix(table.row.number());
}

void appendPartition(std::string& out, std::span<const ValueView> values) {
  out += keyHash(values);
  appendKeys(out, values);
}

std::string itemKey(const TableInfo& table, ItemView item) {
  std::string out = itemPrefix(table.row.number());
  const ValueView partition = *item.find(table.keys.hash().name);
  appendPartition(out, {&partition, 1});
  if (const KeyAttribute* range = table.keys.range()) lang::expression::appendKey(out, *item.find(range->name));
  return out;
}

std::optional<std::string> indexKey(const TableInfo& table, const IndexInfo& index, ItemView item) {
  // An item may have been there before its attributes were keys, and be none of the index for its whole life.
  const std::vector<KeyAttribute>& attributes = index.vector ? index.vector->partition : index.keys.partition;
  KeyValues partition, sort, of_table;
  if (!partition.gatherFitting(item, attributes, true)) return std::nullopt;
  if (!sort.gatherFitting(item, index.keys.sort, false)) return std::nullopt;
  if (!of_table.gather(item, table.keys.partition) || !of_table.gather(item, table.keys.sort)) return std::nullopt;
  std::string out = indexPrefix(table.row.number(), index.number);
  if (!attributes.empty()) appendPartition(out, partition.span());
  appendKeys(out, sort.span());
  // Entries with equal keys are in the order of the hash of the table's keys.
  appendPartition(out, of_table.span());
  return out;
}

base::Result<void> checkKeyParts(ItemView key, const std::vector<KeyAttribute>& attributes, bool partition) {
  std::size_t bytes = 0;
  for (const KeyAttribute& attribute : attributes) {
    const auto value = key.find(attribute.name);
    if (!value || value->type() != attribute.type) {
      return validationException("The provided key element does not match the schema");
    }
    TRY(checkNotEmpty(*value, attribute));
    bytes += value->body().size();
  }
  return checkSize(bytes, partition);
}

base::Result<std::string> readKey(const TableInfo& table, ItemView key) {
  if (key.size() != table.keys.size()) {
    return validationException("The provided key element does not match the schema");
  }
  TRY(checkKeyParts(key, table.keys.partition, true));
  TRY(checkKeyParts(key, table.keys.sort, false));
  return itemKey(table, key);
}

base::Result<void> checkUpdatedIndexKeys(const TableInfo& table, ItemView before, ItemView after) {
  TRY(forIndexKeys(
      table, [&](const IndexInfo&, const std::vector<KeyAttribute>& attributes, bool partition) -> base::Result<void> {
        bool changed = false;
        std::size_t bytes = 0;
        for (const KeyAttribute& key : attributes) {
          const auto value = after.find(key.name);
          if (!value) continue;
          if (value->type() == key.type) bytes += value->body().size();
          if (value == before.find(key.name)) continue;
          changed = true;
          if (value->type() != key.type) {
            return validationException(
                "The update expression attempted to update the secondary index key to unsupported type");
          }
          if (value->type() != Type::N && value->text().empty()) return emptyUpdatedIndexKey(key);
        }
        return changed ? checkSize(bytes, partition) : base::Result<void>();
      }));
  return checkUpdatedVectors(table, before, after);
}

bool saysEmptyKey(const base::ApiError& error) {
  return error.message.starts_with(kNotValid);
}

base::Result<std::string> keyOfItem(const TableInfo& table, ItemView item) {
  TRY(checkItemKey(item, table.keys.hash(), true));
  if (const KeyAttribute* range = table.keys.range()) TRY(checkItemKey(item, *range, false));
  TRY(forIndexKeys(table, [&](const IndexInfo& index, const std::vector<KeyAttribute>& attributes, bool partition) {
    return checkIndexKeys(item, index, attributes, partition);
  }));
  TRY(checkVectors(table, item));
  return itemKey(table, item);
}

Item keyAttributes(const TableInfo& table, ItemView item, const IndexInfo* index) {
  std::vector<std::string> names;
  const auto add = [&names](const KeySchema& keys) {
    for (const KeyAttribute& key : keys.partition) names.push_back(key.name);
    for (const KeyAttribute& key : keys.sort) names.push_back(key.name);
  };
  add(table.keys);
  if (index != nullptr) add(index->keys);
  return pick(item, names);
}

}  // namespace thimble::services::dynamodb
