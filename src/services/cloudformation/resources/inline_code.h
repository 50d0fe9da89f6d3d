// The archive that CloudFormation makes of function code which a template holds as text (Code.ZipFile).
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
#pragma once

#include <string>
#include <string_view>

namespace thimble::services::cloudformation {

/// index.js for a runtime of Node.js, else index.py. Code that names the module with which a custom resource's function
/// answers (`cfn-response`, `cfnresponse`) finds it beside it.
std::string inlineCodeArchive(std::string_view runtime, std::string_view code);

}  // namespace thimble::services::cloudformation
