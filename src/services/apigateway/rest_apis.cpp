// CreateRestApi, GetRestApi, GetRestApis, UpdateRestApi, DeleteRestApi.
#include <algorithm>
#include <charconv>

#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

constexpr std::int64_t kMaxCompressionSize = 10485760;

base::ApiError invalidCompressionSize() {
  return badRequest("Invalid minimum compression size, must be between 0 and 10485760");
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html
Outcome createRestApi(dispatch::Context& context, const Json& input) {
  if (input["description"].isString() && input.stringAt("description").empty()) {
    return badRequest("Description cannot be an empty string");
  }
  if (input.stringAt("name").empty()) return badRequest("API name must be non-empty");
  const Json& size = input["minimumCompressionSize"];
  if (size.isInt() && (size.asInt() < 0 || size.asInt() > kMaxCompressionSize)) return invalidCompressionSize();
  Api api = newApi(context, input.stringAt("name"));
  if (const std::string from = input.stringAt("cloneFrom"); !from.empty()) {
    TRY_ASSIGN(const Api source, loadApi(context, from));
    const Json root_id = source.document["api"]["rootResourceId"];
    const Json fresh = api.document["api"];
    api.document = source.document;
    api.document.set("api", fresh);
    at(api.document, "api").set("rootResourceId", root_id);
  }
  Json& record = at(api.document, "api");
  copyMembers(input, record,
              {"description", "version", "binaryMediaTypes", "minimumCompressionSize", "apiKeySource", "policy",
               "disableExecuteApiEndpoint", "tags"});
  const Json& endpoint = input["endpointConfiguration"];
  if (endpoint.isObject()) {
    const Json& types = endpoint["types"];
    if (types.isArray() && types.empty()) {
      return badRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.");
    }
    if (types.size() > 1) return badRequest("Cannot create an api with multiple Endpoint Types.");
    Json& kept = at(record, "endpointConfiguration");
    copyMembers(endpoint, kept, {"types", "vpcEndpointIds", "ipAddressType"});
    if (kept["types"][std::size_t{0}] == Json("PRIVATE") && !endpoint.contains("ipAddressType")) {
      kept.set("ipAddressType", "dualstack");
    }
  }
  saveApi(context, api);
  return record;
}

Outcome getRestApi(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  return apiWithTags(api);
}

Outcome getRestApis(dispatch::Context& context, const Json& input) {
  std::vector<Json> items;
  for (const Api& api : listApis(context)) items.push_back(api.document["api"]);
  return page(std::move(items), input);
}

Outcome deleteRestApi(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Api api, loadApi(context, input.stringAt("restApiId")));
  eraseApi(context, api);
  return Json::object();
}

base::Result<void> onlyReplace(const Patch& patch) {
  if (patch.op == "replace") return {};
  return badRequest("Invalid patch operation specified. Must be one of: [replace]");
}

/// The patches that have words or meanings of their own; false: the common rules apply.
base::Result<bool> applySpecialPatch(Json& record, const Patch& patch) {
  const std::string text = patch.text();
  if (patch.path == "/minimumCompressionSize") {
    TRY(onlyReplace(patch));
    if (text.empty()) {
      record.erase("minimumCompressionSize");
      return true;
    }
    std::int64_t size = -1;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), size);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || size < 0 || size > kMaxCompressionSize) {
      return invalidCompressionSize();
    }
    record.set("minimumCompressionSize", size);
    return true;
  }
  if (patch.path == "/endpointConfiguration/ipAddressType") {
    TRY(onlyReplace(patch));
    if (text != "ipv4" && text != "dualstack") return badRequest("ipAddressType must be either ipv4 or dualstack.");
    Json& endpoint = at(record, "endpointConfiguration");
    if (text == "ipv4" && endpoint["types"][std::size_t{0}] == Json("PRIVATE")) {
      return badRequest("Only dualstack ipAddressType is supported for Private APIs.");
    }
    endpoint.set("ipAddressType", text);
    return true;
  }
  if (patch.segments.size() == 3 && patch.segments[0] == "endpointConfiguration" && patch.segments[1] == "types") {
    if (patch.op != "replace") {
      return badRequest("Invalid patch operation specified. Must be 'add'|'remove'|'replace'");
    }
    if (text != "REGIONAL" && text != "EDGE" && text != "PRIVATE") {
      return badRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE");
    }
    Json& endpoint = at(record, "endpointConfiguration");
    endpoint.set("types", Json::array({text}));
    if (text == "PRIVATE") endpoint.set("ipAddressType", "dualstack");
    return true;
  }
  return false;
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRestApi.html
Outcome updateRestApi(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {
      {"/name", PatchType::Text, kReplace},
      {"/description", PatchType::Text, kAdd | kReplace | kRemove},
      {"/version", PatchType::Text, kAdd | kReplace | kRemove},
      {"/apiKeySource", PatchType::Text, kReplace},
      {"/policy", PatchType::Text, kAdd | kReplace | kRemove},
      {"/disableExecuteApiEndpoint", PatchType::Boolean, kReplace},
      {"/binaryMediaTypes/*", PatchType::ListItem, kAdd | kReplace | kRemove},
      {"/endpointConfiguration/vpcEndpointIds", PatchType::ListItem, kAdd | kRemove},
  };
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  Json& record = at(api.document, "api");
  for (const Patch& patch : patchesOf(input)) {
    TRY_ASSIGN(const bool done, applySpecialPatch(record, patch));
    if (!done) TRY(applyPatch(record, patch, kRules, PatchStyle::Listed));
  }
  saveApi(context, api);
  return apiWithTags(api);
}

}  // namespace

Api newApi(dispatch::Context& context, const std::string& name) {
  Api api{newId(context, 10), context.account(), context.region(), Json::object()};
  const std::string root = newId(context, 10);
  api.document.set("api", Json::object({{"id", api.id},
                                        {"name", name},
                                        {"createdDate", context.now().seconds() * 1000},
                                        {"apiKeySource", "HEADER"},
                                        {"endpointConfiguration",
                                         Json::object({{"types", Json::array({"EDGE"})}, {"ipAddressType", "ipv4"}})},
                                        {"disableExecuteApiEndpoint", false},
                                        {"rootResourceId", root}}));
  api.document.set("resources", Json::object({{root, Json::object({{"id", root}, {"path", "/"}})}}));
  api.document.set(
      "models",
      Json::object({{"Empty", Json::object({{"id", newId(context, 6)},
                                            {"name", "Empty"},
                                            {"description", "This is a default empty schema model"},
                                            {"contentType", "application/json"},
                                            {"schema",
                                             "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n"
                                             "  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}"}})},
                    {"Error", Json::object({{"id", newId(context, 6)},
                                            {"name", "Error"},
                                            {"description", "This is a default error schema model"},
                                            {"contentType", "application/json"},
                                            {"schema",
                                             "{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n"
                                             "  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n"
                                             "  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n"
                                             "  }\n}"}})}}));
  return api;
}

Json apiWithTags(const Api& api) {
  Json output = api.document["api"];
  if (!output.contains("tags")) output.set("tags", Json::object());
  return output;
}

void registerRestApis(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<CreateRestApi>(registry, createRestApi);
  addOperation<GetRestApi>(registry, getRestApi);
  addOperation<GetRestApis>(registry, getRestApis);
  addOperation<UpdateRestApi>(registry, updateRestApi);
  addOperation<DeleteRestApi>(registry, deleteRestApi);
}

}  // namespace thimble::services::apigateway
