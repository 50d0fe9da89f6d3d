#include "services/iam/condition_keys.h"

#include "base/arn.h"

namespace thimble::services::iam {
namespace {

using dispatch::Identity;

const char* principalType(Identity::Kind kind) {
  switch (kind) {
    case Identity::Kind::Root:
      return "Account";
    case Identity::Kind::User:
      return "User";
    case Identity::Kind::AssumedRole:
      return "AssumedRole";
    case Identity::Kind::Service:
      return "Service";
    case Identity::Kind::Anonymous:
      break;
  }
  return "Anonymous";
}

/// Services name their tags member Tags, tags or TagList, as a list of keys and values or as a map.
void addRequestTags(const base::Json& input, lang::policy::ContextKeys& keys) {
  lang::policy::ContextKeys::Values names;
  const auto add = [&](const std::string& name, const std::string& value) {
    names.push_back(name);
    keys.set("aws:RequestTag/" + name, value);
  };
  for (const char* member : {"Tags", "tags", "TagList"}) {
    const base::Json* tags = input.find(member);
    if (tags == nullptr) continue;
    if (tags->isObject()) {
      for (const auto& [name, value] : tags->asObject()) {
        if (value.isString()) add(name, value.asString());
      }
    } else if (tags->isArray()) {
      for (const base::Json& tag : tags->asArray()) {
        const std::string name = tag.stringAt("Key", tag.stringAt("key"));
        if (!name.empty()) add(name, tag.stringAt("Value", tag.stringAt("value")));
      }
    }
  }
  for (const char* member : {"TagKeys", "tagKeys"}) {
    const base::Json* tag_keys = input.find(member);
    if (tag_keys == nullptr || !tag_keys->isArray()) continue;
    for (const base::Json& key : tag_keys->asArray()) {
      if (key.isString()) names.push_back(key.asString());
    }
  }
  if (!names.empty()) keys.setAll("aws:TagKeys", std::move(names));
}

}  // namespace

lang::policy::Principal principalOf(const Identity& identity) {
  lang::policy::Principal principal;
  switch (identity.kind) {
    case Identity::Kind::Anonymous:
      principal.anonymous = true;
      break;
    case Identity::Kind::Service:
      principal.service = identity.arn;
      break;
    case Identity::Kind::AssumedRole:
      principal.issuer_arn = identity.role_arn;
      [[fallthrough]];
    case Identity::Kind::Root:
    case Identity::Kind::User:
      principal.arn = identity.arn;
      principal.account = identity.account;
      principal.root = identity.kind == Identity::Kind::Root;
  }
  return principal;
}

void addGlobalKeys(const dispatch::Call& call, const std::map<std::string, std::string>& principal_tags,
                   base::Timestamp now, lang::policy::ContextKeys& keys) {
  const Identity& identity = call.identity;
  const bool service = identity.kind == Identity::Kind::Service;
  keys.set("aws:PrincipalType", principalType(identity.kind));
  keys.set("aws:PrincipalIsAWSService", service ? "true" : "false");
  if (service) {
    keys.set("aws:PrincipalServiceName", identity.arn);
  } else if (identity.kind != Identity::Kind::Anonymous) {
    keys.set("aws:PrincipalArn", identity.role_arn.empty() ? identity.arn : identity.role_arn);
    keys.set("aws:PrincipalAccount", identity.account);
    keys.set("aws:userid", identity.user_id);
  }
  if (!identity.user_name.empty()) keys.set("aws:username", identity.user_name);
  for (const auto& [name, value] : principal_tags) keys.set("aws:PrincipalTag/" + name, value);
  keys.set("aws:CurrentTime", base::formatIso8601Seconds(now));
  keys.set("aws:EpochTime", std::to_string(now.seconds()));
  keys.set("aws:RequestedRegion", call.region);
  keys.set("aws:ViaAWSService", "false");
  keys.set("aws:SecureTransport", "true");  // What crosses no network cannot be overheard.
  if (!call.source_ip.empty()) keys.set("aws:SourceIp", call.source_ip);
  if (!call.user_agent.empty()) keys.set("aws:UserAgent", call.user_agent);
  if (!call.source_arn.empty()) {
    keys.set("aws:SourceArn", call.source_arn);
    if (const auto arn = base::parseArn(call.source_arn); arn && !arn->account.empty()) {
      keys.set("aws:SourceAccount", arn->account);
    }
  }
  if (service && !keys.find("aws:sourceaccount")) keys.set("aws:SourceAccount", call.account);
  addRequestTags(call.input, keys);
}

}  // namespace thimble::services::iam
