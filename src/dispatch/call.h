// A call of an AWS API operation: what everything that happens is made of.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/api_error.h"
#include "base/json.h"
#include "base/result.h"
#include "dispatch/identity.h"
#include "platform/byte_source.h"

namespace thimble::dispatch {

struct Call {
  /// Who calls. When `role` is set, the doorway assumes it first and `identity` becomes that session.
  Identity identity;
  std::optional<RoleToAssume> role;
  std::string account;  ///< Whose resources are meant; normally the identity's.
  std::string region;
  std::string service;               ///< The folder's name under services/, for example "states".
  std::string operation;             ///< As in AWS's model, for example "StartExecution".
  base::Json input;                  ///< Model value (see wire/shapes/README.md); without the streaming payload.
  platform::ByteSourcePointer body;  ///< The streaming payload (S3's Body), or null.
  std::string request_id;            ///< Made by the doorway when empty.
  std::string source_ip;             ///< Empty inside the system.
  std::string user_agent;
  /// The resource on whose behalf a service calls (aws:SourceArn), or empty.
  std::string source_arn;
};

/// A successful answer.
struct Answer {
  base::Json output;                 ///< Model value; without the streaming payload.
  platform::ByteSourcePointer body;  ///< The streaming payload, or null.
  int http_status = 0;               ///< 0: as the model says.
};

using CallOutcome = base::Result<Answer>;

/// Receives an outcome. May be called on the committing thread, so it must be brief.
using CallDone = std::function<void(CallOutcome)>;

/// A typed answer with a streaming payload beside it.
template <class Output>
struct Reply {
  Reply(Output value) : output(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Reply(Output value, platform::ByteSourcePointer payload) : output(std::move(value)), body(std::move(payload)) {}

  Output output;
  platform::ByteSourcePointer body;
  int http_status = 0;
};

}  // namespace thimble::dispatch
