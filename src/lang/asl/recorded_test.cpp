// Executions recorded from AWS, where they are at hand: those that need no other service and only JSONPath.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "lang/asl/choice.h"
#include "lang/asl/memory_run.h"

namespace thimble::lang::asl {
namespace {

using base::Json;

/// The recordings name ids, dates and names by words; those become wildcards.
std::string wildcards(const std::string& text, const Json& placeholders) {
  std::vector<std::string> words = {"111111111111", "timestamp", "datetime", "date"};
  for (const Json& word : placeholders.asArray()) {
    if (word.asString().size() > 2) words.push_back(word.asString());
  }
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 0;
    for (const std::string& word : words) {
      if (text.compare(i, word.size(), word) == 0) length = std::max(length, word.size());
    }
    if (text[i] == '<') {
      const std::size_t end = text.find('>', i);
      if (end != std::string::npos && end - i < 60) length = std::max(length, end - i + 1);
    }
    if (length > 0) {
      out += '*';
      i += length;
    } else {
      if (text[i] == '*' || text[i] == '\\') out += '\\';
      out += text[i++];
    }
  }
  return out;
}

bool same(const Json& expected, const Json& actual, const Json& placeholders, std::string& where) {
  const auto differs = [&](const std::string& what) {
    where += what + ": expected " + expected.write() + ", got " + actual.write();
    return false;
  };
  if ((expected.isObject() || expected.isArray()) && actual.isString()) {
    auto parsed = Json::parse(actual.asString());
    return parsed.ok() ? same(expected, parsed.value(), placeholders, where) : differs("text");
  }
  if (expected.isObject()) {
    if (!actual.isObject() || expected.size() != actual.size()) return differs("members");
    for (const auto& [name, value] : expected.asObject()) {
      where += "." + name;
      const std::size_t length = where.size() - name.size() - 1;
      if (!actual.contains(name)) return differs("missing");
      if (!same(value, actual[name], placeholders, where)) return false;
      where.resize(length);
    }
    return true;
  }
  if (expected.isArray()) {
    if (!actual.isArray() || expected.size() != actual.size()) return differs("elements");
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!same(expected[i], actual[i], placeholders, where)) return false;
    }
    return true;
  }
  if (!expected.isString() || !actual.isString()) {
    if (expected == actual || expected == Json("timestamp") || expected == Json("RandomNumberGenerated")) return true;
    return differs("value");
  }
  if (expected == actual || matchesWildcard(actual.asString(), wildcards(expected.asString(), placeholders)))
    return true;
  if (expected.asString()[0] == '[') {
    auto left = Json::parse(expected.asString()), right = Json::parse(actual.asString());
    if (left.ok() && right.ok() && same(left.value(), right.value(), placeholders, where)) return true;
  }
  return differs("text");
}

TEST(RecordedTest, TheComparisonSeesDifferences) {
  const Json placeholders = Json::array({"<name>"});
  const Json expected = Json::parse(R"({"a":[{"b":"x <name:1> y"},1],"t":"timestamp"})").value();
  std::string where;
  EXPECT_TRUE(same(expected, Json::parse(R"({"a":[{"b":"x 12 y"},1],"t":5})").value(), placeholders, where)) << where;
  for (const char* other : {R"({"a":[{"b":"x 12 z"},1],"t":5})", R"({"a":[{"b":"x 12 y"},2],"t":5})",
                            R"({"a":[{"b":"x 12 y"}],"t":5})", R"({"a":[{"b":"x 12 y"},1],"t":5,"more":1})"}) {
    EXPECT_FALSE(same(expected, Json::parse(other).value(), placeholders, where)) << other;
  }
}

TEST(RecordedTest, ExecutionsGoAsOnAws) {
  const char* folder = std::getenv("THIMBLE_CONFORMANCE");
  std::ifstream file(
      (folder != nullptr ? std::string(folder) : std::string(THIMBLE_SOURCE_DIR "/../shared/conformance")) +
      "/stepfunctions.json");
  if (!file) GTEST_SKIP() << "SKIPPED: the recorded cases are not here";
  std::stringstream text;
  text << file.rdbuf();
  const Json recordings = Json::parse(text.str()).value();
  int run_count = 0, refused = 0;
  std::vector<std::string> wrong;
  for (const Json& test : recordings["cases"].asArray()) {
    if (test["kind"] != Json("execution") || !test["needs"].empty()) continue;
    const Json& definition = test["definition"];
    const ParseOutcome parsed =
        parseDefinition(definition.isString() ? definition.asString() : definition.write(), MachineType::Standard);
    if (!parsed.definition) {
      bool not_yet = false;
      for (const Diagnostic& diagnostic : parsed.diagnostics) not_yet = not_yet || diagnostic.code == "NOT_IMPLEMENTED";
      if (not_yet) {
        ++refused;
      } else {
        wrong.push_back(test["id"].asString() + " refused: " + diagnosticsText(parsed.diagnostics));
      }
      continue;
    }
    ++run_count;
    const std::string input = test.stringAt("input", "{}");
    const MemoryRun run = runInMemory(parsed.definition, Payload(Json::parse(input).value(), input), {}, false, 10);
    EXPECT_EQ(brokenLaw(run.events, run.header.status == ExecutionStatus::Running), "") << test["id"].asString();
    const Json& expected = test["expected"];
    Json events = Json::array();
    for (const HistoryEvent& event : run.events) events.push(eventModel(event));
    if (expected["history"].size() == 1) continue;  // A recording that was cut off.
    Json actual = Json::object({{"status", Json(statusName(run.header.status))}});
    if (run.header.status == ExecutionStatus::Succeeded) actual.set("output", Json(*run.header.output.text()));
    if (run.header.error) actual.set("error", Json(*run.header.error));
    if (run.header.cause) actual.set("cause", Json(*run.header.cause));
    for (const char* name : {"status", "output", "error", "cause", "history"}) {
      if (!expected.contains(name) || (std::string_view(name) == "history" && !test["history_params"].isNull()))
        continue;
      std::string where = name;
      if (same(expected[name], std::string_view(name) == "history" ? events : actual[name], test["placeholders"],
               where))
        continue;
      wrong.push_back(test["id"].asString() + " " + where.substr(0, 600));
      break;
    }
  }
  std::cout << run_count << " executions run, " << wrong.size() << " differ, " << refused
            << " refused as not implemented\n";
  for (const std::string& line : wrong) std::cout << "  " << line << "\n";
  EXPECT_GT(run_count, 300);
  EXPECT_LT(static_cast<double>(wrong.size()), 0.05 * run_count);
}

}  // namespace
}  // namespace thimble::lang::asl
