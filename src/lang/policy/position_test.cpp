#include "lang/policy/position.h"

#include <gtest/gtest.h>

namespace thimble::lang::policy {
namespace {

TEST(Position, OfOneStatement) {
  const auto positions = statementPositions(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow"}})");
  ASSERT_EQ(positions.size(), 1U);
  EXPECT_EQ(positions[0].start, (TextPosition{1, 41}));
  EXPECT_EQ(positions[0].end, (TextPosition{1, 59}));
}

TEST(Position, OfAListOverLines) {
  const auto positions =
      statementPositions("{\n \"Id\": \"{Statement\",\n \"Statement\": [\n  {\"Sid\": \"}\"},\n  {\n  }\n ]\n}\n");
  ASSERT_EQ(positions.size(), 2U);
  EXPECT_EQ(positions[0].start, (TextPosition{4, 4}));
  EXPECT_EQ(positions[0].end, (TextPosition{4, 15}));
  EXPECT_EQ(positions[1].start, (TextPosition{5, 4}));
  EXPECT_EQ(positions[1].end, (TextPosition{6, 4}));
}

}  // namespace
}  // namespace thimble::lang::policy
