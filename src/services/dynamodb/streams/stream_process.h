// What streams do by themselves: their records go after a day, and a stream that was turned off goes with its last.
#pragma once

#include <string>

#include "base/time.h"
#include "dispatch/process.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

inline constexpr std::string_view kStreamProcess = "dynamodb.stream";

/// The id of a stream's process.
std::string streamProcessId(const rows::Stream& stream);

/// Records with lower sequence numbers are older than a day.
std::int64_t trimHorizon(base::Timestamp now);

class StreamProcess final : public dispatch::ProcessKind {
 public:
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;
};

}  // namespace thimble::services::dynamodb
