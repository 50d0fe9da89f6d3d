// Texts of a policy with wildcards and policy variables, compiled once.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/policy/context.h"

namespace thimble::lang::policy {

struct PatternOptions {
  bool wildcards = true;     ///< "*" and "?" match; else they are ordinary characters.
  bool variables = true;     ///< "${key}" stands for the request's value. Only documents of version 2012-10-17 have it.
  bool ignore_case = false;  ///< ASCII letters match either case.
};

/// A compiled text. Each run of characters between two "*" is searched for from left to right and never again, so that
/// the time is linear in the subject for patterns without "?" (with it, at most the product of the two lengths).
class Pattern {
 public:
  Pattern() = default;
  Pattern(std::string_view text, const PatternOptions& options);

  /// True when the whole subject matches. A variable that the request cannot resolve matches nothing.
  bool matches(std::string_view subject, const ContextKeys& keys) const;
  /// True when every variable of the text has a value in the request.
  bool resolves(const ContextKeys& keys) const;

  /// As the policy has it.
  const std::string& text() const { return text_; }
  /// The text with its variables replaced; false when one has no value.
  bool expand(const ContextKeys& keys, std::string& out) const;

 private:
  /// A run of characters without "*"; where `any` holds 1 the character is a "?".
  struct Run {
    std::string characters;
    std::string any;
    bool has_any = false;
  };
  struct Part {
    enum class Kind { Character, AnyRun, AnyOne, Variable } kind = Kind::Character;
    std::string characters;  ///< Literal characters, or the variable's key in lower case.
    std::string fallback;    ///< Of a variable written "${key, 'fallback'}".
    bool has_fallback = false;
  };
  enum class Kind { Everything, Exact, Prefix, General, Variables };

  void compile(const std::vector<Part>& parts);
  bool matchesCompiled(std::string_view subject) const;
  bool matchesRuns(std::string_view subject) const;

  std::string text_;
  PatternOptions options_;
  Kind kind_ = Kind::Exact;
  std::vector<Run> runs_;    ///< Between the stars; first and last are anchored.
  std::vector<Part> parts_;  ///< Only when there are variables.
};

}  // namespace thimble::lang::policy
