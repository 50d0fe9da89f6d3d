// OpenAPI 3 and Swagger 2 definitions with API Gateway's extensions, into an API's document.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "services/apigateway/document.h"

namespace thimble::services::apigateway {

/// JSON or YAML text that is a map; nothing when it is neither.
std::optional<Json> readOpenApi(const std::string& text);

struct ImportOptions {
  enum class BasePath { Ignore, Prepend, Split };
  BasePath base_path = BasePath::Ignore;
  /// What the definition does not name goes, as far as a definition could name it; else it stays.
  bool overwrite = true;
};

/// Puts a definition into a document (see document.h). `new_id` makes ids of a length. What cannot be imported is a
/// BadRequestException and leaves the document in no particular state.
base::Result<void> importOpenApi(const Json& definition, const ImportOptions& options,
                                 const std::function<std::string(std::size_t)>& new_id, Json& document);

/// A JSON schema whose references name definitions ("#/definitions/X", "#/components/schemas/X") with them naming
/// models of the API instead.
Json schemaOfModel(const Json& schema, const std::string& api_id);

}  // namespace thimble::services::apigateway
