// Who makes a call.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace thimble::dispatch {

/// An authenticated principal.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
struct Identity {
  enum class Kind {
    Anonymous,  ///< No credentials; only public things allow it.
    Root,       ///< The account's root user: no identity policies limit it.
    User,
    AssumedRole,
    Service,  ///< A service of ours acting by itself, for example "apigateway.amazonaws.com".
  };

  Kind kind = Kind::Anonymous;
  std::string account;                              ///< Twelve digits; empty for Anonymous.
  std::string arn;                                  ///< As GetCallerIdentity shows it; a Service's principal name.
  std::string user_id;                              ///< As GetCallerIdentity shows it.
  std::string access_key_id;                        ///< Empty inside the system.
  std::string user_name;                            ///< Users.
  std::string role_arn;                             ///< Assumed roles.
  std::string session_name;                         ///< Assumed roles.
  std::vector<std::string> session_policies;        ///< Policy documents that limit the session further.
  std::map<std::string, std::string> session_tags;  ///< As given when the role was assumed.
  std::vector<std::string> transitive_tag_keys;     ///< Those that go along when the session assumes another role.

  static Identity root(const std::string& account) {
    Identity identity;
    identity.kind = Kind::Root;
    identity.account = account;
    identity.arn = "arn:aws:iam::" + account + ":root";
    identity.user_id = account;
    return identity;
  }
};

/// A role that a service of ours takes on to act for its owner: a state machine's, a function's, a stack's.
struct RoleToAssume {
  std::string role_arn;
  std::string service_principal;  ///< For example "states.amazonaws.com"; the role's trust policy must allow it.
  std::string session_name;
  /// On whose behalf, for trust policies that look at aws:SourceArn. Empty: the call's own source_arn.
  std::string source_arn = {};
};

}  // namespace thimble::dispatch
