// Items as Amazon Ion, in the files of exports, imports and bulk operations: numbers are decimals, bytes blobs, sets
// annotated lists. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace thimble::services::dynamodb {

/// Attributes in the model's form as an Ion struct, appended.
void writeIon(std::string& out, const base::Json& attributes);

/// The structs of a text as PutItem's input has them: "Item" and "ExpressionAttributeValues" as attributes in the
/// model's form, "ConditionExpression" as text, "ExpressionAttributeNames" as texts by name. A member that is not so is
/// null, and so are members of other names; what is no struct is null itself. Nothing when the text is no Ion.
std::optional<std::vector<base::Json>> putsOfIon(std::string_view text);

/// What the structs of a line of Ion have as "Item": attributes in the model's form, null where that is no item. A line
/// holds one struct or a list of them. Nothing when the line is no Ion.
std::optional<std::vector<base::Json>> itemsOfIon(std::string_view line);

}  // namespace thimble::services::dynamodb
