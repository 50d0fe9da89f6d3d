#include "lang/policy/condition.h"

#include <gtest/gtest.h>

namespace thimble::lang::policy {
namespace {

struct Case {
  const char* op;
  const char* key;
  std::vector<std::string> values;
  bool holds;
};

TEST(Condition, OperatorsJudgeAsIamSays) {
  ContextKeys keys;
  keys.set("aws:username", "ann");
  keys.set("aws:SourceIp", "10.1.2.3");
  keys.set("v6", "2001:db8::1");
  keys.set("n", "10");
  keys.set("when", "2024-06-01T12:00:00Z");
  keys.set("epoch", "1717243200");
  keys.set("secure", "true");
  keys.set("bytes", "QUJD");
  keys.set("arn", "arn:aws:sns:eu-west-1:111122223333:topic");
  keys.setAll("tags", {"red", "green"});
  keys.setAll("none", {});
  const Case cases[] = {
      {"StringEquals", "aws:username", {"ann"}, true},
      {"StringEquals", "AWS:UserName", {"bob", "ann"}, true},
      {"StringEquals", "aws:username", {"Ann"}, false},
      {"StringEquals", "aws:username", {"a*"}, false},
      {"stringequals", "aws:username", {"ann"}, true},
      {"StringEquals", "absent", {"ann"}, false},
      {"StringEqualsIfExists", "absent", {"ann"}, true},
      {"StringEqualsIfExists", "aws:username", {"bob"}, false},
      {"StringNotEquals", "aws:username", {"bob"}, true},
      {"StringNotEquals", "aws:username", {"bob", "ann"}, false},
      {"StringNotEquals", "absent", {"bob"}, true},
      {"StringEqualsIgnoreCase", "aws:username", {"ANN"}, true},
      {"StringNotEqualsIgnoreCase", "aws:username", {"ANN"}, false},
      {"StringLike", "aws:username", {"a?n"}, true},
      {"StringLike", "aws:username", {"b*"}, false},
      {"StringNotLike", "aws:username", {"a*"}, false},
      {"StringEquals", "aws:username", {"${aws:username}"}, true},
      {"StringEquals", "aws:username", {"${absent}"}, false},
      {"StringLike", "aws:username", {"${absent, 'a'}*"}, true},
      {"NumericEquals", "n", {"10.0"}, true},
      {"NumericNotEquals", "n", {"10"}, false},
      {"NumericLessThan", "n", {"10"}, false},
      {"NumericLessThanEquals", "n", {"10"}, true},
      {"NumericGreaterThan", "n", {"9.5"}, true},
      {"NumericGreaterThanEquals", "n", {"11"}, false},
      {"NumericEquals", "aws:username", {"1"}, false},
      {"NumericLessThan", "n", {"many"}, false},
      {"DateEquals", "when", {"2024-06-01T12:00:00Z"}, true},
      {"DateGreaterThan", "when", {"2024-01-01"}, true},
      {"DateLessThan", "when", {"2024-01-01"}, false},
      {"DateLessThanEquals", "when", {"1717243200"}, true},
      {"DateEquals", "epoch", {"2024-06-01T12:00:00Z"}, true},
      {"DateNotEquals", "when", {"2024-06-01T12:00:00Z"}, false},
      {"DateGreaterThanEquals", "when", {"2025"}, false},
      {"Bool", "secure", {"true"}, true},
      {"Bool", "secure", {"True"}, true},
      {"Bool", "secure", {"false"}, false},
      {"Bool", "absent", {"false"}, false},
      {"BoolIfExists", "absent", {"true"}, true},
      {"BinaryEquals", "bytes", {"QUJD"}, true},
      {"BinaryEquals", "bytes", {"QUJE"}, false},
      {"IpAddress", "aws:SourceIp", {"10.0.0.0/8"}, true},
      {"IpAddress", "aws:SourceIp", {"10.1.2.0/25", "192.168.0.0/16"}, true},
      {"IpAddress", "aws:SourceIp", {"10.1.2.4"}, false},
      {"IpAddress", "aws:SourceIp", {"nonsense"}, false},
      {"IpAddress", "aws:SourceIp", {"0.0.0.0/0"}, true},
      {"NotIpAddress", "aws:SourceIp", {"10.0.0.0/8"}, false},
      {"NotIpAddress", "absent", {"10.0.0.0/8"}, true},
      {"IpAddress", "v6", {"2001:db8::/32"}, true},
      {"IpAddress", "v6", {"0.0.0.0/0"}, false},
      {"ArnLike", "arn", {"arn:aws:sns:*:111122223333:*"}, true},
      {"ArnEquals", "arn", {"arn:aws:sns:eu-west-1:111122223333:topic"}, true},
      {"ArnLike", "arn", {"arn:aws:sns:*"}, false},
      {"ArnLike", "arn", {"*"}, true},
      {"ArnNotLike", "arn", {"arn:aws:sns:*:*:topic"}, false},
      {"ArnNotEquals", "absent", {"arn:aws:sns:*:*:topic"}, true},
      {"ArnLike", "aws:username", {"arn:aws:sns:*:*:*"}, false},
      {"Null", "absent", {"true"}, true},
      {"Null", "absent", {"false"}, false},
      {"Null", "aws:username", {"false"}, true},
      {"Null", "none", {"true"}, true},
      {"ForAnyValue:StringEquals", "tags", {"green", "blue"}, true},
      {"ForAnyValue:StringEquals", "tags", {"blue"}, false},
      {"ForAnyValue:StringEquals", "absent", {"blue"}, false},
      {"ForAllValues:StringEquals", "tags", {"green", "red", "blue"}, true},
      {"ForAllValues:StringEquals", "tags", {"green"}, false},
      {"ForAllValues:StringEquals", "absent", {"green"}, true},
      {"ForAllValues:StringNotEquals", "tags", {"blue"}, true},
      {"ForAllValues:StringNotEquals", "tags", {"red"}, false},
      {"ForAnyValue:StringNotEquals", "tags", {"red"}, true},
      {"ForAnyValue:StringNotEquals", "tags", {"red", "green"}, false},
      {"ForAnyValue:StringLikeIfExists", "absent", {"x"}, true},
      {"StringEquals", "aws:username", {}, false},
  };
  for (const Case& c : cases) {
    const auto op = ConditionOperator::parse(c.op);
    ASSERT_TRUE(op) << c.op;
    std::string what = std::string(c.op) + " " + c.key;
    for (const std::string& value : c.values) what += " " + value;
    EXPECT_EQ(Condition(c.op, *op, c.key, c.values, true).holds(keys), c.holds) << what;
  }
}

TEST(Condition, UnknownOperators) {
  for (const char* name : {"", "StringEqual", "ForAll:StringEquals", "IfExists", "ForAnyValue:", "BoolNot"}) {
    EXPECT_FALSE(ConditionOperator::parse(name)) << name;
  }
}

}  // namespace
}  // namespace thimble::lang::policy
