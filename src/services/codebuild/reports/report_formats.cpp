#include "services/codebuild/reports/report_formats.h"

#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <pugixml.hpp>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::codebuild {
namespace {

using base::Json;

constexpr int kMostDepth = 60;
constexpr std::size_t kMostMessage = 4096;

std::string attribute(const pugi::xml_node& node, const char* name) {
  return node.attribute(name).as_string();
}

std::int64_t seconds(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    if (c != ',') plain += c;
  }
  const double value = std::strtod(plain.c_str(), nullptr);
  return std::isfinite(value) && value > 0 && value < 1e9 ? static_cast<std::int64_t>(value * 1e9) : 0;
}

/// "01:02:03.5".
std::int64_t clockTime(const std::string& text) {
  int hours = 0, minutes = 0;
  double rest = 0;
  if (std::sscanf(text.c_str(), "%d:%d:%lf", &hours, &minutes, &rest) != 3) return 0;
  return static_cast<std::int64_t>((hours * 3600.0 + minutes * 60.0 + rest) * 1e9);
}

/// Calls `visit` for every element below `node` of that name.
void each(const pugi::xml_node& node, std::string_view name, const std::function<void(const pugi::xml_node&)>& visit,
          int depth = 0) {
  if (depth > kMostDepth) return;
  for (const pugi::xml_node& child : node.children()) {
    if (name == child.name()) visit(child);
    each(child, name, visit, depth + 1);
  }
}

std::string messageOf(const pugi::xml_node& node) {
  std::string text = attribute(node, "message");
  if (text.empty()) text = node.text().as_string();
  return text.substr(0, kMostMessage);
}

/// Why a test of NUnit's failed or was left out.
std::string nunitMessage(const pugi::xml_node& node) {
  const pugi::xml_node failure = node.child("failure");
  const pugi::xml_node reason = failure ? failure : node.child("reason");
  return std::string(reason.child("message").text().as_string()).substr(0, kMostMessage);
}

ParsedReport junit(const pugi::xml_node& root) {
  ParsedReport report;
  each(root, "testcase", [&](const pugi::xml_node& node) {
    TestCase test{attribute(node, "classname"),     attribute(node, "name"),         "SUCCEEDED", {},
                  attribute(node.parent(), "name"), seconds(attribute(node, "time"))};
    for (const auto& [element, status] :
         {std::pair<const char*, const char*>{"skipped", "SKIPPED"}, {"failure", "FAILED"}, {"error", "ERROR"}}) {
      if (const pugi::xml_node child = node.child(element)) {
        test.status = status;
        test.message = messageOf(child);
      }
    }
    report.cases.push_back(std::move(test));
  });
  return report;
}

ParsedReport nunit2(const pugi::xml_node& root) {
  ParsedReport report;
  each(root, "test-case", [&](const pugi::xml_node& node) {
    const std::string result = attribute(node, "result");
    TestCase test{{},
                  attribute(node, "name"),
                  "UNKNOWN",
                  {},
                  attribute(node.parent().parent(), "name"),
                  seconds(attribute(node, "time"))};
    if (result == "Success") test.status = "SUCCEEDED";
    if (result == "Failure") test.status = "FAILED";
    if (result == "Error") test.status = "ERROR";
    if (result == "Ignored" || result == "Skipped" || result == "NotRunnable") test.status = "SKIPPED";
    if (result.empty()) test.status = attribute(node, "success") == "True" ? "SUCCEEDED" : "FAILED";
    test.message = nunitMessage(node);
    report.cases.push_back(std::move(test));
  });
  return report;
}

ParsedReport nunit3(const pugi::xml_node& root) {
  ParsedReport report;
  each(root, "test-case", [&](const pugi::xml_node& node) {
    const std::string result = attribute(node, "result");
    TestCase test{
        attribute(node, "classname"),        attribute(node, "name"), "UNKNOWN", {}, attribute(node.parent(), "name"),
        seconds(attribute(node, "duration"))};
    if (result == "Passed") test.status = "SUCCEEDED";
    if (result == "Failed") test.status = attribute(node, "label") == "Error" ? "ERROR" : "FAILED";
    if (result == "Skipped" || result == "Ignored") test.status = "SKIPPED";
    test.message = nunitMessage(node);
    report.cases.push_back(std::move(test));
  });
  return report;
}

