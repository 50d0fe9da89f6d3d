// PutWebhook, ListWebhooks, DeleteWebhook, RegisterWebhookWithThirdParty, DeregisterWebhookWithThirdParty.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutWebhook.html and the pages beside it
#include "services/codepipeline/webhooks.h"

#include "base/encoding.h"
#include "services/codepipeline/errors.h"
#include "services/codepipeline/executions.h"
#include "services/codepipeline/paging.h"
#include "services/codepipeline/tables.h"
#include "services/codepipeline/tags.h"
#include "services/codepipeline/webhook_rules.h"
#include "wire/http/address_policy.h"
#include "wire/shapes/codepipeline.h"

namespace thimble::services::codepipeline {
namespace {

namespace s = shapes::codepipeline;
using base::Json;

constexpr std::size_t kMostWebhooks = 300;
constexpr std::int64_t kLargestPage = 100;

base::ApiError badAuthentication(const std::string& detail) {
  return {"InvalidWebhookAuthenticationParametersException", detail};
}

base::ApiError webhookNotFound(const std::string& name) {
  return {"WebhookNotFoundException", "A webhook with the name " + name + " was not found."};
}

std::string webhookArn(const std::string& account, const std::string& region, const std::string& name) {
  return "arn:aws:codepipeline:" + region + ":" + account + ":webhook:" + name;
}

/// What a secret is sealed for.
std::string purposeOf(const std::string& account, const std::string& region, const std::string& name) {
  return "codepipeline.webhook/" + account + "/" + region + "/" + name;
}

class Webhooks {
 public:
  explicit Webhooks(const Settings& settings) : settings_(settings) {}

  base::Result<s::PutWebhook::Output> put(dispatch::Context& context, const s::PutWebhook::Input& input) const {
    const auto& definition = input.webhook_;
    TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, definition.targetPipeline_));
    const Json declaration = loadDeclaration(context.transaction(), pipeline.arn(), pipeline.version());
    if (configurationOf(declaration, definition.targetAction_).isNull()) {
      return validation("The target action " + definition.targetAction_ + " is no source action of the pipeline " +
                        definition.targetPipeline_ + ".");
    }
    const Json whole = toJson(definition);
    TRY(checkWebhookFilters(whole["filters"]));
    TRY(checkAuthentication(definition));
    auto row = kWebhooks.get(context.transaction(), context.account(), context.region(), definition.name_);
    if (!row) {
      const auto all = kWebhooks.scan(context.transaction(), {}, context.account(), context.region());
      if (all.size() >= kMostWebhooks) return limitExceeded("There are 300 webhooks already.");
      row.emplace();
      row->set_name(definition.name_);
      row->set_token(context.random().hex(64));
      rows::WebhookLookup lookup;
      lookup.set_account(context.account());
      lookup.set_region(context.region());
      lookup.set_name(definition.name_);
      kWebhookTokens.put(context.transaction(), lookup, row->token());
    }
    row->set_pipeline(definition.targetPipeline_);
    row->set_action(definition.targetAction_);
    row->set_filters_json(whole["filters"].write());
    row->set_authentication(definition.authentication_);
    row->set_allowed_ip_range(definition.authenticationConfiguration_.AllowedIPRange_.value_or(""));
    const std::string secret = definition.authenticationConfiguration_.SecretToken_.value_or("");
    row->set_secret(secret.empty() ? ""
                                   : settings_.sealer->seal(
                                         secret, purposeOf(context.account(), context.region(), definition.name_)));
    if (input.tags_) TRY(addTags(*row->mutable_tags(), *input.tags_));
    kWebhooks.put(context.transaction(), *row, context.account(), context.region(), row->name());
    s::PutWebhook::Output output;
    output.webhook_ = shown(context, *row);
    return output;
  }

