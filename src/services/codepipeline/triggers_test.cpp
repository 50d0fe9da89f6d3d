#include "services/codepipeline/triggers.h"

#include <gtest/gtest.h>

namespace thimble::services::codepipeline {
namespace {

using base::Json;

TEST(Triggers, WhatHappenedToAPullRequestBetweenTwoLooks) {
  const struct {
    const char *before, *now, *event;
  } cases[] = {{"", "OPEN a", "OPEN"},           {"OPEN a", "OPEN b", "UPDATED"}, {"OPEN a", "CLOSED a", "CLOSED"},
               {"OPEN a", "CLOSED b", "CLOSED"}, {"", "CLOSED a", "CLOSED"},      {"CLOSED a", "CLOSED b", ""},
               {"OPEN a", "OPEN a", ""},         {"CLOSED a", "OPEN a", "OPEN"},  {"OPEN a", "", ""}};
  for (const auto& each : cases) {
    EXPECT_EQ(pullRequestEvent(each.before, each.now), each.event) << each.before << " -> " << each.now;
  }
}

TEST(Triggers, WhichPullRequestsAreWanted) {
  const Json git = *Json::parse(R"({"pullRequest": [
      {"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main", "release/**"], "excludes": ["release/old"]}},
      {"branches": {"includes": ["docs"]}, "filePaths": {"includes": ["docs/**"], "excludes": ["**/*.png"]}},
      {"events": ["CLOSED"]}]})");
  const struct {
    const char *event, *branch;
    Interest interest;
  } cases[] = {{"OPEN", "main", Interest::Certainly},    {"UPDATED", "release/1/2", Interest::Certainly},
               {"OPEN", "release/old", Interest::None},  {"OPEN", "other", Interest::None},
               {"CLOSED", "other", Interest::Certainly}, {"OPEN", "docs", Interest::Files},
               {"CLOSED", "docs", Interest::Certainly},  {"", "main", Interest::None}};
  for (const auto& each : cases) {
    EXPECT_EQ(interestInPullRequest(git, each.event, each.branch), each.interest) << each.event << " " << each.branch;
  }
  EXPECT_TRUE(pullRequestWantsFiles(git, "UPDATED", "docs", {"src/a", "docs/b/c.md"}));
  EXPECT_FALSE(pullRequestWantsFiles(git, "UPDATED", "docs", {"src/a", "docs/a.png"}));
  EXPECT_EQ(interestIn(git, "refs/heads/main"), Interest::None);
}

}  // namespace
}  // namespace thimble::services::codepipeline
