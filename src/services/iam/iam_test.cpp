// The operations, through the doorway: sequences of calls in testdata/calls.json.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "dispatch/testing/test_world.h"
#include "lang/policy/document.h"
#include "services/iam/managed_policies.h"
#include "services/iam/service.h"
#include "services/iam/service_linked_roles.h"

namespace thimble::services::iam {
namespace {

using base::Json;

/// What of `wanted` the answer does not have; empty when it has all.
std::string lacking(const Json& wanted, const Json& answer, const std::string& where) {
  if (wanted.isObject()) {
    if (!answer.isObject()) return where + " is " + answer.write();
    for (const auto& [name, value] : wanted.asObject()) {
      if (!answer.contains(name)) return where + "." + name + " is not there";
      std::string inside = lacking(value, answer[std::string_view(name)], where + "." + name);
      if (!inside.empty()) return inside;
    }
    return "";
  }
  if (wanted.isArray()) {
    if (!answer.isArray() || answer.size() != wanted.size()) return where + " is " + answer.write();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      std::string inside = lacking(wanted.asArray()[i], answer.asArray()[i], where + "[" + std::to_string(i) + "]");
      if (!inside.empty()) return inside;
    }
    return "";
  }
  if (wanted.isString() && wanted.asString().size() > 2 && wanted.asString().front() == '/' &&
      wanted.asString().back() == '/' && answer.isString()) {
    const std::string pattern = wanted.asString().substr(1, wanted.asString().size() - 2);
    if (std::regex_match(answer.asString(), std::regex(pattern))) return "";
  }
  return wanted == answer ? "" : where + " is " + answer.write();
}

TEST(Iam, AnswersSequencesOfCalls) {
  std::ifstream stream(THIMBLE_SOURCE_DIR "/src/services/iam/testdata/calls.json");
  std::stringstream text;
  text << stream.rdbuf();
  const auto file = Json::parse(text.str());
  ASSERT_TRUE(file.ok()) << file.error().message << " at " << file.error().offset;
  for (const Json& sequence : (*file)["sequences"].asArray()) {
    dispatch::TestWorld world;
    registerOperations(world.registry());
    world.start();
    for (const Json& call : sequence["calls"].asArray()) {
      const auto& [operation, input] = *call.asObject().begin();
      SCOPED_TRACE(sequence.stringAt("name") + ": " + operation + " " + input.write());
      const auto outcome = world.call("iam", operation, input);
      const std::string error = outcome.ok() ? "" : outcome.error().code + ": " + outcome.error().message;
      EXPECT_EQ(error, call.stringAt("error"));
      if (outcome.ok() && call.contains("out")) {
        EXPECT_EQ(lacking(call["out"], outcome->output, "$"), "");
      }
    }
  }
}

TEST(ManagedPolicies, AllCanBeCompiled) {
  EXPECT_GT(managedPolicies().size(), 100U);
  for (const auto& [arn, policy] : managedPolicies()) {
    EXPECT_TRUE(lang::policy::Document::parse(policy.document).ok()) << arn;
    EXPECT_EQ(policy.id.size(), 21U);
  }
  for (const char* arn :
       {"arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess",
        "arn:aws:iam::aws:policy/AWSCodePipeline_FullAccess", "arn:aws:iam::aws:policy/AWSLambda_FullAccess",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaRole"}) {
    EXPECT_NE(findManagedPolicy(arn), nullptr) << arn;
    EXPECT_FALSE(findManagedPolicy(arn)->retired) << arn;
  }
  // What templates of former years attach.
  for (const char* name : {"AWSLambdaFullAccess", "AWSLambdaReadOnlyAccess", "AWSCodePipelineFullAccess",
                           "AWSCodePipelineReadOnlyAccess"}) {
    const ManagedPolicy* policy = findManagedPolicy("arn:aws:iam::aws:policy/" + std::string(name));
    ASSERT_NE(policy, nullptr) << name;
    EXPECT_TRUE(policy->retired) << name;
  }
}

TEST(ServiceLinkedRoles, AreAscending) {
  std::string_view last;
  for (const ServiceLinkedRole& role : serviceLinkedRoles()) {
    EXPECT_LT(last, role.service);
    last = role.service;
  }
}

}  // namespace
}  // namespace thimble::services::iam
