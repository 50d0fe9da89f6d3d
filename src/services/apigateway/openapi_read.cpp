#include "lang/template/yaml.h"
#include "services/apigateway/openapi.h"

namespace thimble::services::apigateway {

std::optional<Json> readOpenApi(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return std::nullopt;
  if (text[first] == '{') {
    auto parsed = Json::parse(text, {.max_depth = 200, .max_bytes = std::size_t{6} << 20});
    if (parsed.ok()) return std::move(parsed).value();
  }
  auto parsed = lang::template_::readYaml(text, {.max_bytes = std::size_t{6} << 20});
  if (!parsed.ok() || !parsed.value().isObject()) return std::nullopt;
  return std::move(parsed).value();
}

Json schemaOfModel(const Json& schema, const std::string& api_id) {
  if (schema.isArray()) {
    Json out = Json::array();
    for (const Json& item : schema.asArray()) out.push(schemaOfModel(item, api_id));
    return out;
  }
  if (!schema.isObject()) return schema;
  Json out = Json::object();
  for (const auto& [name, value] : schema.asObject()) {
    if (name == "$ref" && value.isString()) {
      for (std::string_view prefix : {"#/definitions/", "#/components/schemas/"}) {
        if (value.asString().starts_with(prefix)) {
          out.set(name, "https://apigateway.amazonaws.com/restapis/" + api_id + "/models/" +
                            value.asString().substr(prefix.size()));
        }
      }
      if (!out.contains(name)) out.set(name, value);
    } else {
      out.set(name, schemaOfModel(value, api_id));
    }
  }
  return out;
}

}  // namespace thimble::services::apigateway
