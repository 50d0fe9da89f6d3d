// Calls of a build through the doorway, as its service role, waited for: a build has a thread of its own.
#pragma once

#include <string>

#include "dispatch/doorway.h"

namespace thimble::services::codebuild::runner {

class RoleCaller {
 public:
  RoleCaller(dispatch::Doorway& doorway, std::string account, std::string region, dispatch::RoleToAssume role,
             std::string source_arn);

  dispatch::CallOutcome call(const std::string& service, const std::string& operation, base::Json input,
                             platform::ByteSourcePointer body = nullptr) const;

  const dispatch::RoleToAssume& role() const { return role_; }
  const std::string& account() const { return account_; }
  const std::string& region() const { return region_; }

 private:
  dispatch::Doorway& doorway_;
  std::string account_;
  std::string region_;
  dispatch::RoleToAssume role_;
  std::string source_arn_;
};

}  // namespace thimble::services::codebuild::runner
