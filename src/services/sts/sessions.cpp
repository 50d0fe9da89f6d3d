#include "services/sts/sessions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lang/policy/context.h"
#include "lang/policy/validate.h"

namespace thimble::services::sts {
namespace {

/// Room for policies and tags together; AWS packs them in a form of its own, so that its percentages may differ.
constexpr std::size_t kPackedBytes = 4096;

}  // namespace

base::ApiError invalidParameterValue(std::string message) {
  return {"InvalidParameterValue", std::move(message), 400};
}
base::ApiError validationError(std::string message) {
  return {"ValidationError", std::move(message), 400};
}
base::ApiError accessDenied(std::string message) {
  return {"AccessDenied", std::move(message), 403};
}

bool callsWithSession(const dispatch::Identity& identity) {
  return identity.kind == dispatch::Identity::Kind::AssumedRole || !identity.session_name.empty() ||
         (identity.access_key_id.starts_with("ASIA") && dispatch::isOurAccessKeyId(identity.access_key_id));
}

shapes::sts::Credentials describe(const dispatch::SessionCredentials& credentials) {
  shapes::sts::Credentials out;
  out.AccessKeyId_ = credentials.access_key_id;
  out.SecretAccessKey_ = credentials.secret_access_key;
  out.SessionToken_ = credentials.session_token;
  out.Expiration_ = credentials.expiration;
  return out;
}

base::Result<std::vector<std::string>> sessionPolicies(
    dispatch::Context& context, const std::optional<std::string>& policy,
    const std::optional<std::vector<shapes::sts::PolicyDescriptorType>>& arns) {
  std::vector<std::string> documents;
  if (policy) {
    if (auto message = lang::policy::malformedPolicyMessage(*policy, lang::policy::DocumentKind::Inline)) {
      return base::ApiError{"MalformedPolicyDocument", *std::move(message), 400};
    }
    documents.push_back(*policy);
  }
  if (arns) {
    for (const shapes::sts::PolicyDescriptorType& descriptor : *arns) {
      const std::string arn = descriptor.arn_.value_or("");
      auto document = context.environment().authorizer.managedPolicy(context.transaction(), arn);
      if (!document) return invalidParameterValue("PolicyArn " + arn + " does not exist or is not attachable.");
      documents.push_back(*std::move(document));
    }
  }
  return documents;
}

base::Result<std::map<std::string, std::string>> sessionTags(const std::optional<std::vector<shapes::sts::Tag>>& tags) {
  std::map<std::string, std::string> out;
  if (!tags) return out;
  std::set<std::string> seen;
  for (const shapes::sts::Tag& tag : *tags) {
    if (!seen.insert(lang::policy::toLower(tag.Key_)).second) {
      return invalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    out[tag.Key_] = tag.Value_;
  }
  return out;
}

std::int64_t packedPolicySize(const std::vector<std::string>& policies,
                              const std::map<std::string, std::string>& tags) {
  std::size_t bytes = 0;
  for (const std::string& policy : policies) {
    bytes += static_cast<std::size_t>(
        std::count_if(policy.begin(), policy.end(), [](char c) { return c != ' ' && c != '\n' && c != '\t'; }));
  }
  for (const auto& [key, value] : tags) bytes += key.size() + value.size();
  return static_cast<std::int64_t>((bytes * 100 + kPackedBytes - 1) / kPackedBytes);
}

}  // namespace thimble::services::sts
