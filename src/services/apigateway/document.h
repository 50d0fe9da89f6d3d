// How API Gateway's things are kept, and how they are found.
//
// An API is one document, so that an import, a deployment and a deletion are one read and one write:
//   {"api": RestApi, "resources": {id: Resource}, "models": {name: Model}, "validators": {id: RequestValidator},
//    "authorizers": {id: Authorizer}, "gatewayResponses": {type: GatewayResponse}, "documentationParts": {id: ...},
//    "documentationVersions": {version: ...}}
// each value as AWS's model shows it. A Resource holds its Methods, a Method its integration and responses. Stages and
// deployments have rows of their own: the data plane reads a stage on each request, and a snapshot once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"

namespace thimble::services::apigateway {

using base::Json;
using Outcome = base::Result<Json>;

struct Api {
  std::string id;
  std::string account;
  std::string region;
  Json document;
};

/// The API of that id, whoever owns it; for the data plane.
std::optional<Api> findApi(store::Transaction& transaction, const std::string& id);
/// The caller's API of that id, or AWS's NotFoundException.
base::Result<Api> loadApi(dispatch::Context& context, const std::string& id);
void saveApi(dispatch::Context& context, const Api& api);
/// With its stages, deployments and snapshots.
void eraseApi(dispatch::Context& context, const Api& api);
/// All APIs of the caller's account and region, oldest first.
std::vector<Api> listApis(dispatch::Context& context);

// Rows that belong to an API. Kinds: Stage by name; Deployment and Snapshot by the deployment's id.
enum class Part { Stage, Deployment, Snapshot };
std::optional<Json> findPart(store::Transaction& transaction, const std::string& api, Part part, const std::string& id);
void savePart(store::Transaction& transaction, const std::string& api, Part part, const std::string& id,
              const Json& document);
void erasePart(store::Transaction& transaction, const std::string& api, Part part, const std::string& id);
std::vector<Json> listParts(store::Transaction& transaction, const std::string& api, Part part);

// Rows of an account and region: "apiKey" and "usagePlan" by id, "account" under its own name.
std::optional<Json> findItem(store::Transaction& transaction, const std::string& account, const std::string& region,
                             std::string_view kind, const std::string& id);
void saveItem(store::Transaction& transaction, const std::string& account, const std::string& region,
              std::string_view kind, const std::string& id, const Json& document);
void eraseItem(store::Transaction& transaction, const std::string& account, const std::string& region,
               std::string_view kind, const std::string& id);
std::vector<Json> listItems(store::Transaction& transaction, const std::string& account, const std::string& region,
                            std::string_view kind);

/// The member for change; made when it is missing.
Json& at(Json& object, std::string_view name);
/// The member for change, or nullptr.
Json* findMutable(Json& object, std::string_view name);
/// Copies the members of these names that `from` has and that are neither null nor "".
void copyMembers(const Json& from, Json& to, std::initializer_list<std::string_view> names);

/// A new id: `length` small letters and digits.
std::string newId(dispatch::Context& context, std::size_t length);

/// One page of a listing: {"items": [...], "position": ...}, by the input's `limit` (default 25, at most 500) and
/// `position`.
Outcome page(std::vector<Json> items, const Json& input);

}  // namespace thimble::services::apigateway
