// IAM's own check of a document before it is stored, with the messages that IAM answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thimble::lang::policy {

/// Which document is stored. Managed policies must be of version 2012-10-17; inline ones may be older.
enum class DocumentKind { Managed, Inline, Trust };

/// IAM's MalformedPolicyDocument message, or nothing when the document may be stored.
/// The order of the checks is IAM's: syntax, version, legacy parsing, Sids, actions, resources, action prefixes.
std::optional<std::string> malformedPolicyMessage(std::string_view text, DocumentKind kind);

}  // namespace thimble::lang::policy
