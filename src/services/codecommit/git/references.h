// The references of a repository as git has them.
#pragma once

#include <map>
#include <string>

namespace thimble::services::codecommit::git {

/// Where references of ours are kept that git's clients neither see nor change.
inline constexpr const char* kHiddenReferences = "refs/thimble/";

/// Full name to target of all direct references, hidden ones aside. Throws GitFailure.
std::map<std::string, std::string> readReferences(const std::string& folder);

/// Whether git takes this as a reference's full name.
bool isReferenceName(const std::string& name);

}  // namespace thimble::services::codecommit::git
