// A policy document, compiled: read once, then asked many times.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lang/policy/condition.h"
#include "lang/policy/context.h"
#include "lang/policy/pattern.h"

namespace thimble::base {
class Json;
}

namespace thimble::lang::policy {

/// Why a text is no policy document; what IAM says of it is in validate.h.
struct PolicyError {
  std::string message;
};

enum class Effect { Allow, Deny };

/// How a statement names the caller. Account: only by the account, which lets that account's own policies decide.
enum class PrincipalMatch { None, Account, Role, Direct };

/// The Principal element. "*" is everyone.
struct PrincipalSet {
  bool everyone = false;
  std::vector<std::string> accounts;  ///< Twelve digits, from "123456789012" or an account's root ARN.
  std::vector<std::string> arns;      ///< Users, roles, sessions.
  std::vector<std::string> services;
  std::vector<std::string> federated;

  PrincipalMatch match(const Principal& principal) const;
};

struct Statement {
  std::string sid;  ///< Empty when there is none.
  Effect effect = Effect::Allow;
  bool has_principal = false;
  bool not_principal = false;
  PrincipalSet principals;
  bool not_action = false;
  std::vector<Pattern> actions;
  bool has_resource = false;  ///< A trust policy's statements have none.
  bool not_resource = false;
  std::vector<Pattern> resources;
  std::vector<Condition> conditions;

  bool matchesAction(const Request& request, std::string_view lower_case_action) const;
  bool matchesResource(const Request& request) const;
  /// For a statement without Principal (identity policies): Direct.
  PrincipalMatch matchesPrincipal(const Request& request) const;
  bool conditionsHold(const Request& request) const;
};

class Document {
 public:
  /// Reads a document leniently, as services that keep policies do: Version is optional, Statement may be one object,
  /// every list may be one string. At most 1 MiB.
  static base::Result<std::shared_ptr<const Document>, PolicyError> parse(std::string_view text);
  static base::Result<std::shared_ptr<const Document>, PolicyError> fromJson(const base::Json& json);

  const std::string& version() const { return version_; }
  const std::vector<Statement>& statements() const { return statements_; }

 private:
  std::string version_ = "2008-10-17";
  std::vector<Statement> statements_;
};

}  // namespace thimble::lang::policy