ParsedReport testng(const pugi::xml_node& root) {
  ParsedReport report;
  each(root, "test-method", [&](const pugi::xml_node& node) {
    if (attribute(node, "is-config") == "true") return;
    const std::string status = attribute(node, "status");
    TestCase test{attribute(node.parent(), "name"),
                  attribute(node, "name"),
                  "UNKNOWN",
                  {},
                  attribute(node.parent().parent(), "name"),
                  static_cast<std::int64_t>(node.attribute("duration-ms").as_llong()) * 1'000'000};
    if (status == "PASS") test.status = "SUCCEEDED";
    if (status == "FAIL") test.status = "FAILED";
    if (status == "SKIP") test.status = "SKIPPED";
    test.message = std::string(node.child("exception").child("message").text().as_string()).substr(0, kMostMessage);
    report.cases.push_back(std::move(test));
  });
  return report;
}

ParsedReport visualStudio(const pugi::xml_node& root) {
  ParsedReport report;
  std::map<std::string, std::string> classes;
  each(root, "UnitTest", [&](const pugi::xml_node& node) {
    classes[attribute(node, "id")] = attribute(node.child("TestMethod"), "className");
  });
  each(root, "UnitTestResult", [&](const pugi::xml_node& node) {
    const std::string outcome = attribute(node, "outcome");
    TestCase test{classes[attribute(node, "testId")],    attribute(node, "testName"), "UNKNOWN", {}, {},
                  clockTime(attribute(node, "duration"))};
    if (outcome == "Passed") test.status = "SUCCEEDED";
    if (outcome == "Failed") test.status = "FAILED";
    if (outcome == "Error" || outcome == "Aborted" || outcome == "Timeout") test.status = "ERROR";
    if (outcome == "NotExecuted" || outcome == "NotRunnable" || outcome == "Inconclusive") test.status = "SKIPPED";
    test.message = std::string(node.child("Output").child("ErrorInfo").child("Message").text().as_string())
                       .substr(0, kMostMessage);
    report.cases.push_back(std::move(test));
  });
  return report;
}

std::optional<ParsedReport> cucumber(const Json& root) {
  if (!root.isArray()) return std::nullopt;
  ParsedReport report;
  for (const Json& feature : root.asArray()) {
    const Json& elements = feature["elements"];
    for (const Json& scenario : elements.isArray() ? elements.asArray() : Json::Array{}) {
      if (scenario.stringAt("type", "scenario") == "background") continue;
      TestCase test{feature.stringAt("name"), scenario.stringAt("name"), "SUCCEEDED", {}, feature.stringAt("uri"), 0};
      for (const char* list : {"before", "steps", "after"}) {
        for (const Json& step : scenario[list].isArray() ? scenario[list].asArray() : Json::Array{}) {
          const Json& result = step["result"];
          const std::string status = result.stringAt("status");
          if (result["duration"].isInt()) test.nanoseconds += result["duration"].asInt();
          if (status == "failed") {
            test.status = "FAILED";
            test.message = result.stringAt("error_message").substr(0, kMostMessage);
          } else if (test.status == "SUCCEEDED" &&
                     (status == "undefined" || status == "pending" || status == "ambiguous")) {
            test.status = "UNKNOWN";
          } else if (test.status == "SUCCEEDED" && status == "skipped") {
            test.status = "SKIPPED";
          }
        }
      }
      report.cases.push_back(std::move(test));
    }
  }
  return report;
}

