// Model values to and from the Query protocol's parameters: "Tags.member.1.Key=a".
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "wire/protocols/protocol.h"
#include "wire/shapes/model.h"

namespace thimble::wire::protocols {

/// Reads an input. Parameters that the shape does not know are left out. `compatible`: by the names of
/// query_compatible.h.
base::Result<base::Json> readQueryForm(const shapes::Shape& shape, const Parameters& parameters,
                                       bool compatible = false);

/// The parameters of an input, "Action" and "Version" aside.
Parameters writeQueryForm(const shapes::Shape& shape, const base::Json& value);

}  // namespace thimble::wire::protocols
