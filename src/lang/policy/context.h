// What is known of a request when policies are evaluated: who, what, on which resource, and the condition keys.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thimble::lang::policy {

/// ASCII lower case; IAM compares actions and the names of condition keys without case.
std::string toLower(std::string_view text);

/// Condition keys and their values. Names are compared without case; a key can hold several values (aws:TagKeys).
class ContextKeys {
 public:
  using Values = std::vector<std::string>;

  /// Sets the key to one value, replacing what it had.
  void set(std::string_view key, std::string value) { setAll(key, Values{std::move(value)}); }
  void setAll(std::string_view key, Values values);
  /// The values of a key given in lower case; nullptr when the request has none.
  const Values* find(std::string_view lower_case_key) const;

  const std::vector<std::pair<std::string, Values>>& all() const { return keys_; }

 private:
  std::vector<std::pair<std::string, Values>> keys_;  ///< Few: a linear search is the fastest.
};

/// Who asks. Exactly one of `arn`, `service` and `anonymous` says it; a web identity has `federated` besides.
struct Principal {
  std::string arn;         ///< User, root, role session ("arn:aws:sts::...:assumed-role/R/S") or federated user.
  std::string issuer_arn;  ///< Of a role session: the role's ARN. Else empty.
  std::string account;     ///< Twelve digits; empty for a service or an anonymous caller.
  std::string service;     ///< Service principal, for example "lambda.amazonaws.com".
  std::string federated;   ///< Identity provider of a web identity or SAML sign-in.
  bool anonymous = false;
  bool root = false;  ///< The account's root user.
};

/// One question to the policies.
struct Request {
  Principal principal;
  std::string action;          ///< "states:StartExecution".
  std::string resource = "*";  ///< An ARN, or "*" where the action has no resource level.
  ContextKeys keys;
};

}  // namespace thimble::lang::policy
