#include "services/iam/managed_policies.h"

#include <stdexcept>

#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"

namespace thimble::services::iam {
namespace {

std::map<std::string, ManagedPolicy, std::less<>> read() {
  std::map<std::string, ManagedPolicy, std::less<>> policies;
  const auto json = base::Json::parse(kManagedPoliciesText);
  if (!json.ok()) throw std::logic_error("managed_policies.json: " + json.error().message);
  for (const auto& [name, facts] : json->asObject()) {
    ManagedPolicy policy;
    policy.name = name;
    policy.path = facts.stringAt("path");
    policy.arn = "arn:aws:iam::aws:policy" + policy.path + name;
    std::string digits = base::encodeHex(base::sha256(name)).substr(0, 17);
    for (char& digit : digits) digit = static_cast<char>(digit <= '9' ? digit - '0' + 'G' : digit - 'a' + 'A');
    policy.id = "ANPA" + digits;
    policy.version = facts.stringAt("version");
    policy.created = base::parseIso8601(facts.stringAt("created")).value_or(base::Timestamp{});
    policy.updated = base::parseIso8601(facts.stringAt("updated")).value_or(policy.created);
    policy.document = facts["document"].write();
    policy.retired = facts["retired"] == base::Json(true);
    policies.emplace(policy.arn, std::move(policy));
  }
  return policies;
}

}  // namespace

const std::map<std::string, ManagedPolicy, std::less<>>& managedPolicies() {
  static const std::map<std::string, ManagedPolicy, std::less<>> policies = read();
  return policies;
}

const ManagedPolicy* findManagedPolicy(std::string_view arn) {
  const auto found = managedPolicies().find(arn);
  return found == managedPolicies().end() ? nullptr : &found->second;
}

bool isManagedByAws(std::string_view arn) {
  return arn.starts_with("arn:aws:iam::aws:policy/");
}

}  // namespace thimble::services::iam
