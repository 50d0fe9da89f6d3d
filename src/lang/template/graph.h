// In which order a template's resources depend on each other.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// The names in a resource's DependsOn.
std::vector<std::string> declaredDependencies(const base::Json& resource);

/// For each resource the resources that it needs first: by DependsOn, Ref, Fn::GetAtt and Fn::Sub.
std::map<std::string, std::set<std::string>> dependencies(const base::Json& document);

/// Logical ids so that each comes after all it depends on, and otherwise in the template's order; a cycle is an error.
Outcome<std::vector<std::string>> creationOrder(const base::Json& document);

}  // namespace thimble::lang::template_
