// The account's settings, and tags.
#include "base/arn.h"
#include "services/apigateway/errors.h"
#include "services/apigateway/operations.h"
#include "services/apigateway/patch.h"

namespace thimble::services::apigateway {
namespace {

constexpr std::string_view kAccount = "account";

Json accountOf(dispatch::Context& context) {
  auto item = findItem(context.transaction(), context.account(), context.region(), kAccount, "");
  if (item) return *std::move(item);
  return Json::object({{"throttleSettings", Json::object({{"burstLimit", 5000}, {"rateLimit", 10000.0}})},
                       {"features", Json::array({"UsagePlans"})},
                       {"apiKeyVersion", "4"}});
}

Outcome getAccount(dispatch::Context& context, const Json&) {
  return accountOf(context);
}

Outcome updateAccount(dispatch::Context& context, const Json& input) {
  static constexpr PatchRule kRules[] = {{"/cloudwatchRoleArn", PatchType::Text, kReplace | kRemove}};
  Json account = accountOf(context);
  TRY(applyPatches(account, input, kRules, PatchStyle::Listed));
  saveItem(context.transaction(), context.account(), context.region(), kAccount, "", account);
  return account;
}

/// What an ARN of API Gateway names: /restapis/ID, /restapis/ID/stages/NAME, /apikeys/ID or /usageplans/ID.
struct Tagged {
  std::string kind;
  std::string id;
  std::string stage;
};

base::Result<Tagged> readArn(const std::string& text) {
  const auto arn = base::parseArn(text);
  if (arn && arn->service == "apigateway" && arn->resource.starts_with("/")) {
    std::vector<std::string> parts;
    std::string_view rest = std::string_view(arn->resource).substr(1);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      parts.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (parts.size() == 2) return Tagged{parts[0], parts[1], ""};
    if (parts.size() == 4 && parts[2] == "stages") return Tagged{parts[0], parts[1], parts[3]};
  }
  return badRequest("Invalid resource ARN: " + text);
}

/// Reads, changes (when `change` is given) and writes the tags of what the ARN names.
Outcome withTags(dispatch::Context& context, const std::string& arn, const std::function<void(Json&)>& change) {
  TRY_ASSIGN(const Tagged tagged, readArn(arn));
  store::Transaction& transaction = context.transaction();
  auto apply = [&](Json& record) {
    Json& tags = at(record, "tags");
    if (tags.isNull()) tags = Json::object();
    if (change) change(tags);
    return tags;
  };
  if (tagged.kind == "restapis") {
    TRY_ASSIGN(Api api, loadApi(context, tagged.id));
    if (tagged.stage.empty()) {
      const Json tags = apply(at(api.document, "api"));
      if (change) saveApi(context, api);
      return tags;
    }
    auto stage = findPart(transaction, api.id, Part::Stage, tagged.stage);
    if (!stage) return notFound("Invalid stage identifier specified");
    const Json tags = apply(*stage);
    if (change) savePart(transaction, api.id, Part::Stage, tagged.stage, *stage);
    return tags;
  }
  const std::string_view kind = tagged.kind == "apikeys" ? "apiKey" : tagged.kind == "usageplans" ? "usagePlan" : "";
  auto item = kind.empty() ? std::nullopt : findItem(transaction, context.account(), context.region(), kind, tagged.id);
  if (!item) return notFound("Invalid resource identifier specified");
  const Json tags = apply(*item);
  if (change) saveItem(transaction, context.account(), context.region(), kind, tagged.id, *item);
  return tags;
}

Outcome getTags(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const Json tags, withTags(context, input.stringAt("resourceArn"), nullptr));
  return Json::object({{"tags", tags}});
}

Outcome tagResource(dispatch::Context& context, const Json& input) {
  TRY(withTags(context, input.stringAt("resourceArn"), [&](Json& tags) {
    if (!input["tags"].isObject()) return;
    for (const auto& [name, value] : input["tags"].asObject()) tags.set(name, value);
  }));
  return Json::object();
}

Outcome untagResource(dispatch::Context& context, const Json& input) {
  TRY(withTags(context, input.stringAt("resourceArn"), [&](Json& tags) {
    if (!input["tagKeys"].isArray()) return;
    for (const Json& name : input["tagKeys"].asArray()) {
      if (name.isString()) tags.erase(name.asString());
    }
  }));
  return Json::object();
}

}  // namespace

void registerAccount(dispatch::Registry& registry) {
  using namespace shapes::apigateway;
  addOperation<GetAccount>(registry, getAccount);
  addOperation<UpdateAccount>(registry, updateAccount);
  addOperation<GetTags>(registry, getTags);
  addOperation<TagResource>(registry, tagResource);
  addOperation<UntagResource>(registry, untagResource);
}

}  // namespace thimble::services::apigateway
