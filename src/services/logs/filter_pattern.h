// CloudWatch Logs' filter patterns: which messages match.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace thimble::services::logs {

/// A compiled pattern. Kinds: terms (`ERROR "disk full" -debug ?one ?other %regex%`), fields between blanks
/// (`[ip, user, status=4*, ...]`), and JSON (`{ $.status = 4* && $.user IS NULL }`). At most 1,024 characters.
class FilterPattern {
 public:
  /// Nothing when the pattern is malformed.
  static std::optional<FilterPattern> parse(std::string_view text);

  bool matches(std::string_view message) const;
  /// What the pattern's selectors find in a message that matches: "$status" (an unnamed field: "$4") or "$.status".
  std::map<std::string, std::string> extract(std::string_view message) const { return matcher_->extract(message); }

  /// What a compiled pattern is made of.
  class Matcher {
   public:
    virtual ~Matcher() = default;
    virtual bool matches(std::string_view message) const = 0;
    virtual std::map<std::string, std::string> extract(std::string_view /*message*/) const { return {}; }
  };

 private:
  explicit FilterPattern(std::shared_ptr<const Matcher> matcher) : matcher_(std::move(matcher)) {}

  std::shared_ptr<const Matcher> matcher_;
};

}  // namespace thimble::services::logs
