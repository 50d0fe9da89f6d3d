#include "services/dynamodb/tables.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/arn.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/quotas.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

// Tables whose parsed form is kept; beyond that all are read anew.
constexpr std::size_t kMostKnown = 10'000;

KeyAttribute keyAttribute(const rows::Table& table, const std::string& name) {
  for (const rows::Attribute& attribute : table.attributes()) {
    if (attribute.name() == name) {
      return {name, lang::expression::typeFromName(attribute.type()).value_or(lang::expression::Type::S)};
    }
  }
  return {name, lang::expression::Type::S};
}

KeySchema schemaOf(const rows::Table& table, const KeyNames& names) {
  KeySchema out;
  for (const std::string& name : names.partition) out.partition.push_back(keyAttribute(table, name));
  for (const std::string& name : names.sort) out.sort.push_back(keyAttribute(table, name));
  return out;
}

Json describeKeys(const KeyNames& names) {
  Json out = Json::array();
  for (const std::string& name : names.partition) {
    out.push(Json::object({{"AttributeName", name}, {"KeyType", "HASH"}}));
  }
  for (const std::string& name : names.sort) {
    out.push(Json::object({{"AttributeName", name}, {"KeyType", "RANGE"}}));
  }
  return out;
}

Json throughput(const rows::Throughput& row) {
  Json out = Json::object();
  if (row.last_increase() != 0) out.set("LastIncreaseDateTime", row.last_increase());
  if (row.last_decrease() != 0) out.set("LastDecreaseDateTime", row.last_decrease());
  out.set("NumberOfDecreasesToday", row.decreases_today());
  out.set("ReadCapacityUnits", row.read());
  out.set("WriteCapacityUnits", row.write());
  return out;
}

Json projection(const rows::Index& index) {
  Json out = Json::object({{"ProjectionType", index.projection()}});
  if (index.non_key_attributes_size() > 0) {
    Json names = Json::array();
    for (const std::string& name :
         std::set<std::string>(index.non_key_attributes().begin(), index.non_key_attributes().end())) {
      names.push(name);
    }
    out.set("NonKeyAttributes", std::move(names));
  }
  return out;
}

template <class Row>
void addLimits(Json& out, const rows::Table& table, const Row& row, bool updating, bool all_warmth) {
  if (row.max_read() != 0 || row.max_write() != 0) {
    Json limits = Json::object();
    if (row.max_read() != 0) limits.set("MaxReadRequestUnits", row.max_read());
    if (row.max_write() != 0) limits.set("MaxWriteRequestUnits", row.max_write());
    out.set("OnDemandThroughput", std::move(limits));
  }
  const bool chosen = row.warm_read() != 0 || row.warm_write() != 0 || row.warm_updating();
  if (!chosen && !all_warmth) return;
  const Warmths warmths = warmthsOf(row, table.billing());
  out.set("WarmThroughput", Json::object({{"ReadUnitsPerSecond", warmths.reads},
                                          {"WriteUnitsPerSecond", warmths.writes},
                                          {"Status", updating || row.warm_updating() ? "UPDATING" : "ACTIVE"}}));
}

Json describeVectorIndex(const rows::Table& table, const rows::Index& index, const Counts& counts) {
  const rows::VectorKeys& keys = index.vector();
  Json out = Json::object({{"IndexName", index.name()},
                           {"VectorAttribute", Json::object({{"AttributeName", keys.attribute()}})},
                           {"Dimensions", keys.dimensions()},
                           {"DistanceFunction", keys.distance()},
                           {"Projection", projection(index)},
                           {"IndexStatus", index.status()},
                           {"IndexSizeBytes", counts.bytes},
                           {"ItemCount", counts.items},
                           {"IndexArn", tableArn(table) + "/index/" + index.name()}});
  if (index.backfilling()) out.set("Backfilling", true);
  if (keys.search_size() == 0) return out;
  Json schema = Json::array();
  for (const rows::SearchElement& element : keys.search()) {
    schema.push(Json::object({{"AttributeName", element.attribute()},
                              {"SearchSchemaElementType", element.hash() ? "HASH" : "INLINE_FILTER"}}));
  }
  out.set("SearchSchema", std::move(schema));
  return out;
}

Json describeIndex(const rows::Table& table, const rows::Index& index, const Counts& counts, bool all_warmth) {
  Json out = Json::object({{"IndexName", index.name()},
                           {"KeySchema", describeKeys(keyNames(index))},
                           {"Projection", projection(index)},
                           {"IndexArn", tableArn(table) + "/index/" + index.name()},
                           {"IndexSizeBytes", counts.bytes},
                           {"ItemCount", counts.items}});
  if (index.global()) {
    out.set("IndexStatus", index.status());
    if (index.backfilling()) out.set("Backfilling", true);
    out.set("ProvisionedThroughput", throughput(index.throughput()));
    addLimits(out, table, index, index.status() == "CREATING", all_warmth);
  }
  return out;
}

