// Log groups and streams by name.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/logs/rows.h"

namespace thimble::services::logs {

/// "arn:aws:logs:eu-west-1:111122223333:log-group:NAME".
std::string groupArn(const dispatch::Context& context, const std::string& group);

/// Operations take a group by name, or by name or ARN (logGroupIdentifier): the name that is meant. InvalidParameter
/// when neither or both are given.
base::Result<std::string> groupName(const std::optional<std::string>& name,
                                    const std::optional<std::string>& identifier);

base::Result<rows::GroupRecord> loadGroup(dispatch::Context& context, const std::string& name);
base::Result<rows::StreamRecord> loadStream(dispatch::Context& context, const std::string& group,
                                            const std::string& stream);

/// Marks a stream's events for erasure, and erases some that are marked; the rest goes with later calls, so that no
/// call has to erase millions of rows.
void discardStream(dispatch::Context& context, const rows::StreamRecord& stream);
void eraseSomeGarbage(dispatch::Context& context);

/// What PutLogEvents answers and no longer asks for.
std::string sequenceToken(const rows::StreamRecord& stream);

/// A page token: the name that the page ended with.
std::string pageToken(const std::string& last_name);
base::Result<std::string> nameOfPageToken(const std::optional<std::string>& token);

}  // namespace thimble::services::logs