  base::Result<s::ListWebhooks::Output> list(dispatch::Context& context, const s::ListWebhooks::Input& input) const {
    std::string after;
    if (input.NextToken_) {
      TRY_ASSIGN(after, readPageToken(*input.NextToken_));
    }
    const auto wanted = static_cast<std::size_t>(std::min(input.MaxResults_.value_or(kLargestPage), kLargestPage));
    s::ListWebhooks::Output output;
    output.webhooks_.emplace();
    for (const auto& entry : kWebhooks.scanAfter(context.transaction(), after, {.limit = wanted + 1}, context.account(),
                                                 context.region())) {
      if (output.webhooks_->size() == wanted) {
        output.NextToken_ = pageToken(after);
        break;
      }
      after = entry.key;
      output.webhooks_->push_back(shown(context, entry.record));
    }
    return output;
  }

  base::Result<Json> receive(dispatch::Context& context) const {
    const Json& request = context.call().input;
    const auto lookup = kWebhookTokens.get(context.transaction(), request.stringAt("Token"));
    auto row = lookup ? kWebhooks.get(context.transaction(), lookup->account(), lookup->region(), lookup->name())
                      : std::nullopt;
    if (!row) return webhookNotFound("of this URL");
    if (!isGenuine(*lookup, *row, request)) {
      return base::ApiError{"AccessDeniedException", "The request is not authenticated as the webhook asks.", 403};
    }
    const auto payload = Json::parse(request.stringAt("Body"));
    if (!payload.ok()) return validation("The body of a webhook's request has to be JSON.");
    auto pipeline = kPipelines.get(context.transaction(), lookup->account(), lookup->region(), row->pipeline());
    if (!pipeline) return pipelineNotFound(lookup->account(), row->pipeline());
    const Json declaration = loadDeclaration(context.transaction(), pipeline->arn(), pipeline->version());
    const Json filters = parseStored(row->filters_json());
    if (!filtersHold(filters, *payload, configurationOf(declaration, row->action()))) {
      return Json::object({{"Started", false}});
    }
    TRY(beginExecution(
        context, *pipeline,
        {.trigger_type = "Webhook", .trigger_detail = webhookArn(lookup->account(), lookup->region(), row->name())}));
    row->set_last_triggered(context.now().milliseconds);
    kWebhooks.put(context.transaction(), *row, lookup->account(), lookup->region(), row->name());
    return Json::object({{"Started", true}});
  }

 private:
  /// The configuration of a source action; null when there is none of that name.
  static Json configurationOf(const Json& declaration, const std::string& action) {
    for (const Json& each : declaration["stages"][std::size_t{0}]["actions"].asArray()) {
      if (each.stringAt("name") == action)
        return each["configuration"].isNull() ? Json::object() : each["configuration"];
    }
    return {};
  }

  static base::Result<void> checkAuthentication(const s::WebhookDefinition& definition) {
    const auto& given = definition.authenticationConfiguration_;
    const std::string& kind = definition.authentication_;
    if ((kind == "GITHUB_HMAC") != given.SecretToken_.has_value()) {
      return badAuthentication(kind == "GITHUB_HMAC" ? "GITHUB_HMAC needs a SecretToken."
                                                     : "Only GITHUB_HMAC takes a SecretToken.");
    }
    if ((kind == "IP") != given.AllowedIPRange_.has_value()) {
      return badAuthentication(kind == "IP" ? "IP needs an AllowedIPRange." : "Only IP takes an AllowedIPRange.");
    }
    if (kind == "IP" && !wire::http::parseAddressRange(*given.AllowedIPRange_)) {
      return badAuthentication("The AllowedIPRange " + *given.AllowedIPRange_ + " is not valid.");
    }
    return {};
  }

  bool isGenuine(const rows::WebhookLookup& place, const rows::Webhook& row, const Json& request) const {
    if (row.authentication() == "UNAUTHENTICATED") return true;
    if (row.authentication() == "IP") return isInRange(request.stringAt("SourceIp"), row.allowed_ip_range());
    const std::string secret =
        settings_.sealer->open(row.secret(), purposeOf(place.account(), place.region(), row.name()));
    return isSignedBy(request.stringAt("Signature256", request.stringAt("Signature")), secret,
                      request.stringAt("Body"));
  }