VectorInfo vectorInfo(const rows::Table& table, const rows::VectorKeys& keys) {
  VectorInfo out{keys.attribute(),
                 static_cast<std::size_t>(keys.dimensions()),
                 distanceFromName(keys.distance()).value_or(Distance::Cosine),
                 {},
                 {}};
  for (const rows::SearchElement& element : keys.search()) {
    out.search.push_back({keyAttribute(table, element.attribute()), element.hash()});
    if (element.hash()) out.partition.push_back(out.search.back().key);
  }
  return out;
}

}  // namespace

const IndexInfo* TableInfo::findIndex(std::string_view name) const {
  for (const IndexInfo& index : indexes) {
    if (index.name == name) return &index;
  }
  return nullptr;
}

std::shared_ptr<const TableInfo> makeTableInfo(std::string bytes) {
  auto info = std::make_shared<TableInfo>();
  if (!info->row.ParseFromString(bytes)) throw store::DamagedRow("a row of the table dynamodb.table is damaged");
  info->bytes = std::move(bytes);
  const rows::Table& row = info->row;
  info->arn = tableArn(row);
  const KeyNames table_keys = keyNames(row);
  info->keys = schemaOf(row, table_keys);
  for (const rows::Index& index : row.indexes()) {
    IndexInfo out;
    out.name = index.name();
    out.global = index.global();
    out.number = index.number();
    const KeyNames index_keys = keyNames(index);
    if (index.has_vector()) {
      out.vector = vectorInfo(row, index.vector());
    } else {
      out.keys = schemaOf(row, index_keys);
    }
    out.projection = index.projection();
    if (!out.projectsAll()) {
      out.projected.assign(index.non_key_attributes().begin(), index.non_key_attributes().end());
      for (const KeyNames* keys : {&table_keys, &index_keys}) {
        for (std::string& name : keys->all()) out.projected.push_back(std::move(name));
      }
      std::sort(out.projected.begin(), out.projected.end());
      out.projected.erase(std::unique(out.projected.begin(), out.projected.end()), out.projected.end());
    }
    out.readable = out.local() || index.status() == "ACTIVE" || index.status() == "UPDATING";
    out.kept = index.status() != "DELETING";
    info->indexes.push_back(std::move(out));
  }
  return info;
}

std::shared_ptr<const TableInfo> TableCache::find(store::Transaction& transaction, const std::string& account,
                                                  const std::string& region, const std::string& name) {
  const std::string key = kTables.key(account, region, name).bytes();
  std::optional<std::string> bytes = transaction.get(key);
  if (!bytes) return nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end() && found->second->bytes == *bytes) {
      return found->second;
    }
  }
  auto info = makeTableInfo(std::move(*bytes));
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMostKnown) known_.clear();
  known_[key] = info;
  return info;
}

base::Result<void> authoriseTable(dispatch::Context& context, std::string_view action, const std::string& name_or_arn,
                                  const std::string& index, const dispatch::ConditionValues& conditions) {
  std::string resource = name_or_arn;
  if (!resource.starts_with("arn:")) {
    resource = "arn:aws:dynamodb:" + context.region() + ":" + context.account() + ":table/" + name_or_arn;
  }
  if (!index.empty()) resource += "/index/" + index;
  return context.authorise(action, resource, conditions);
}

base::Result<std::shared_ptr<const TableInfo>> usable(std::shared_ptr<const TableInfo> table) {
  if (!table || table->row.status() == "CREATING" || table->row.status() == "DELETING") return resourceNotFound();
  return table;
}

