// Amazon Resource Names: arn:partition:service:region:account:resource.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thimble::base {

struct Arn {
  std::string partition = "aws";
  std::string service;
  std::string region;    ///< Empty for global services such as IAM and S3.
  std::string account;   ///< Twelve digits; empty where the service leaves it out (S3).
  std::string resource;  ///< All after the fifth colon, colons included.

  std::string toString() const {
    return "arn:" + partition + ":" + service + ":" + region + ":" + account + ":" + resource;
  }
  bool operator==(const Arn&) const = default;
};

/// Splits an ARN at its first five colons; nothing when the text is none.
inline std::optional<Arn> parseArn(std::string_view text) {
  if (text.substr(0, 4) != "arn:") return std::nullopt;
  text.remove_prefix(4);
  std::string parts[4];
  for (std::string& part : parts) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (parts[0].empty() || parts[1].empty() || text.empty()) return std::nullopt;
  return Arn{parts[0], parts[1], parts[2], parts[3], std::string(text)};
}

}  // namespace thimble::base
