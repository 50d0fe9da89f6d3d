#include "lang/sam/data.h"

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lang/sam/transform.h"

namespace thimble::lang::sam {

// Defined by the generated sources.
extern const std::string_view kPolicyTemplatesJson;
extern const std::string_view kConnectorProfilesJson;
extern const std::string_view kManagedPoliciesTxt;

const base::Json& policyTemplates() {
  static const base::Json templates = base::Json::parse(kPolicyTemplatesJson).value();
  return templates;
}

const base::Json& connectorProfiles() {
  static const base::Json profiles = base::Json::parse(kConnectorProfilesJson).value();
  return profiles;
}

std::string managedPolicyArn(const std::string& partition, const std::string& name) {
  /// Name to path and name.
  static const std::map<std::string_view, std::string_view> policies = [] {
    std::map<std::string_view, std::string_view> made;
    std::string_view rest = kManagedPoliciesTxt;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (!line.empty()) made.emplace(line.substr(line.rfind('/') + 1), line);
    }
    return made;
  }();
  const auto found = policies.find(name);
  return found == policies.end() ? "" : "arn:" + partition + ":iam::aws:policy/" + std::string(found->second);
}

}  // namespace thimble::lang::sam
