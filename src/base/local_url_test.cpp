#include "base/local_url.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace thimble::base {
namespace {

TEST(LocalUrl, OnlyWholeAddressesOfDeployedApisChange) {
  const std::string here = "http://localhost:4566";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://a1b2.execute-api.eu-west-1.amazonaws.com/prod/start?x=1",
       here + "/restapis/a1b2/prod/_user_request_/start?x=1"},
      {"https://a1b2.execute-api.eu-west-1.amazonaws.com/prod", here + "/restapis/a1b2/prod/_user_request_"},
      {"https://a1b2.execute-api.eu-west-1.amazonaws.com", here + "/restapis/a1b2"},
      {"http://a1b2.execute-api.eu-west-1.amazonaws.com/prod", ""},
      {"see https://a1b2.execute-api.eu-west-1.amazonaws.com/prod", ""},
      {"https://A.execute-api.eu-west-1.amazonaws.com/prod", ""},
      {"https://.execute-api.eu-west-1.amazonaws.com/prod", ""},
      {"https://a.execute-api.eu-west-1.amazonaws.com.evil.example/prod", ""},
      {"https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/a", here + "/v1/repos/a"},
      {"https://git-codecommit.eu-west-1.amazonaws.com/x", ""},
      {"https://git-codecommit.evil.example.amazonaws.com/v1/repos/a", ""},
      {"ssh://git-codecommit.eu-west-1.amazonaws.com/v1/repos/a", ""},
      {"", ""},
  };
  for (const auto& [value, expected] : cases) EXPECT_EQ(localUrl(value, here), expected.empty() ? value : expected);
  EXPECT_EQ(localUrl(cases[0].first, ""), cases[0].first);
}

}  // namespace
}  // namespace thimble::base
