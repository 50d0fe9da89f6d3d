#include "services/dynamodb/vectors/vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Value;

Value list(const std::vector<std::string>& numbers) {
  Json out = Json::array();
  for (const std::string& number : numbers) out.push(Json::object({{"N", number}}));
  return *Value::fromJson(Json::object({{"L", std::move(out)}}));
}

std::string packed(const std::vector<std::string>& numbers) {
  return *packVector(list(numbers), numbers.size());
}

TEST(Vectors, AreListsOfSoManyNumbersWithinAFloatsRange) {
  using Kind = VectorFault::Kind;
  const struct {
    const char* json;
    Kind kind;
    std::size_t position;
    const char* actual;
  } cases[] = {
      {R"({"S": "x"})", Kind::NotAList, 0, "S"},
      {R"({"NS": ["1", "2", "3"]})", Kind::NotAList, 0, "NS"},
      {R"({"L": []})", Kind::OtherSize, 0, ""},
      {R"({"L": [{"N": "1"}, {"N": "2"}]})", Kind::OtherSize, 2, ""},
      {R"({"L": [{"N": "1"}, {"S": "x"}, {"BOOL": true}]})", Kind::NotANumber, 1, "S"},
      {R"({"L": [{"N": "1E+39"}, {"N": "0"}, {"N": "0"}]})", Kind::OutOfRange, 0, "1E+39"},
      {R"({"L": [{"N": "0"}, {"N": "0"}, {"N": "-123E+60"}]})", Kind::OutOfRange, 2, "-1.23E+62"},
      {R"({"L": [{"N": "3.4028236E38"}, {"N": "0"}, {"N": "0"}]})", Kind::OutOfRange, 0, "3.4028236E+38"},
  };
  for (const auto& each : cases) {
    const Value value = *Value::fromJson(*Json::parse(each.json));
    const auto result = packVector(value, 3);
    ASSERT_FALSE(result.ok()) << each.json;
    EXPECT_EQ(result.error().kind, each.kind) << each.json;
    EXPECT_EQ(result.error().position, each.position) << each.json;
    EXPECT_EQ(result.error().actual, each.actual) << each.json;
  }
}

TEST(Vectors, ShowTheShortestFormsOfTheirFloats) {
  EXPECT_EQ(numbersOf(packed({"1", "0", "-0.5", "16777217", "0.1", "1.000000059604644775390625", "1e-23",
                              "-3.4028235e38", "1e-60", "123456.789", "0.00001", "1e15", "1e16"})),
            (std::vector<std::string>{"1.0", "0.0", "-0.5", "16777216.0", "0.1", "1.0", "1e-23", "-3.4028235e38", "0.0",
                                      "123456.79", "0.00001", "1000000000000000.0", "1e16"}));
}

TEST(Vectors, AreScoredAsOnAws) {
  const double largest = std::numeric_limits<float>::max();
  const struct {
    Distance distance;
    std::vector<std::string> left, right;
    double score;
  } cases[] = {
      {Distance::Cosine, {"1", "0", "0"}, {"1", "0", "0"}, 0},
      {Distance::Cosine, {"1", "0", "0"}, {"0.6", "0.8", "0"}, static_cast<float>(0.4)},
      {Distance::Cosine, {"1", "0", "0"}, {"0", "1", "0"}, 1},
      {Distance::Cosine, {"1", "0", "0"}, {"-1", "0", "0"}, 2},
      {Distance::Cosine, {"0.3", "0.7", "0.1"}, {"0.3", "0.7", "0.1"}, 0},
      {Distance::Cosine, {"0", "0", "0"}, {"0", "0", "0"}, 1},
      {Distance::Cosine, {"1", "0", "0"}, {"0", "0", "0"}, 1},
      {Distance::Cosine, {"1e-23", "0"}, {"1e-23", "0"}, 0},
      {Distance::Euclidean, {"1", "0", "0"}, {"0", "1", "0"}, static_cast<float>(std::sqrt(2.0))},
      {Distance::Euclidean, {"3.4e38", "0"}, {"-3.4e38", "0"}, largest},
      {Distance::Euclidean, {"1", "2", "3", "4", "5"}, {"1", "2", "3", "4", "7"}, 2},
      {Distance::DotProduct, {"1", "0", "0"}, {"-1", "0", "0"}, -1},
      {Distance::DotProduct, {"3.4e38", "3.4e38"}, {"3.4e38", "-3.4e38"}, 0},
      {Distance::DotProduct, {"3.4e38", "3.4e38"}, {"-3.4e38", "-3.4e38"}, -largest},
      {Distance::DotProduct, {"1", "2", "3", "4", "5", "6"}, {"1", "1", "1", "1", "1", "1"}, 21},
  };
  for (const auto& each : cases) {
    const double scored = score(each.distance, packed(each.left), packed(each.right));
    EXPECT_NEAR(scored, each.score, std::abs(each.score) * 1e-7) << each.left[0] << " " << each.right[0];
    if (each.score == std::floor(each.score)) {
      EXPECT_EQ(scored, each.score);
    }
  }
}

TEST(Vectors, TheNearestAreThoseOfACompleteSort) {
  std::mt19937 random(20261130);
  for (const Distance distance : {Distance::Cosine, Distance::Euclidean, Distance::DotProduct}) {
    for (const std::size_t most : {1U, 3U, 10U, 100U}) {
      // Few scores, so that many are equal.
      std::vector<std::pair<double, std::string>> all;
      Nearest nearest(distance, most);
      for (int i = 0; i < 50; ++i) {
        const double score = static_cast<double>(random() % 12) - 6;
        all.emplace_back(score, std::to_string(i));
        nearest.offer(score, all.back().second);
      }
      std::stable_sort(all.begin(), all.end(), [&](const auto& left, const auto& right) {
        return distance == Distance::DotProduct ? left.first > right.first : left.first < right.first;
      });
      all.resize(std::min(all.size(), most));
      std::vector<std::pair<double, std::string>> found;
      for (auto& each : nearest.take()) found.emplace_back(each.score, each.row);
      EXPECT_EQ(found, all);
    }
  }
}

}  // namespace
}  // namespace thimble::services::dynamodb
