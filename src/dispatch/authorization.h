// What the doorway asks of whoever knows identities and policies (services/iam; bound in app).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dispatch/call.h"
#include "dispatch/identity.h"
#include "store/store.h"
#include "wire/shapes/model.h"

namespace thimble::dispatch {

/// Condition keys and their values, for example {"s3:prefix", {"a/"}}.
using ConditionValues = std::map<std::string, std::vector<std::string>>;

/// A role that a caller wants to act as, through STS.
struct RoleAssumption {
  std::string action = "sts:AssumeRole";
  std::string role_arn;
  std::string session_name;
  std::string external_id;      ///< Empty: none given.
  std::string source_identity;  ///< Empty: none given.
  std::map<std::string, std::string> session_tags;
  std::vector<std::string> transitive_tag_keys;
};

struct AssumedRole {
  Identity identity;  ///< Without session policies.
  std::int64_t max_session_seconds = 3600;
};

class Authorizer {
 public:
  virtual ~Authorizer() = default;

  /// May the caller of `call` act as this role? Its trust policy has to allow it, and the caller's own policies unless
  /// the trust policy names the caller itself. The error is STS's AccessDenied.
  virtual base::Result<AssumedRole> assume(store::Transaction& transaction, const Call& call,
                                           const RoleAssumption& assumption) = 0;

  /// The document of a managed policy, AWS's own or the account's; nothing when there is none.
  virtual std::optional<std::string> managedPolicy(store::Transaction& transaction, const std::string& arn) = 0;

  /// The session of a role assumed by a service inside the system; its trust policy must allow the service. The error
  /// is AccessDenied with AWS's words for the service concerned.
  virtual base::Result<Identity> assume(store::Transaction& transaction, const RoleToAssume& role) = 0;

  /// May this identity make this call? Judges the operation's row of operations.json: its action on each of its
  /// resources, and iam:PassRole where it passes one.
  virtual base::Result<void> authorise(store::Transaction& transaction, const Call& call,
                                       const shapes::Operation& operation) = 0;

  /// One action on one resource, where only the handler knows them.
  virtual base::Result<void> authorise(store::Transaction& transaction, const Call& call, std::string_view action,
                                       std::string_view resource, const ConditionValues& conditions) = 0;
};

/// Allows everything, and gives every role: for tests of things other than authorisation.
class AllowEverything final : public Authorizer {
 public:
  base::Result<Identity> assume(store::Transaction& transaction, const RoleToAssume& role) override;
  base::Result<AssumedRole> assume(store::Transaction& transaction, const Call& call,
                                   const RoleAssumption& assumption) override;
  std::optional<std::string> managedPolicy(store::Transaction& transaction, const std::string& arn) override;
  base::Result<void> authorise(store::Transaction& transaction, const Call& call,
                               const shapes::Operation& operation) override;
  base::Result<void> authorise(store::Transaction& transaction, const Call& call, std::string_view action,
                               std::string_view resource, const ConditionValues& conditions) override;
};

}  // namespace thimble::dispatch
