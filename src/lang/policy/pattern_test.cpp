#include "lang/policy/pattern.h"

#include <gtest/gtest.h>

#include <random>

namespace thimble::lang::policy {
namespace {

TEST(Pattern, MatchesAsIamDoes) {
  struct Case {
    const char* pattern;
    const char* subject;
    bool matches;
  };
  const Case cases[] = {
      {"*", "", true},
      {"*", "anything", true},
      {"", "", true},
      {"", "a", false},
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"a*", "a", true},
      {"a*", "ba", false},
      {"*c", "abc", true},
      {"a*c", "ac", true},
      {"a*c", "abcb", false},
      {"a*b*c", "a-b-b-c", true},
      {"a*b*c", "a-c-b", false},
      {"ab*ba", "aba", false},
      {"ab*ba", "abba", true},
      {"a**c", "axxc", true},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"?", "", false},
      {"??*", "a", false},
      {"??*", "ab", true},
      {"*a?c*", "xxabcabxaxc", true},
      {"*a?d*", "xxabcabx", false},
      {"arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b/c", true},
      {"arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", false},
      {"arn:aws:states:*:*:stateMachine:Start*", "arn:aws:states:eu-west-1:000000000000:stateMachine:StartX", true},
      {"arn:aws:states:*:*:stateMachine:Start*", "arn:aws:states:eu-west-1:000000000000:execution:StartX", false},
      {"s3:${*}x", "s3:*x", true},
      {"s3:${*}x", "s3:yx", false},
      {"${?}${$}", "?$", true},
      {"${unclosed", "${unclosed", true},
      {"arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/ann/x", true},
      {"arn:aws:s3:::home/${AWS:UserName}/*", "arn:aws:s3:::home/bob/x", false},
      {"${aws:PrincipalTag/team, 'red'}-*", "red-1", true},
      {"${aws:PrincipalTag/team}-*", "red-1", false},
      {"${wild}", "*", true},
      {"${wild}", "x", false},
      {"${two}", "1", false},
  };
  ContextKeys keys;
  keys.set("aws:username", "ann");
  keys.set("wild", "*");
  keys.setAll("two", {"1", "2"});
  for (const Case& c : cases) {
    EXPECT_EQ(Pattern(c.pattern, {}).matches(c.subject, keys), c.matches) << c.pattern << " against " << c.subject;
  }
  EXPECT_TRUE(Pattern("ABC*", {.ignore_case = true}).matches("abCd", keys));
  EXPECT_FALSE(Pattern("*", {.wildcards = false}).matches("x", keys));
  EXPECT_TRUE(Pattern("${aws:username}", {.variables = false}).matches("${aws:username}", keys));
}

/// The plain definition, exponential but evidently right.
bool reference(std::string_view pattern, std::string_view subject) {
  if (pattern.empty()) return subject.empty();
  if (pattern[0] == '*') {
    return reference(pattern.substr(1), subject) || (!subject.empty() && reference(pattern, subject.substr(1)));
  }
  return !subject.empty() && (pattern[0] == '?' || pattern[0] == subject[0]) &&
         reference(pattern.substr(1), subject.substr(1));
}

TEST(Pattern, AgreesWithThePlainDefinition) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto text = [&](std::string_view alphabet, unsigned longest) {
    std::string made(random() % (longest + 1), ' ');
    for (char& c : made) c = alphabet[random() % alphabet.size()];
    return made;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string pattern = text("ab*?", 7);
    const std::string subject = text("ab", 8);
    ASSERT_EQ(Pattern(pattern, {}).matches(subject, {}), reference(pattern, subject)) << pattern << " / " << subject;
  }
}

TEST(Pattern, TakesLinearTimeForManyStars) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "a*";
  pattern += "b";
  const std::string subject(100000, 'a');
  EXPECT_FALSE(Pattern(pattern, {}).matches(subject, {}));
}

}  // namespace
}  // namespace thimble::lang::policy
