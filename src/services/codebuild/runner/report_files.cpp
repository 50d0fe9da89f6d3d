#include "services/codebuild/runner/report_files.h"

#include "base/encoding.h"
#include "platform/archive/writer.h"
#include "services/codebuild/reports/report_formats.h"
#include "services/codebuild/reports/report_records.h"

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

/// The raw files of a report in the place that its group names. A refusal is a line in the log.
void exportFiles(BuildState& state, const std::string& group_name, const std::string& id,
                 const std::vector<std::pair<std::string, std::string>>& texts) {
  const Place place{state.caller.account(), state.caller.region()};
  store::Transaction transaction = state.runner.environment().store.begin();
  const std::optional<Json> group = findReportGroup(transaction, place, group_name);
  if (!group || (*group)["exportConfig"].stringAt("exportConfigType") != "S3") return;
  const Json& destination = (*group)["exportConfig"]["s3Destination"];
  std::string prefix = destination.stringAt("path");
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  prefix += (prefix.empty() ? "" : "/") + group_name + "/" + id;
  const auto put = [&](const std::string& key, platform::ByteSourcePointer body) {
    const Json input = Json::object({{"Bucket", destination["bucket"]}, {"Key", key}});
    const dispatch::CallOutcome outcome = state.caller.call("s3", "PutObject", input, std::move(body));
    if (outcome.ok()) return true;
    state.log.say("Unable to export the report " + group_name + ": " + outcome.error().code + ": " +
                  outcome.error().message);
    return false;
  };
  if (destination.stringAt("packaging") != "ZIP") {
    for (const auto& [name, text] : texts) {
      if (!put(prefix + "/" + name, std::make_shared<platform::MemoryBytes>(text))) return;
    }
    return;
  }
  const std::string path =
      state.runner.environment().blobs.stagingFolder() + "/report-" + state.context.random().hex(24);
  platform::ArchiveWriter writer(platform::ArchiveKind::Zip, path);
  for (const auto& [name, text] : texts) writer.addFile(name, 0644, text);
  writer.finish();
  put(prefix + ".zip", std::make_shared<platform::FileBytes>(path, true));
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
  const std::string id = state.context.random().uuid();
  exportFiles(state, reportGroupOf(state.document["Build"].stringAt("projectName"), set.identifier), id, texts);
  Json report = Json::object({{"Id", id},
                              {"Group", set.identifier},
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
