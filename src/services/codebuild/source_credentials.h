// Names and tokens with which builds read git servers outside, one for each kind of server. Their rows are sealed.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "platform/sealer.h"
#include "services/codebuild/records.h"

namespace thimble::services::codebuild {

struct SourceCredentials {
  std::string auth_type;  ///< As AuthType.
  std::string user_name;  ///< Of BASIC_AUTH.
  std::string token;      ///< Of SECRETS_MANAGER and CODECONNECTIONS: the ARN of what has it.
};

/// Of servers of that type ("GITHUB"); nothing when none were imported. Throws std::runtime_error when they were sealed
/// with another key.
std::optional<SourceCredentials> findSourceCredentials(store::Transaction& transaction, const platform::Sealer& sealer,
                                                       const Place& place, const std::string& server_type);

}  // namespace thimble::services::codebuild
