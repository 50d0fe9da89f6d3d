// The form in which Step Functions' `aws-sdk` integrations show inputs and outputs: member names in PascalCase, blobs
// as text, timestamps in ISO 8601.
// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "wire/shapes/model.h"

namespace thimble::wire::protocols {

/// A member's name in the sdk form: its first letter is a capital.
std::string sdkName(std::string_view member_name);
/// An operation's name in the sdk form ("createTopic"): its first letter is small. Both forms are found by
/// findSdkOperation.
const shapes::Operation* findSdkOperation(const shapes::Service& service, std::string_view action);

/// The model value of parameters. The error names the first field that the operation does not have, or whose kind is
/// wrong, for example "The field \"Foo\" is not supported by Step Functions". A blob may be text or any JSON value,
/// which is then written out.
base::Result<base::Json, std::string> readSdkForm(const shapes::Shape& shape, const base::Json& parameters);

/// The result of a call. Bytes that are no UTF-8 are shown in base64.
base::Json writeSdkForm(const shapes::Shape& shape, const base::Json& output);

}  // namespace thimble::wire::protocols