ParsedReport cobertura(const pugi::xml_node& root) {
  std::map<std::string, FileCoverage> files;
  each(root, "class", [&](const pugi::xml_node& node) {
    FileCoverage& file = files[attribute(node, "filename")];
    for (const pugi::xml_node& line : node.child("lines").children("line")) {
      ++(line.attribute("hits").as_llong() > 0 ? file.lines_covered : file.lines_missed);
      int percent = 0;
      long long covered = 0, all = 0;
      if (std::sscanf(attribute(line, "condition-coverage").c_str(), "%d%% (%lld/%lld)", &percent, &covered, &all) ==
          3) {
        file.branches_covered += covered;
        file.branches_missed += all - covered;
      }
    }
  });
  ParsedReport report;
  for (auto& [path, file] : files) {
    file.path = path;
    report.coverage.push_back(file);
  }
  return report;
}

ParsedReport jacoco(const pugi::xml_node& root) {
  ParsedReport report;
  each(root, "sourcefile", [&](const pugi::xml_node& node) {
    FileCoverage file;
    file.path = attribute(node.parent(), "name") + "/" + attribute(node, "name");
    for (const pugi::xml_node& counter : node.children("counter")) {
      const std::string type = attribute(counter, "type");
      const std::int64_t missed = counter.attribute("missed").as_llong();
      const std::int64_t covered = counter.attribute("covered").as_llong();
      if (type == "LINE") file.lines_missed = missed, file.lines_covered = covered;
      if (type == "BRANCH") file.branches_missed = missed, file.branches_covered = covered;
    }
    report.coverage.push_back(std::move(file));
  });
  return report;
}

ParsedReport clover(const pugi::xml_node& root) {
  ParsedReport report;
  each(root, "file", [&](const pugi::xml_node& node) {
    FileCoverage file;
    file.path = attribute(node, "path");
    if (file.path.empty()) file.path = attribute(node, "name");
    const pugi::xml_node metrics = node.child("metrics");
    file.lines_covered = metrics.attribute("coveredstatements").as_llong();
    file.lines_missed = metrics.attribute("statements").as_llong() - file.lines_covered;
    file.branches_covered = metrics.attribute("coveredconditionals").as_llong();
    file.branches_missed = metrics.attribute("conditionals").as_llong() - file.branches_covered;
    report.coverage.push_back(std::move(file));
  });
  return report;
}

std::optional<ParsedReport> simplecov(const Json& root) {
  if (!root.isObject()) return std::nullopt;
  ParsedReport report;
  for (const auto& [command, result] : root.asObject()) {
    if (!result["coverage"].isObject()) continue;
    for (const auto& [path, given] : result["coverage"].asObject()) {
      FileCoverage file;
      file.path = path;
      const Json& lines = given.isArray() ? given : given["lines"];
      for (const Json& line : lines.isArray() ? lines.asArray() : Json::Array{}) {
        if (line.isInt()) ++(line.asInt() > 0 ? file.lines_covered : file.lines_missed);
      }
      report.coverage.push_back(std::move(file));
    }
  }
  return report;
}

}  // namespace

bool isCoverageFormat(std::string_view format) {
  return format == "CLOVERXML" || format == "COBERTURAXML" || format == "JACOCOXML" || format == "SIMPLECOV";
}

std::optional<ParsedReport> parseReport(std::string_view format, std::string_view text) {
  if (format == "CUCUMBERJSON" || format == "SIMPLECOV") {
    const auto parsed = Json::parse(text);
    if (!parsed.ok()) return std::nullopt;
    return format == "SIMPLECOV" ? simplecov(*parsed) : cucumber(*parsed);
  }
  static const std::map<std::string_view, ParsedReport (*)(const pugi::xml_node&)> kReaders = {
      {"JUNITXML", junit},
      {"NUNITXML", nunit2},
      {"NUNIT3XML", nunit3},
      {"TESTNGXML", testng},
      {"VISUALSTUDIOTRX", visualStudio},
      {"COBERTURAXML", cobertura},
      {"JACOCOXML", jacoco},
      {"CLOVERXML", clover}};
  const auto reader = kReaders.find(format);
  pugi::xml_document document;
  if (reader == kReaders.end() || !document.load_buffer(text.data(), text.size())) return std::nullopt;
  return reader->second(document);
}

}  // namespace thimble::services::codebuild
