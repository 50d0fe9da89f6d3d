// Addresses at which somebody outside answers for a stack's resource: the ResponseURL of a custom resource's request,
// and a wait condition's handle. An address is a row with a random token in its key, so knowing it is the permission.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
#pragma once

#include <string>
#include <string_view>

#include "dispatch/registry.h"
#include "services/cloudformation/service.h"
#include "store/store.h"

namespace thimble::services::cloudformation {

/// The path of an address is this, the stack's UUID, "/" and the token.
inline constexpr std::string_view kResponsePath = "/_thimble/cloudformation/responses/";

/// The internal operation for what somebody puts at an address: {"Path", "Body"}, answered with {"Taken"}, which is
/// false when the address is not open or has taken as much as it may.
inline constexpr std::string_view kTakeResponse = "TakeResponse";

/// Closes all addresses of a stack.
void forgetResponses(store::Transaction& transaction, const std::string& stack_id);

/// kTakeResponse, and the internal operations of "thimble.cloudformation" that recipes call: OpenResponse, ReadResponse
/// (of a custom resource), ReadSignals (of a wait condition), CloseResponse.
void registerStackResponses(dispatch::Registry& registry, const Addresses& addresses);

}  // namespace thimble::services::cloudformation
