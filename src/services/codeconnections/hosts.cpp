// CreateHost, GetHost, ListHosts, UpdateHost, DeleteHost: installed git servers.
// https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateHost.html and the pages beside it
#include "services/codeconnections/operations.h"

namespace thimble::services::codeconnections {
namespace {

using base::Json;

void describe(const rows::Host& row, Json& shown) {
  shown.set("Name", row.name());
  shown.set("Status", "AVAILABLE");
  shown.set("ProviderType", row.provider_type());
  shown.set("ProviderEndpoint", row.provider_endpoint());
  if (!row.vpc_json().empty()) shown.set("VpcConfiguration", Json::parse(row.vpc_json()).value());
}

base::Result<Json> create(dispatch::Context& context, const Json& input) {
  rows::Host row;
  row.set_name(input.stringAt("Name"));
  row.set_provider_type(input.stringAt("ProviderType"));
  row.set_provider_endpoint(input.stringAt("ProviderEndpoint"));
  if (input.contains("VpcConfiguration")) row.set_vpc_json(input["VpcConfiguration"].write());
  row.set_arn("arn:aws:" + arnService(context) + ":" + context.region() + ":" + context.account() + ":host/" +
              row.name() + "/" + context.random().hex(8));
  row.set_created(context.now().milliseconds);
  TRY(addTags(*row.mutable_tags(), input["Tags"]));
  putHost(context.transaction(), row);
  return Json::object({{"HostArn", row.arn()}, {"Tags", shownTags(row.tags())}});
}

base::Result<Json> get(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Host row, findHost(context.transaction(), input.stringAt("HostArn")));
  Json output = Json::object();
  describe(row, output);
  return output;
}

base::Result<Json> list(dispatch::Context& context, const Json& input) {
  return listRows(context, kHosts, input, "Hosts", [](const rows::Host& row) {
    Json shown = Json::object({{"HostArn", row.arn()}});
    describe(row, shown);
    return shown;
  });
}

base::Result<Json> update(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(rows::Host row, findHost(context.transaction(), input.stringAt("HostArn")));
  if (input.contains("ProviderEndpoint")) row.set_provider_endpoint(input.stringAt("ProviderEndpoint"));
  if (input.contains("VpcConfiguration")) row.set_vpc_json(input["VpcConfiguration"].write());
  putHost(context.transaction(), row);
  return Json::object();
}

base::Result<Json> remove(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Host row, findHost(context.transaction(), input.stringAt("HostArn")));
  const auto place = placeOf(row.arn(), "host");
  for (const auto& entry : kConnections.scan(context.transaction(), {}, place->account, place->region)) {
    if (entry.record.host_arn() == row.arn()) {
      return base::ApiError{"ResourceUnavailableException",
                            "Cannot delete the host " + row.arn() + " while connections are associated with it."};
    }
  }
  kHosts.erase(context.transaction(), place->account, place->region, place->id);
  return Json::object();
}

}  // namespace

void registerHosts(dispatch::Registry& registry) {
  addUnderBothNames(registry, "CreateHost", create);
  addUnderBothNames(registry, "GetHost", get);
  addUnderBothNames(registry, "ListHosts", list);
  addUnderBothNames(registry, "UpdateHost", update);
  addUnderBothNames(registry, "DeleteHost", remove);
}

}  // namespace thimble::services::codeconnections
