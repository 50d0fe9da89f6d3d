#include "services/iam/trust_policies.h"

#include "base/arn.h"
#include "lang/policy/document.h"
#include "lang/policy/validate.h"
#include "lang/policy/validate_trust.h"
#include "services/iam/errors.h"
#include "services/iam/principals.h"

namespace thimble::services::iam {
namespace {

constexpr std::int64_t kMaxTrustPolicyCharacters = 2048;

/// IAM looks up the users and roles that a trust policy names. Those of other accounts are taken at their word.
bool principalExists(dispatch::Context& context, const std::string& text) {
  const auto arn = base::parseArn(text);
  if (!arn || arn->account != context.account() || arn->service != "iam") return true;
  const std::string key = keyName(arn->resource.substr(arn->resource.rfind('/') + 1));
  if (arn->resource.starts_with("role/")) return kRoles.has(context.transaction(), arn->account, key);
  if (arn->resource.starts_with("user/")) return kUsers.has(context.transaction(), arn->account, key);
  return false;
}

}  // namespace

base::Result<void> checkTrustPolicy(dispatch::Context& context, const std::string& document) {
  if (auto message = lang::policy::malformedPolicyMessage(document, lang::policy::DocumentKind::Trust)) {
    return malformedPolicyDocument(*std::move(message));
  }
  std::int64_t characters = 0;
  for (const char c : document) characters += c != ' ' && c != '\n' && c != '\t' && c != '\r';
  if (characters > kMaxTrustPolicyCharacters) return quotaExceeded("ACLSizePerRole", kMaxTrustPolicyCharacters);
  const auto parsed = lang::policy::Document::parse(document);
  if (!parsed.ok()) return malformedPolicyDocument("Syntax errors in policy.");
  for (const lang::policy::Statement& statement : (*parsed)->statements()) {
    for (const std::string& arn : statement.principals.arns) {
      if (!principalExists(context, arn)) {
        return malformedPolicyDocument(lang::policy::invalidPrincipalMessage("AWS", arn));
      }
    }
  }
  return {};
}

}  // namespace thimble::services::iam