base::Result<std::string> tableNameOf(const dispatch::Context& context, const std::string& name_or_arn) {
  if (!name_or_arn.starts_with("arn:")) return name_or_arn;
  const auto arn = base::parseArn(name_or_arn);
  static constexpr std::string_view kTable = "table/";
  const auto detected = [](const std::string& what) {
    return validationException("1 validation error detected: " + what);
  };
  const auto malformed = [&] {
    return detected(
        "Value '" + name_or_arn +
        "' at 'tableName' failed to satisfy constraint: Valid ARN format is "
        "'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', where Resource name "
        "must have length less than or equal to 255, Resource name must have length greater than or equal "
        "to 3, Resource name must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  };
  if (!arn || arn->service != "dynamodb" || arn->resource.find('/') == std::string::npos) return malformed();
  if (!arn->resource.starts_with(kTable)) return detected("Invalid resource type in '" + name_or_arn + "'");
  // The ARN of an index, a stream or a backup is no table's.
  if (arn->resource.find('/', kTable.size()) != std::string::npos) return malformed();
  if (arn->region != context.region()) return detected("Invalid AWS region in '" + name_or_arn + "'");
  if (arn->account != context.account()) {
    return accessDenied(
        "User: " + context.call().identity.arn + " is not authorized to perform: dynamodb:" + context.call().operation +
        " on resource: " + name_or_arn +
        " because no resource-based policy allows the dynamodb:" + context.call().operation + " action");
  }
  return arn->resource.substr(kTable.size());
}

base::Result<rows::Table> findTableRow(dispatch::Context& context, const std::string& name_or_arn) {
  TRY_ASSIGN(const std::string name, tableNameOf(context, name_or_arn));
  auto row = kTables.get(context.transaction(), context.account(), context.region(), name);
  if (!row) return tableNotFound(name);
  return std::move(*row);
}

void saveTable(store::Transaction& transaction, const rows::Table& table) {
  kTables.put(transaction, table, table.account(), table.region(), table.name());
}

void saveTable(dispatch::Context& context, const rows::Table& table) {
  saveTable(context.transaction(), table);
}

std::string tableArn(const rows::Table& table) {
  return "arn:aws:dynamodb:" + table.region() + ":" + table.account() + ":table/" + table.name();
}

std::string streamArn(const rows::Table& table) {
  return tableArn(table) + "/stream/" + table.stream_label();
}

std::vector<std::string> KeyNames::all() const {
  std::vector<std::string> out = partition;
  out.insert(out.end(), sort.begin(), sort.end());
  return out;
}

KeyNames keyNames(const rows::Table& table) {
  KeyNames out{{table.hash()}, {}};
  if (!table.range().empty()) out.sort.push_back(table.range());
  return out;
}

KeyNames keyNames(const rows::Index& index) {
  if (index.has_vector()) {
    KeyNames out;
    for (const rows::SearchElement& element : index.vector().search()) out.partition.push_back(element.attribute());
    return out;
  }
  KeyNames out{{index.hash()}, {}};
  out.partition.insert(out.partition.end(), index.more_hash().begin(), index.more_hash().end());
  if (!index.range().empty()) out.sort.push_back(index.range());
  out.sort.insert(out.sort.end(), index.more_range().begin(), index.more_range().end());
  return out;
}

std::set<std::string> keyNamesOfAll(const rows::Table& table) {
  std::set<std::string> out;
  const auto add = [&out](const KeyNames& names) {
    for (std::string& name : names.all()) out.insert(std::move(name));
  };
  add(keyNames(table));
  for (const rows::Index& index : table.indexes()) add(keyNames(index));
  return out;
}

std::int64_t takeNumber(store::Transaction& transaction) {
  rows::Number row = kNumbers.get(transaction).value_or(rows::Number());
  const std::int64_t number = row.next() + 1;
  row.set_next(number);
  kNumbers.put(transaction, row);
  return number;
}

base::Json describeTable(const rows::Table& table, const std::vector<Counts>& counts, bool all_warmth) {
  const auto countsOf = [&](std::size_t i) { return i < counts.size() ? counts[i] : Counts(); };
  Json out = Json::object();
  const bool deleting = table.status() == "DELETING";
  if (!deleting) {
    Json attributes = Json::array();
    std::map<std::string, std::string> types;
    for (const rows::Attribute& attribute : table.attributes()) types[attribute.name()] = attribute.type();
    for (const auto& [name, type] : types) {
      attributes.push(Json::object({{"AttributeName", name}, {"AttributeType", type}}));
    }
    out.set("AttributeDefinitions", std::move(attributes));
    out.set("KeySchema", describeKeys(keyNames(table)));
    out.set("CreationDateTime", table.created());
  }
  out.set("TableName", table.name());
  out.set("TableStatus", table.status());
  out.set("ProvisionedThroughput", throughput(table.throughput()));
  out.set("TableSizeBytes", countsOf(0).bytes);
  out.set("ItemCount", countsOf(0).items);
  out.set("TableArn", tableArn(table));
  out.set("TableId", table.id());
  if (table.billing_shown()) {
    Json billing = Json::object({{"BillingMode", table.billing()}});
    if (table.to_on_demand() != 0) billing.set("LastUpdateToPayPerRequestDateTime", table.to_on_demand());
    out.set("BillingModeSummary", std::move(billing));
  }
  Json local = Json::array();
  Json global = Json::array();
  Json vectors = Json::array();
  for (int i = 0; i < table.indexes_size(); ++i) {
    const rows::Index& index = table.indexes(i);
    const Counts counted = countsOf(static_cast<std::size_t>(i) + 1);
    if (index.has_vector()) {
      vectors.push(describeVectorIndex(table, index, counted));
    } else {
      (index.global() ? global : local).push(describeIndex(table, index, counted, all_warmth));
    }
  }
  if (!local.empty() && !deleting) out.set("LocalSecondaryIndexes", std::move(local));
  if (!global.empty() && !deleting) out.set("GlobalSecondaryIndexes", std::move(global));
  if (!vectors.empty() && !deleting) out.set("VectorIndexes", std::move(vectors));
  if (!table.stream_view().empty()) {
    out.set("StreamSpecification", Json::object({{"StreamEnabled", true}, {"StreamViewType", table.stream_view()}}));
  }
  if (!table.stream_label().empty()) {
    out.set("LatestStreamLabel", table.stream_label());
    out.set("LatestStreamArn", streamArn(table));
  }
  if (!table.restored_from().empty()) {
    const bool under_way = !table.restore_blob().empty() || !table.restore_point().empty();
    Json restored = Json::object({{"RestoreDateTime", table.restored_at()}, {"RestoreInProgress", under_way}});
    restored.set("SourceTableArn", table.restored_table());
    if (table.restored_from() != table.restored_table()) restored.set("SourceBackupArn", table.restored_from());
    out.set("RestoreSummary", std::move(restored));
  }
  if (table.sse()) {
    out.set("SSEDescription", Json::object({{"Status", table.sse_changing() ? "UPDATING" : "ENABLED"},
                                            {"SSEType", "KMS"},
                                            {"KMSMasterKeyArn", table.kms_key()}}));
  } else if (table.sse_changing()) {
    out.set("SSEDescription", Json::object({{"Status", "UPDATING"}}));
  }
  if (!table.table_class().empty()) {
    Json summary = Json::object({{"TableClass", table.table_class()}});
    if (table.table_class_changed() != 0) summary.set("LastUpdateDateTime", table.table_class_changed());
    out.set("TableClassSummary", std::move(summary));
  }
  out.set("DeletionProtectionEnabled", table.deletion_protection());
  addLimits(out, table, table, table.status() == "CREATING", all_warmth);
  return out;
}

namespace {

template <class Row>
void applyPending(Row& row, const std::string& billing, base::Timestamp now) {
  if (!row.has_pending()) return;
  keepWarmth(row, billing);
  rows::Throughput& current = *row.mutable_throughput();
  const bool less = row.pending().read() < current.read() || row.pending().write() < current.write();
  const bool more = row.pending().read() > current.read() || row.pending().write() > current.write();
  // Later than when it was asked for, even when both happen within a millisecond.
  if (more) {
    current.set_last_increase(std::max(now.milliseconds, current.last_increase() + 1));
  }
  if (less) {
    current.set_last_decrease(std::max(now.milliseconds, current.last_decrease() + 1));
    current.set_decreases_today(current.decreases_today() + 1);
  }
  current.set_read(row.pending().read());
  current.set_write(row.pending().write());
  row.clear_pending();
}

}  // namespace

void dropUnusedAttributes(rows::Table& table) {
  const std::set<std::string> used = keyNamesOfAll(table);
  auto& attributes = *table.mutable_attributes();
  attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                  [&](const rows::Attribute& each) { return !used.contains(each.name()); }),
                   attributes.end());
}

