// ImportRestApi and PutRestApi.
#include "services/apigateway/errors.h"
#include "services/apigateway/openapi.h"
#include "services/apigateway/operations.h"

namespace thimble::services::apigateway {
namespace {

base::Result<ImportOptions> optionsOf(const Json& input, bool overwrite) {
  ImportOptions options;
  options.overwrite = overwrite;
  const std::string base_path =
      input["parameters"].stringAt("basepath", input["parameters"].stringAt("basePath", "ignore"));
  if (base_path == "prepend") {
    options.base_path = ImportOptions::BasePath::Prepend;
  } else if (base_path == "split") {
    options.base_path = ImportOptions::BasePath::Split;
  } else if (base_path != "ignore") {
    return badRequest("Invalid value for basepath parameter specified. Valid values are ignore, prepend, split");
  }
  return options;
}

base::Result<void> import(dispatch::Context& context, const Json& input, bool overwrite, Api& api) {
  const auto definition = readOpenApi(input.stringAt("body"));
  if (!definition) return badRequest("Invalid OpenAPI input.");
  TRY_ASSIGN(const ImportOptions options, optionsOf(input, overwrite));
  const std::function<std::string(std::size_t)> new_id = [&](std::size_t length) { return newId(context, length); };
  TRY(importOpenApi(*definition, options, new_id, api.document));
  saveApi(context, api);
  return {};
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html
Outcome importRestApi(dispatch::Context& context, const Json& input) {
  Api api = newApi(context, "");
  if (const std::string type = input["parameters"].stringAt("endpointConfigurationTypes"); !type.empty()) {
    if (type != "EDGE" && type != "REGIONAL" && type != "PRIVATE") {
      return badRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE");
    }
    at(at(api.document, "api"), "endpointConfiguration").set("types", Json::array({type}));
  }
  TRY(import(context, input, true, api));
  return api.document["api"];
}

/// https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
Outcome putRestApi(dispatch::Context& context, const Json& input) {
  if (!readOpenApi(input.stringAt("body"))) return badRequest("Invalid OpenAPI input.");
  TRY_ASSIGN(Api api, loadApi(context, input.stringAt("restApiId")));
  TRY(import(context, input, input.stringAt("mode") == "overwrite", api));
  return apiWithTags(api);
}

}  // namespace

void registerImports(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<ImportRestApi>(registry, importRestApi);
  addOperation<PutRestApi>(registry, putRestApi);
}

}  // namespace thimble::services::apigateway
