// The forms in which a function is named: its name, a partial ARN, an ARN; each with or without a qualifier.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thimble::services::lambda {

struct FunctionReference {
  std::string account;
  std::string region;
  std::string name;
  std::string qualifier;  ///< Version, alias or "$LATEST"; empty when none was given.

  /// Without the qualifier.
  std::string arn() const { return "arn:aws:lambda:" + region + ":" + account + ":function:" + name; }
  /// With `suffix` as the qualifier; without one when it is empty.
  std::string arn(std::string_view suffix) const { return suffix.empty() ? arn() : arn() + ":" + std::string(suffix); }
  std::string qualifiedArn() const { return arn(qualifier); }
};

/// Reads `text` with `qualifier` given beside it. What `text` leaves out comes from the caller's account and region.
base::Result<FunctionReference> parseFunction(std::string_view text, const std::optional<std::string>& qualifier,
                                              const std::string& account, const std::string& region);

inline bool isVersionNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace thimble::services::lambda
