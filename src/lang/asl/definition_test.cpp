// Definitions that AWS refuses, and its diagnostics.
#include "lang/asl/definition.h"

#include <gtest/gtest.h>

namespace thimble::lang::asl {
namespace {

struct RefusedCase {
  const char* definition;
  const char* diagnostics;
};

class RefusedTest : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedTest, SaysWhy) {
  EXPECT_EQ(diagnosticsText(parseDefinition(GetParam().definition, MachineType::Standard).diagnostics),
            GetParam().diagnostics);
}

INSTANTIATE_TEST_SUITE_P(
    Definitions, RefusedTest,
    testing::Values(
        RefusedCase{R"({"States":{"A":{"Type":"Pass","End":true}}})",
                    "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"},
        RefusedCase{R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}})",
                    "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, MISSING_END_STATE: "
                    "Workflow has no terminal state at null"},
        RefusedCase{R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}})",
                    "MISSING_END_STATE: Workflow has no terminal state at null"},
        RefusedCase{R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true},"C":{"Type":"Pass","End":true}}})",
                    "MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C"},
        RefusedCase{
            R"({"StartAt":"M","States":{"M":{"Type":"Map","TimeoutSeconds":3,"ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}},"End":true}}})",
            "SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/M"},
        RefusedCase{R"({"StartAt":"W","States":{"W":{"Type":"Wait","Timestamp":"2016-13-05T21:29:29Z","End":true}}})",
                    "SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/W/Timestamp"},
        RefusedCase{R"({"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"nope"},"End":true}}})",
                    "SCHEMA_VALIDATION_FAILED: The value for the field 'x.$' must be a valid JSONPath or a valid "
                    "intrinsic function call at "
                    "/States/A/Parameters"},
        RefusedCase{R"({"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1},"End":true}}})",
                    "NOT_IMPLEMENTED: The field 'Assign' is not implemented yet at /States/A"},
        RefusedCase{
            R"({"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}],"End":true}}})",
            "DUPLICATE_STATE_NAME: Duplicate State name: P at /States/P/Branches[0]/States/P"}));

TEST(DefinitionTest, NestsAreBounded) {
  std::string text = R"({"StartAt":"S","States":{"S":{"Type":"Pass","End":true}}})";
  for (int i = 0; i < 200; ++i) {
    const std::string name = "P" + std::to_string(i);
    text = R"({"StartAt":")" + name + R"(","States":{")" + name + R"(":{"Type":"Parallel","End":true,"Branches":[)" +
           text + "]}}}";
  }
  EXPECT_FALSE(parseDefinition(text, MachineType::Standard).definition);
  EXPECT_FALSE(parseDefinition(std::string(200'000, '['), MachineType::Standard).definition);
  EXPECT_FALSE(parseDefinition(std::string(kMaxDefinitionBytes + 1, ' '), MachineType::Standard).definition);
}

}  // namespace
}  // namespace thimble::lang::asl
