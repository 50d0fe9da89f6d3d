#include "wire/shapes/constraints.h"

#include <gtest/gtest.h>

namespace thimble::shapes {
namespace {

using base::Json;

// A small model, written by hand: what the generator writes for a service.
extern const Shape kTestShapes[11];
constexpr std::string_view kStates[] = {"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"};
constexpr Member kElement[] = {{.name = "member", .shape = &kTestShapes[1]}};
constexpr Member kTagElement[] = {{.name = "member", .shape = &kTestShapes[6]}};
constexpr Member kTagMembers[] = {{.name = "Key", .shape = &kTestShapes[1], .required = true},
                                  {.name = "Value", .shape = &kTestShapes[0]}};
constexpr Member kMapKey[] = {{.name = "key", .shape = &kTestShapes[1]}};
constexpr Member kMapValue[] = {{.name = "value", .shape = &kTestShapes[0]}};
constexpr Member kInputMembers[] = {{.name = "Name", .shape = &kTestShapes[1], .required = true},
                                    {.name = "Count", .shape = &kTestShapes[2]},
                                    {.name = "State", .shape = &kTestShapes[3]},
                                    {.name = "Names", .shape = &kTestShapes[4]},
                                    {.name = "Tags", .shape = &kTestShapes[5]},
                                    {.name = "Variables", .shape = &kTestShapes[7]},
                                    {.name = "Secret", .shape = &kTestShapes[9]},
                                    {.name = "NotNumbers", .shape = &kTestShapes[10]},
                                    {.name = "Stream", .shape = &kTestShapes[0], .required = true, .streaming = true}};
constexpr Shape kTestShapes[11] = {
    {.name = "Text", .kind = ShapeKind::String},
    {.name = "Name", .kind = ShapeKind::String, .pattern = "[a-z]+", .pattern_re2 = "[a-z]+", .min = 2.0, .max = 4.0},
    {.name = "Count", .kind = ShapeKind::Integer, .min = 1.0, .max = 1000.0},
    {.name = "State", .kind = ShapeKind::String, .enumeration = kStates},
    {.name = "Names", .kind = ShapeKind::List, .element = kElement, .max = 2.0},
    {.name = "Tags", .kind = ShapeKind::List, .element = kTagElement},
    {.name = "Tag", .kind = ShapeKind::Structure, .members = kTagMembers},
    {.name = "Variables", .kind = ShapeKind::Map, .element = kMapValue, .key = kMapKey},
    {.name = "Input", .kind = ShapeKind::Structure, .members = kInputMembers},
    {.name = "Secret", .kind = ShapeKind::String, .max = 3.0, .sensitive = true},
    {.name = "NotNumber",
     .kind = ShapeKind::String,
     .pattern = "(?!^[0-9]+$)([a-z0-9]+)",
     .pattern_re2 = "[a-z0-9]+",
     .forbidden_re2 = "[0-9]+"},
};
const Service kTestService = {.name = "test"};
const Operation kTestOperation = {.name = "DoIt", .service = &kTestService, .input = &kTestShapes[8]};

TEST(Constraints, AnswerInTheWordsOfAws) {
  const std::string one = "1 validation error detected: Value ";
  const std::string failed = " failed to satisfy constraint: ";
  struct Case {
    const char* input;
    std::string message;  // Empty: passes.
  };
  const Case cases[] = {
      {R"({"Name": "abc"})", ""},
      {R"({})", one + "null at 'name'" + failed + "Member must not be null"},
      {R"({"Name": "aB"})", one + "'aB' at 'name'" + failed + "Member must satisfy regular expression pattern: [a-z]+"},
      {R"({"Name": "abcde"})", one + "'abcde' at 'name'" + failed + "Member must have length less than or equal to 4"},
      {R"({"Name": "a"})", one + "'a' at 'name'" + failed + "Member must have length greater than or equal to 2"},
      {R"({"Name": "abc", "Count": 1001})",
       one + "'1001' at 'count'" + failed + "Member must have value less than or equal to 1000"},
      {R"({"Name": "abc", "State": "succeeded"})",
       one + "'succeeded' at 'state'" + failed +
           "Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]"},
      {R"({"Name": "abc", "Names": ["ab", "B"]})",
       one + "'[ab, B]' at 'names'" + failed +
           "Member must satisfy constraint: [Member must have length less than or equal to 4, Member must have length "
           "greater than or equal to 2, Member must satisfy regular expression pattern: [a-z]+]"},
      {R"({"Name": "abc", "Names": ["ab", "ab", "ab"]})",
       one + "'[ab, ab, ab]' at 'names'" + failed + "Member must have length less than or equal to 2"},
      {R"({"Name": "abc", "Tags": [{"Key": "ab"}, {"Value": "x"}]})",
       one + "null at 'tags.2.member.key'" + failed + "Member must not be null"},
      {R"({"Name": "abc", "Variables": {"A": "x"}})",
       one + "'{A=x}' at 'variables'" + failed +
           "Map keys must satisfy constraint: [Member must have length less than or equal to 4, Member must have "
           "length greater than or equal to 2, Member must satisfy regular expression pattern: [a-z]+]"},
      {R"({"Name": "abc", "Secret": "four"})",
       one + "at 'secret'" + failed + "Member must have length less than or equal to 3"},
      {R"({"Name": "abc", "NotNumbers": "12a"})", ""},
      {R"({"Name": "abc", "NotNumbers": "12"})",
       one + "'12' at 'notNumbers'" + failed +
           "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-z0-9]+)"},
      {R"({"Name": "abcde", "Count": 0})",
       "2 validation errors detected: Value 'abcde' at 'name' failed to satisfy constraint: Member must have length "
       "less than or equal to 4; Value '0' at 'count' failed to satisfy constraint: Member must have value greater "
       "than or equal to 1"},
  };
  for (const Case& c : cases) {
    auto result = validate(kTestOperation, Json::parse(c.input).value());
    EXPECT_EQ(result.ok() ? "" : result.error().message, c.message) << c.input;
    if (!result.ok()) {
      EXPECT_EQ(result.error().code, "ValidationException");
    }
  }
}

TEST(Constraints, AreSkippedWhereTheServiceChecksItself) {
  Operation operation = kTestOperation;
  operation.validate = false;
  EXPECT_TRUE(validate(operation, Json::object()).ok());
  constexpr std::string_view kSkipped[] = {"Name"};
  operation = kTestOperation;
  operation.unvalidated_members = kSkipped;
  EXPECT_TRUE(validate(operation, Json::object()).ok());
}

}  // namespace
}  // namespace thimble::shapes
