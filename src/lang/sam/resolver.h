// Replaces intrinsic functions whose value is known at transform time.
#pragma once

#include <map>
#include <string>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

/// References to what a resource expands to: {"MyApi": {"Stage": "MyApiProdStage"}}.
using DerivedReferences = std::map<std::string, std::map<std::string, std::string>, std::less<>>;
/// Logical ids that changed: old to new.
using ChangedIds = std::map<std::string, std::string, std::less<>>;

/// Puts parameters' values in place of Ref and inside Fn::Sub, everywhere within `input`, which is changed; returns
/// what stands in its place. Fails the document where a variable of Fn::Sub is no string.
Value resolveParameters(const Value& input, const Value& parameters);
/// The same for Fn::FindInMap with keys that are strings.
Value resolveMappings(const Value& input, const Value& mappings);
/// The same for references such as Ref MyFunction.Alias.
Value resolveDerivedReferences(const Value& input, const DerivedReferences& references);
/// The same for logical ids that the transform changed.
Value resolveChangedIds(const Value& input, const ChangedIds& ids);
/// Replaces changed logical ids in every DependsOn within `input`.
void resolveDependsOn(const Value& input, const ChangedIds& ids);
/// Only Ref is replaced: how a policy template's parameters are filled in.
Value resolveRefs(const Value& input, const Value& parameters);

}  // namespace thimble::lang::sam
