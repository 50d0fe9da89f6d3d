// The cases are in report_formats_cases.yaml.
#include "services/codebuild/reports/report_formats.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "lang/buildspec/node.h"

namespace thimble::services::codebuild {
namespace {

using lang::buildspec::Node;

std::string show(const TestCase& test) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.9g", static_cast<double>(test.nanoseconds) / 1e9);
  std::string out = test.status + " " + test.suite + " | " + test.prefix + " | " + test.name + " | " + seconds + ":";
  return test.message.empty() ? out : out + " " + test.message;
}

std::string show(const FileCoverage& file) {
  return file.path + " lines " + std::to_string(file.lines_covered) + "+" + std::to_string(file.lines_missed) +
         " branches " + std::to_string(file.branches_covered) + "+" + std::to_string(file.branches_missed);
}

std::vector<std::string> texts(const Node* list) {
  std::vector<std::string> out;
  if (list == nullptr) return out;
  for (const Node& each : list->items) out.push_back(each.text);
  return out;
}

TEST(ReportFormats, Cases) {
  std::ifstream file(THIMBLE_SOURCE_DIR "/src/services/codebuild/report_formats_cases.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  const auto cases = lang::buildspec::readNode(text.str());
  ASSERT_TRUE(cases.ok()) << cases.error().message;
  ASSERT_GT(cases->items.size(), 12U);
  for (const Node& each : cases->items) {
    SCOPED_TRACE(each.find("name")->text);
    const std::string format = each.find("format")->text;
    const std::optional<ParsedReport> report = parseReport(format, each.find("text")->text);
    EXPECT_EQ(report.has_value(), each.find("refused") == nullptr);
    if (!report) continue;
    std::vector<std::string> tests, files;
    for (const TestCase& test : report->cases) tests.push_back(show(test));
    for (const FileCoverage& covered : report->coverage) files.push_back(show(covered));
    EXPECT_EQ(tests, texts(each.find("cases")));
    EXPECT_EQ(files, texts(each.find("coverage")));
    EXPECT_EQ(isCoverageFormat(format), each.find("coverage") != nullptr);
  }
}

TEST(ReportFormats, DepthIsBounded) {
  std::string deep = "<testsuite>";
  for (int i = 0; i < 200'000; ++i) deep += "<s>";
  const std::optional<ParsedReport> report = parseReport("JUNITXML", deep);
  EXPECT_TRUE(!report || report->cases.empty());
  EXPECT_FALSE(parseReport("CUCUMBERJSON", std::string(200'000, '[')));
}

}  // namespace
}  // namespace thimble::services::codebuild
