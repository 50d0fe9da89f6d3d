#include "services/lambda/records.h"

#include "base/json_binary.h"
#include "services/lambda/errors.h"
#include "services/lambda/lambda.pb.h"
#include "store/table.h"

namespace thimble::services::lambda {
namespace {

constexpr store::Table<Record> kFunctions("lambda.function");
constexpr store::Table<Record> kVersions("lambda.version");
constexpr store::Table<Record> kLayers("lambda.layer");
constexpr store::Table<Record> kLayerVersions("lambda.layer_version");
constexpr std::string_view kLatest = "$LATEST";

Record pack(const base::Json& document) {
  Record record;
  record.set_document(base::encodeJsonBinary(document));
  return record;
}

base::Json unpack(const Record& record) {
  std::optional<base::Json> document = base::decodeJsonBinary(record.document());
  if (!document) throw store::DamagedRow("a row of Lambda's is damaged");
  return std::move(*document);
}

std::optional<base::Json> unpack(const std::optional<Record>& record) {
  return record ? std::optional<base::Json>(unpack(*record)) : std::nullopt;
}

/// So that "$LATEST" comes first and versions are in the order of their numbers.
std::int64_t versionNumber(const std::string& version) {
  return version == kLatest ? 0 : std::stoll(version);
}

bool plausibleVersion(const std::string& version) {
  return version == kLatest || (isVersionNumber(version) && version.size() < 18 && version[0] != '0');
}

}  // namespace

std::optional<base::Json> findFunction(store::Transaction& transaction, const FunctionReference& function) {
  return unpack(kFunctions.get(transaction, function.account, function.region, function.name));
}

void putFunction(store::Transaction& transaction, const FunctionReference& function, const base::Json& document) {
  kFunctions.put(transaction, pack(document), function.account, function.region, function.name);
}

void eraseFunction(store::Transaction& transaction, const FunctionReference& function) {
  kFunctions.erase(transaction, function.account, function.region, function.name);
}

bool hasFunctions(store::Transaction& transaction) {
  store::ScanOptions options;
  options.limit = 1;
  return !kFunctions.scan(transaction, options).empty();
}

std::vector<NamedDocument> listFunctions(store::Transaction& transaction, const std::string& account,
                                         const std::string& region, const std::string& after, std::size_t limit) {
  std::vector<NamedDocument> found;
  store::ScanOptions options;
  options.limit = limit;
  for (auto& entry : kFunctions.scanAfter(transaction, after, options, account, region)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    reader.text();
    const std::string name = reader.text().value();
    found.push_back({std::move(entry.key), name, unpack(entry.record)});
  }
  return found;
}

std::optional<base::Json> findVersion(store::Transaction& transaction, const FunctionReference& function,
                                      const std::string& version) {
  if (!plausibleVersion(version)) return std::nullopt;
  return unpack(kVersions.get(transaction, function.account, function.region, function.name, versionNumber(version)));
}

void putVersion(store::Transaction& transaction, const FunctionReference& function, const std::string& version,
                const base::Json& document) {
  kVersions.put(transaction, pack(document), function.account, function.region, function.name, versionNumber(version));
}

void eraseVersion(store::Transaction& transaction, const FunctionReference& function, const std::string& version) {
  kVersions.erase(transaction, function.account, function.region, function.name, versionNumber(version));
}

std::vector<NamedDocument> listVersions(store::Transaction& transaction, const FunctionReference& function) {
  std::vector<NamedDocument> found;
  for (auto& entry : kVersions.scan(transaction, {}, function.account, function.region, function.name)) {
    base::Json document = unpack(entry.record);
    std::string version = document["Configuration"].stringAt("Version");
    found.push_back({std::move(entry.key), std::move(version), std::move(document)});
  }
  return found;
}

std::optional<base::Json> findLayerVersion(store::Transaction& transaction, const std::string& account,
                                           const std::string& region, const std::string& layer, std::int64_t version) {
  return unpack(kLayerVersions.get(transaction, account, region, layer, version));
}

void putLayerVersion(store::Transaction& transaction, const std::string& account, const std::string& region,
                     const std::string& layer, std::int64_t version, const base::Json& document) {
  kLayerVersions.put(transaction, pack(document), account, region, layer, version);
}

void eraseLayerVersion(store::Transaction& transaction, const std::string& account, const std::string& region,
                       const std::string& layer, std::int64_t version) {
  kLayerVersions.erase(transaction, account, region, layer, version);
}

std::vector<base::Json> listLayerVersions(store::Transaction& transaction, const std::string& account,
                                          const std::string& region, const std::string& layer) {
  std::vector<base::Json> found;
  store::ScanOptions options;
  options.reverse = true;
  for (const auto& entry : kLayerVersions.scan(transaction, options, account, region, layer)) {
    found.push_back(unpack(entry.record));
  }
  return found;
}

std::vector<std::string> listLayers(store::Transaction& transaction, const std::string& account,
                                    const std::string& region) {
  std::vector<std::string> found;
  for (const auto& entry : kLayers.scan(transaction, {}, account, region)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    reader.text();
    found.push_back(reader.text().value());
  }
  return found;
}

std::int64_t takeLayerVersion(store::Transaction& transaction, const std::string& account, const std::string& region,
                              const std::string& layer) {
  const std::optional<base::Json> row = unpack(kLayers.get(transaction, account, region, layer));
  const std::int64_t next = row ? (*row)["LastVersion"].asInt() + 1 : 1;
  kLayers.put(transaction, pack(base::Json::object({{"LastVersion", next}})), account, region, layer);
  return next;
}

base::Result<Resolved> resolve(store::Transaction& transaction, const FunctionReference& function, double draw) {
  std::optional<base::Json> document = findFunction(transaction, function);
  if (!document) return functionNotFound(function.qualifiedArn());
  Resolved resolved{function, std::move(*document), std::string(kLatest), {}};
  if (const base::Json* alias = resolved.document["Aliases"].find(function.qualifier)) {
    resolved.version = alias->stringAt("FunctionVersion");
    const base::Json& weights = (*alias)["RoutingConfig"]["AdditionalVersionWeights"];
    if (weights.isObject()) {
      for (const auto& [version, weight] : weights.asObject()) {
        if (draw < weight.asDouble()) resolved.version = version;
      }
    }
  } else if (!function.qualifier.empty()) {
    resolved.version = function.qualifier;
  }
  std::optional<base::Json> version = findVersion(transaction, function, resolved.version);
  if (!version) return functionNotFound(function.qualifiedArn());
  resolved.version_document = std::move(*version);
  return resolved;
}

}  // namespace thimble::services::lambda