  s::ListWebhookItem shown(const dispatch::Context& context, const rows::Webhook& row) const {
    s::ListWebhookItem item;
    Json definition = Json::object({{"name", row.name()},
                                    {"targetPipeline", row.pipeline()},
                                    {"targetAction", row.action()},
                                    {"filters", parseStored(row.filters_json())},
                                    {"authentication", row.authentication()}});
    Json configuration = Json::object();
    if (!row.allowed_ip_range().empty()) configuration.set("AllowedIPRange", row.allowed_ip_range());
    if (!row.secret().empty()) configuration.set("SecretToken", "****");
    definition.set("authenticationConfiguration", std::move(configuration));
    item.definition_ = shapes::fromJson<s::WebhookDefinition>(definition);
    item.url_ = settings_.endpoint() + std::string(kWebhookPath) + "?t=" + row.token() + "&v=1";
    if (row.last_triggered() != 0) item.lastTriggered_ = base::Timestamp{row.last_triggered()};
    item.arn_ = webhookArn(context.account(), context.region(), row.name());
    item.tags_.emplace();
    for (const rows::Tag& tag : row.tags()) {
      s::Tag& made = item.tags_->emplace_back();
      made.key_ = tag.key();
      made.value_ = tag.value();
    }
    return item;
  }

  const Settings& settings_;
};

base::Result<s::DeleteWebhook::Output> deleteWebhook(dispatch::Context& context, const s::DeleteWebhook::Input& input) {
  const auto row = kWebhooks.get(context.transaction(), context.account(), context.region(), input.name_);
  if (row) {
    kWebhookTokens.erase(context.transaction(), row->token());
    kWebhooks.erase(context.transaction(), context.account(), context.region(), input.name_);
  }
  return s::DeleteWebhook::Output();
}

/// The webhook's URL is for the user to tell GitHub: with an OAuth token of the user's AWS does that itself.
template <class Output, class Input>
base::Result<Output> registerWithThirdParty(dispatch::Context& context, const Input& input) {
  const std::string name = input.webhookName_.value_or("");
  if (!kWebhooks.has(context.transaction(), context.account(), context.region(), name)) return webhookNotFound(name);
  return Output();
}

}  // namespace

void registerWebhooks(dispatch::Registry& registry, const Settings& settings) {
  const auto webhooks = std::make_shared<Webhooks>(settings);
  registry.add<s::PutWebhook>([webhooks](dispatch::Context& context, const s::PutWebhook::Input& input) {
    return webhooks->put(context, input);
  });
  registry.add<s::ListWebhooks>([webhooks](dispatch::Context& context, const s::ListWebhooks::Input& input) {
    return webhooks->list(context, input);
  });
  registry.add<s::DeleteWebhook>(deleteWebhook);
  registry.add<s::RegisterWebhookWithThirdParty>(
      registerWithThirdParty<s::RegisterWebhookWithThirdParty::Output, s::RegisterWebhookWithThirdParty::Input>);
  registry.add<s::DeregisterWebhookWithThirdParty>(
      registerWithThirdParty<s::DeregisterWebhookWithThirdParty::Output, s::DeregisterWebhookWithThirdParty::Input>);
  registry.addInternal(
      "thimble.codepipeline", "ReceiveWebhook",
      [webhooks](const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
        context->transact<Json>([webhooks](dispatch::Context& inner) { return webhooks->receive(inner); },
                                [done](base::Result<Json> result) {
                                  if (!result.ok()) return done(std::move(result).error());
                                  dispatch::Answer answer;
                                  answer.output = *std::move(result);
                                  done(std::move(answer));
                                });
      });
}

}  // namespace thimble::services::codepipeline