bool settle(rows::Table& table, base::Timestamp now) {
  if (table.status() == "DELETING") return false;
  if (!table.restore_blob().empty() || !table.import_arn().empty() || !table.restore_point().empty()) return false;
  bool changed = finishWarming(table);
  changed = forgetDecreases(*table.mutable_throughput(), now) || changed;
  if (table.sse_changing()) {
    table.set_sse_changing(false);
    changed = true;
  }
  bool busy = false;
  for (rows::Index& index : *table.mutable_indexes()) {
    if (index.backfilling() || index.status() == "DELETING") {
      busy = true;
    } else if (index.status() == "CREATING" || index.status() == "UPDATING") {
      index.set_status("ACTIVE");
      applyPending(index, table.billing(), now);
      changed = true;
    }
    changed = finishWarming(index) || changed;
    changed = forgetDecreases(*index.mutable_throughput(), now) || changed;
  }
  if (busy || table.status() == "ACTIVE") return changed;
  // What is pending for an on-demand table is that it becomes one.
  if (table.billing() == "PAY_PER_REQUEST" && (table.status() == "CREATING" || table.has_pending())) {
    table.set_to_on_demand(table.status() == "CREATING" ? table.created() : now.milliseconds);
  }
  applyPending(table, table.billing(), now);
  table.set_status("ACTIVE");
  table.clear_changing();
  return true;
}

dispatch::ProcessReference tableProcess(const rows::Table& table) {
  return {"dynamodb.table",
          table.account() + "/" + table.region() + "/" + table.name() + "/" + std::to_string(table.number())};
}

}  // namespace thimble::services::dynamodb
