// Archives lose what is older than they keep.
#pragma once

#include <string_view>

#include "dispatch/process.h"

namespace thimble::services::events {

/// Id: the archive's ARN.
inline constexpr std::string_view kArchiveKind = "events.archive";

class ArchiveExpiry final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::events
