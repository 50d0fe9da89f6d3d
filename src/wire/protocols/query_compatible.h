// The query protocol of a service whose table is that of its JSON protocol (Amazon SQS): names that the table has not.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "wire/shapes/model.h"

namespace thimble::wire::protocols {

inline constexpr std::string_view kCompatibleNamespace = "http://queue.amazonaws.com/doc/2012-11-05/";
inline constexpr std::string_view kCompatibleValue = "Value";

/// A member's name: lists and maps, all of them flattened, go by that of one element.
std::string_view compatibleName(const shapes::Member& member);
/// What a map's keys are called.
std::string_view compatibleKey(const shapes::Shape& map);

/// An output's members as XML.
void writeCompatibleMembers(std::string& out, const shapes::Shape& shape, const base::Json& value);

}  // namespace thimble::wire::protocols
