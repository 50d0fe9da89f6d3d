#include "services/apigateway/document.h"

#include <algorithm>
#include <charconv>

#include "base/json_binary.h"
#include "services/apigateway/apigateway.pb.h"
#include "services/apigateway/errors.h"
#include "store/table.h"

namespace thimble::services::apigateway {
namespace {

constexpr store::Table<Record> kApis("apigateway.api");
/// (account, region, creation time, id)
constexpr store::Table<Record> kApiIndex("apigateway.api_index");
constexpr store::Table<Record> kStages("apigateway.stage");
constexpr store::Table<Record> kDeployments("apigateway.deployment");
constexpr store::Table<Record> kSnapshots("apigateway.snapshot");
constexpr store::Table<Record> kItems("apigateway.item");

const store::Table<Record>& tableOf(Part part) {
  switch (part) {
    case Part::Stage:
      return kStages;
    case Part::Deployment:
      return kDeployments;
    case Part::Snapshot:
      return kSnapshots;
  }
  return kStages;
}

Json decode(const Record& record) {
  auto document = base::decodeJsonBinary(record.document());
  if (!document) throw store::DamagedRow("a document of API Gateway is damaged");
  return *std::move(document);
}

Record encode(const Json& document) {
  Record record;
  record.set_document(base::encodeJsonBinary(document));
  return record;
}

std::vector<Json> decodeAll(const std::vector<store::Table<Record>::Entry>& entries) {
  std::vector<Json> documents;
  documents.reserve(entries.size());
  for (const auto& entry : entries) documents.push_back(decode(entry.record));
  return documents;
}

std::int64_t createdAt(const Api& api) {
  const Json& created = api.document["api"]["createdDate"];
  return created.isInt() ? created.asInt() : 0;
}

}  // namespace

std::optional<Api> findApi(store::Transaction& transaction, const std::string& id) {
  const auto record = kApis.get(transaction, id);
  if (!record) return std::nullopt;
  return Api{id, record->account(), record->region(), decode(*record)};
}

base::Result<Api> loadApi(dispatch::Context& context, const std::string& id) {
  auto api = findApi(context.transaction(), id);
  if (!api || api->account != context.account() || api->region != context.region()) {
    return apiNotFound(context.account(), id);
  }
  return *std::move(api);
}

void saveApi(dispatch::Context& context, const Api& api) {
  Record record = encode(api.document);
  record.set_account(api.account);
  record.set_region(api.region);
  kApis.put(context.transaction(), record, api.id);
  if (!kApiIndex.has(context.transaction(), api.account, api.region, createdAt(api), api.id)) {
    kApiIndex.put(context.transaction(), Record(), api.account, api.region, createdAt(api), api.id);
  }
}

void eraseApi(dispatch::Context& context, const Api& api) {
  store::Transaction& transaction = context.transaction();
  for (Part part : {Part::Stage, Part::Deployment, Part::Snapshot}) {
    for (const auto& row : transaction.scanPrefix(tableOf(part).key(api.id).bytes())) transaction.erase(row.key);
  }
  kApiIndex.erase(transaction, api.account, api.region, createdAt(api), api.id);
  kApis.erase(transaction, api.id);
}

std::vector<Api> listApis(dispatch::Context& context) {
  std::vector<Api> apis;
  for (const auto& entry : kApiIndex.scan(context.transaction(), {}, context.account(), context.region())) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    reader.text();
    reader.number();
    if (auto api = findApi(context.transaction(), reader.text().value_or(""))) apis.push_back(*std::move(api));
  }
  return apis;
}

std::optional<Json> findPart(store::Transaction& transaction, const std::string& api, Part part,
                             const std::string& id) {
  const auto record = tableOf(part).get(transaction, api, id);
  return record ? std::optional(decode(*record)) : std::nullopt;
}

void savePart(store::Transaction& transaction, const std::string& api, Part part, const std::string& id,
              const Json& document) {
  tableOf(part).put(transaction, encode(document), api, id);
}

void erasePart(store::Transaction& transaction, const std::string& api, Part part, const std::string& id) {
  tableOf(part).erase(transaction, api, id);
}

std::vector<Json> listParts(store::Transaction& transaction, const std::string& api, Part part) {
  return decodeAll(tableOf(part).scan(transaction, {}, api));
}

std::optional<Json> findItem(store::Transaction& transaction, const std::string& account, const std::string& region,
                             std::string_view kind, const std::string& id) {
  const auto record = kItems.get(transaction, account, region, kind, id);
  return record ? std::optional(decode(*record)) : std::nullopt;
}

void saveItem(store::Transaction& transaction, const std::string& account, const std::string& region,
              std::string_view kind, const std::string& id, const Json& document) {
  kItems.put(transaction, encode(document), account, region, kind, id);
}

void eraseItem(store::Transaction& transaction, const std::string& account, const std::string& region,
               std::string_view kind, const std::string& id) {
  kItems.erase(transaction, account, region, kind, id);
}

std::vector<Json> listItems(store::Transaction& transaction, const std::string& account, const std::string& region,
                            std::string_view kind) {
  return decodeAll(kItems.scan(transaction, {}, account, region, kind));
}

Json& at(Json& object, std::string_view name) {
  base::JsonObject& members = object.mutableObject();
  if (Json* found = members.findMutable(name)) return *found;
  members.set(name, Json());
  return *members.findMutable(name);
}

Json* findMutable(Json& object, std::string_view name) {
  return object.contains(name) ? object.mutableObject().findMutable(name) : nullptr;
}

void copyMembers(const Json& from, Json& to, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) {
    const Json& value = from[name];
    if (!value.isNull() && !(value.isString() && value.asString().empty())) to.set(name, value);
  }
}

std::string newId(dispatch::Context& context, std::size_t length) {
  return context.random().text(length, "abcdefghijklmnopqrstuvwxyz0123456789");
}

Outcome page(std::vector<Json> items, const Json& input) {
  std::size_t begin = 0;
  if (const std::string position = input.stringAt("position"); !position.empty()) {
    const auto result = std::from_chars(position.data(), position.data() + position.size(), begin);
    if (result.ec != std::errc{} || result.ptr != position.data() + position.size() || begin > items.size()) {
      return badRequest("Invalid position parameter specified");
    }
  }
  std::int64_t limit = input["limit"].isInt() ? input["limit"].asInt() : 25;
  if (limit <= 0) limit = 25;
  const std::size_t end = std::min(items.size(), begin + static_cast<std::size_t>(std::min<std::int64_t>(limit, 500)));
  Json::Array part(std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(begin)),
                   std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(end)));
  Json output = Json::object({{"items", Json(std::move(part))}});
  if (end < items.size()) output.set("position", std::to_string(end));
  return output;
}

}  // namespace thimble::services::apigateway
