// Access control lists of buckets and objects: canned names and explicit grants as model values.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "services/s3/errors.h"
#include "services/s3/s3.pb.h"

namespace thimble::services::s3 {

/// The list {"Owner", "Grants"} of an account that owns something private.
base::Json privateAcl(const std::string& account);
/// The list that a canned name stands for; InvalidArgument for an unknown one.
base::Result<base::Json> cannedAcl(const std::string& name, const std::string& account);
/// Grants of the x-amz-grant-* headers: `header` is the text, `permission` what it grants.
base::Result<void> addGrants(base::Json& grants, const std::optional<std::string>& header,
                             const std::string& permission);

/// Errors: AccessControlListNotSupported where the owner has all objects, AccessDenied where public grants are blocked.
base::Result<void> checkAclAllowed(const proto::Bucket& bucket, const base::Json& acl);

/// The list that a request's ACL or x-amz-grant-* headers ask for; null where it has none of them.
template <class Input>
base::Result<base::Json> requestedAcl(const Input& input, const std::string& account) {
  base::Json grants = base::Json::array();
  TRY(addGrants(grants, input.GrantFullControl_, "FULL_CONTROL"));
  TRY(addGrants(grants, input.GrantRead_, "READ"));
  TRY(addGrants(grants, input.GrantReadACP_, "READ_ACP"));
  TRY(addGrants(grants, input.GrantWriteACP_, "WRITE_ACP"));
  if constexpr (requires { input.GrantWrite_; }) TRY(addGrants(grants, input.GrantWrite_, "WRITE"));
  if (input.ACL_ && !grants.empty()) {
    return invalidRequest("Specifying both Canned ACLs and Header Grants is not allowed");
  }
  if (input.ACL_) return cannedAcl(*input.ACL_, account);
  if (grants.empty()) return base::Json();
  base::Json acl = privateAcl(account);
  acl.set("Grants", std::move(grants));
  return acl;
}

}  // namespace thimble::services::s3
