// Replays templates with what AWS's own transform makes of them, where the cases are present.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/json.h"
#include "base/result.h"
#include "lang/sam/transform.h"
#include "lang/template/document.h"

namespace thimble::lang::sam {
namespace {

/// Of the cases; a fall below is a regression.
constexpr int kLeastPercent = 98;

std::string readFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Lists in the order of their elements' text.
base::Json sorted(const base::Json& json) {
  if (json.isArray()) {
    base::Json list = base::Json::array();
    std::vector<std::pair<std::string, base::Json>> items;
    for (const base::Json& item : json.asArray()) {
      base::Json inner = sorted(item);
      items.emplace_back(inner.write({.sort_keys = true}), inner);
    }
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [text, item] : items) list.push(item);
    return list;
  }
  if (!json.isObject()) return json;
  base::Json object = base::Json::object();
  for (const auto& [name, member] : json.asObject()) object.set(name, sorted(member));
  return object;
}

std::string firstDifference(const base::Json& got, const base::Json& want, const std::string& path) {
  if (got == want) return {};
  if (got.isObject() && want.isObject()) {
    for (const auto& [name, member] : want.asObject()) {
      if (!got.contains(name)) return path + "/" + name + " is missing: " + member.write().substr(0, 300);
    }
    for (const auto& [name, member] : got.asObject()) {
      if (!want.contains(name)) return path + "/" + name + " is too much: " + member.write().substr(0, 300);
    }
    for (const auto& [name, member] : want.asObject()) {
      const std::string inner = firstDifference(got[name], member, path + "/" + name);
      if (!inner.empty()) return inner;
    }
  }
  if (got.isArray() && want.isArray() && got.size() == want.size()) {
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::string inner = firstDifference(got[i], want[i], path + "/" + std::to_string(i));
      if (!inner.empty()) return inner;
    }
  }
  return path + "\n    got  " + got.write({.sort_keys = true}).substr(0, 600) + "\n    want " +
         want.write({.sort_keys = true}).substr(0, 600);
}

TEST(SamConformance, Cases) {
  const char* given = std::getenv("THIMBLE_CONFORMANCE");
  const std::filesystem::path root =
      (given != nullptr ? std::filesystem::path(given)
                        : std::filesystem::path(THIMBLE_SOURCE_DIR) / "../shared/conformance") /
      "sam";
  if (!std::filesystem::exists(root / "cases.json")) GTEST_SKIP() << "SKIPPED: no cases at " << root;
  const base::Json cases = base::Json::parse(readFile(root / "cases.json")).value();
  const char* only = std::getenv("THIMBLE_SAM_ONLY");
  int passed = 0;
  int total = 0;
  for (const base::Json& one : cases["cases"].asArray()) {
    const std::string id = one.stringAt("id");
    if (only != nullptr && id.find(only) == std::string::npos) continue;
    ++total;
    TransformInput input;
    auto document = template_::readDocument(readFile(root / one.stringAt("input")));
    if (!document.ok()) {
      std::cout << "DIFFERS " << id << " cannot be read: " << document.error().message << "\n";
      continue;
    }
    input.document = document.value();
    input.parameter_values = cases["parameter_values"];
    input.region = cases.stringAt("region");
    for (const char* version : {"1.0.0", "1.0.1", "1.0.2"}) {
      for (const char* region : {"us-east-1", "ap-southeast-1"}) {
        input.applications[{"arn:aws:serverlessrepo:" + std::string(region) + ":123456789012:applications/hello-world",
                            version}] = "https://awsserverlessrepo-changesets-xxx.s3.amazonaws.com/signed-url";
      }
    }
    const base::Json want = base::Json::parse(readFile(root / one.stringAt("output"))).value();
    const auto result = transform(input);
    std::string difference;
    if (one.stringAt("kind") == "success") {
      difference =
          result.ok() ? firstDifference(sorted(result.value()), sorted(want), "") : "failed: " + result.error().message;
    } else if (result.ok()) {
      difference = "succeeded; want " + one.stringAt("error_message");
    } else if (result.error().message != one.stringAt("error_message")) {
      difference = "\n    got  " + result.error().message + "\n    want " + one.stringAt("error_message");
    }
    if (difference.empty())
      ++passed;
    else
      std::cout << "DIFFERS " << id << " " << difference << "\n";
  }
  std::cout << "sam cases: " << passed << " of " << total << " as AWS answers\n";
  // Those that differ need an application repository, or a logical id that is a number in YAML.
  EXPECT_GE(passed * 100, total * kLeastPercent);
}

}  // namespace
}  // namespace thimble::lang::sam
