// Dynamic references: "{{resolve:ssm:name}}" and the like in the inputs of a stack's calls. They are resolved when the
// call is made, so that no row of a stack holds what a secret says.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/registry.h"

namespace thimble::services::cloudformation {

/// The internal operation that resolves the references of a call and then makes it. Input: "Service", "Operation",
/// "Input"; account, region and source are its own call's.
inline constexpr std::string_view kReferencesService = "thimble.cloudformation";
inline constexpr std::string_view kCallWithReferences = "CallWithReferences";
void registerDynamicReferences(dispatch::Registry& registry);

/// Whether a text of the value has a reference in it.
bool hasDynamicReference(const base::Json& value);

/// What asks for a reference's value. Pure.
struct ReferenceRequest {
  std::string service;
  std::string operation;
  base::Json input;
  std::string json_key;  ///< Of a secret that is a JSON object; empty: all of it.
};
/// `text` is what stands between "{{resolve:" and "}}". Errors: ValidationError.
base::Result<ReferenceRequest> parseReference(const std::string& text);
/// The value in the answer. Errors: ValidationError.
base::Result<std::string> referenceValue(const ReferenceRequest& request, const base::Json& answer);

/// The references of all texts, each once.
std::vector<std::string> findReferences(const base::Json& value);
/// The value with each reference's text in its place.
base::Json substituteReferences(const base::Json& value, const std::map<std::string, std::string>& values);

}  // namespace thimble::services::cloudformation
