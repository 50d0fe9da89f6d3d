// Reports that tests and coverage tools write, as the cases that CodeBuild shows.
// https://docs.aws.amazon.com/codebuild/latest/userguide/test-reporting.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::services::codebuild {

struct TestCase {
  std::string prefix;  ///< The class or feature.
  std::string name;
  std::string status;  ///< SUCCEEDED, FAILED, ERROR, SKIPPED or UNKNOWN.
  std::string message;
  std::string suite;
  std::int64_t nanoseconds = 0;
};

struct FileCoverage {
  std::string path;
  std::int64_t lines_covered = 0, lines_missed = 0;
  std::int64_t branches_covered = 0, branches_missed = 0;
};

struct ParsedReport {
  std::vector<TestCase> cases;
  std::vector<FileCoverage> coverage;
};

/// Whether a format (as in lang/buildspec) is one of code coverage.
bool isCoverageFormat(std::string_view format);

/// Nothing when the text is not of that format. Entities of document types are not expanded.
std::optional<ParsedReport> parseReport(std::string_view format, std::string_view text);

}  // namespace thimble::services::codebuild
