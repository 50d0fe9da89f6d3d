#include "services/codebuild/runner/report_files.h"

#include "base/encoding.h"
#include "services/codebuild/reports/report_formats.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

/// AWS keeps 500 cases of a report.
constexpr std::size_t kMostCases = 500;
constexpr std::size_t kMostFileBytes = std::size_t{16} << 20;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

Json testCase(const TestCase& test, const std::string& path) {
  return Json::object({{"testRawDataPath", base::wellFormedUtf8(path)},
                       {"prefix", base::wellFormedUtf8(test.prefix)},
                       {"name", base::wellFormedUtf8(test.name)},
                       {"status", test.status},
                       {"durationInNanoSeconds", test.nanoseconds},
                       {"message", base::wellFormedUtf8(test.message)},
                       {"testSuiteName", base::wellFormedUtf8(test.suite)}});
}

Json fileCoverage(const FileCoverage& file) {
  const auto percentage = [](std::int64_t covered, std::int64_t missed) {
    return covered + missed == 0 ? 0.0 : static_cast<double>(covered) * 100 / static_cast<double>(covered + missed);
  };
  return Json::object({{"filePath", base::wellFormedUtf8(file.path)},
                       {"lineCoveragePercentage", percentage(file.lines_covered, file.lines_missed)},
                       {"linesCovered", file.lines_covered},
                       {"linesMissed", file.lines_missed},
                       {"branchCoveragePercentage", percentage(file.branches_covered, file.branches_missed)},
                       {"branchesCovered", file.branches_covered},
                       {"branchesMissed", file.branches_missed}});
}

Json collectOne(BuildState& state, const lang::buildspec::FileSet& set) {
  std::vector<std::pair<std::string, std::string>> texts;
  std::size_t total = 0;
  agent::CollectRequest request;
  request.folder = state.source_folder;
  request.base_directory = set.base_directory;
  request.patterns = set.files;
  AgentLink::Files files;
  files.file = [&](const std::string& name, unsigned, std::uint64_t) { texts.emplace_back(name, ""); };
  files.data = [&](std::string_view bytes) {
    if (texts.back().second.size() > kMostFileBytes || total > kMostBytes) return;
    total += bytes.size();
    texts.back().second += bytes;
  };
  state.agent->collect(request, files);
  if (texts.empty()) {
    state.log.say("No matching report files found for report group " + set.identifier);
    return {};
  }
  const bool coverage = isCoverageFormat(set.file_format);
  Json cases = Json::array();
  bool truncated = false;
  bool understood = false;
  for (const auto& [name, text] : texts) {
    const std::optional<ParsedReport> parsed = parseReport(set.file_format, text);
    if (!parsed) {
      state.log.say("The report file " + name + " is not of the format " + set.file_format);
      continue;
    }
    understood = true;
    for (const TestCase& test : parsed->cases) {
      cases.size() < kMostCases ? cases.push(testCase(test, name)) : void(truncated = true);
    }
    for (const FileCoverage& file : parsed->coverage) {
      cases.size() < kMostCases ? cases.push(fileCoverage(file)) : void(truncated = true);
    }
  }
  Json report = Json::object({{"Group", set.identifier},
                              {"Type", coverage ? "CODE_COVERAGE" : "TEST"},
                              {"Cases", std::move(cases)},
                              {"Truncated", truncated}});
  if (!understood) report.set("Incomplete", true);
  return report;
}

}  // namespace

Json collectReports(BuildState& state) {
  Json reports = Json::array();
  for (const lang::buildspec::FileSet& set : state.spec.reports) {
    state.log.say("Preparing to copy " + std::string(isCoverageFormat(set.file_format) ? "CODE_COVERAGE" : "TEST") +
                  " report " + set.identifier);
    Json report = collectOne(state, set);
    if (!report.isNull()) reports.push(std::move(report));
  }
  return reports;
}

}  // namespace thimble::services::codebuild::runner
