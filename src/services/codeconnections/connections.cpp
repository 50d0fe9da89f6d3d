// CreateConnection, GetConnection, ListConnections, DeleteConnection.
// https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateConnection.html and the pages beside it
#include "services/codeconnections/operations.h"

namespace thimble::services::codeconnections {
namespace {

using base::Json;

Json shownConnection(const rows::Connection& row) {
  Json shown = Json::object({{"ConnectionName", row.name()},
                             {"ConnectionArn", row.arn()},
                             {"ProviderType", row.provider_type()},
                             {"OwnerAccountId", base::parseArn(row.arn())->account},
                             {"ConnectionStatus", "AVAILABLE"}});
  if (!row.host_arn().empty()) shown.set("HostArn", row.host_arn());
  return shown;
}

base::Result<Json> create(dispatch::Context& context, const Json& input) {
  const bool by_host = input.contains("HostArn");
  if (by_host == input.contains("ProviderType")) {
    return base::ApiError{"ValidationException", "Exactly one of ProviderType and HostArn must be specified."};
  }
  rows::Connection row;
  row.set_name(input.stringAt("ConnectionName"));
  row.set_provider_type(input.stringAt("ProviderType"));
  if (by_host) {
    TRY_ASSIGN(const rows::Host host, findHost(context.transaction(), input.stringAt("HostArn")));
    row.set_host_arn(host.arn());
    row.set_provider_type(host.provider_type());
  }
  row.set_arn("arn:aws:" + arnService(context) + ":" + context.region() + ":" + context.account() + ":connection/" +
              context.random().uuid());
  row.set_created(context.now().milliseconds);
  TRY(addTags(*row.mutable_tags(), input["Tags"]));
  putConnection(context.transaction(), row);
  return Json::object({{"ConnectionArn", row.arn()}, {"Tags", shownTags(row.tags())}});
}

base::Result<Json> get(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Connection row, findConnection(context.transaction(), input.stringAt("ConnectionArn")));
  return Json::object({{"Connection", shownConnection(row)}});
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  return listRows(context, kConnections, input, "Connections", [&](const rows::Connection& row) {
    const bool wanted = input.stringAt("ProviderTypeFilter", row.provider_type()) == row.provider_type() &&
                        input.stringAt("HostArnFilter", row.host_arn()) == row.host_arn();
    return wanted ? shownConnection(row) : Json();
  });
}

base::Result<Json> remove(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Connection row, findConnection(context.transaction(), input.stringAt("ConnectionArn")));
  const auto place = placeOf(row.arn(), "connection");
  kConnections.erase(context.transaction(), place->account, place->region, place->id);
  return Json::object();
}

}  // namespace

void registerConnections(dispatch::Registry& registry) {
  addUnderBothNames(registry, "CreateConnection", create);
  addUnderBothNames(registry, "GetConnection", get);
  addUnderBothNames(registry, "ListConnections", list);
  addUnderBothNames(registry, "DeleteConnection", remove);
}

}  // namespace thimble::services::codeconnections
