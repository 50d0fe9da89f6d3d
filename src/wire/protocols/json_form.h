// Model values to and from the JSON that travels: locationName, base64 blobs, timestamps as numbers of seconds.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "wire/shapes/model.h"

namespace thimble::wire::protocols {

/// In whose words a mismatch is told: DynamoDB has its own.
enum class MismatchWords { Usual, DynamoDb };

/// The model value of a JSON value; a SerializationException when a value is of another kind than its shape. Unknown
/// members are left out, null members too. Members that travel outside of the body are skipped.
base::Result<base::Json> readJsonForm(const shapes::Shape& shape, const base::Json& wire,
                                      MismatchWords words = MismatchWords::Usual);

/// The JSON value of a model value, members in the model's order.
base::Json writeJsonForm(const shapes::Shape& shape, const base::Json& value);

/// SerializationException, 400.
base::ApiError serializationError(std::string message);

}  // namespace thimble::wire::protocols
