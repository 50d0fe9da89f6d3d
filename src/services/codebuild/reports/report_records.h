// Report groups, reports and their cases as rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "services/codebuild/records.h"
#include "services/codebuild/reports/report_formats.h"

namespace thimble::services::codebuild {

/// A ReportGroup in the API's form, by its name.
std::optional<base::Json> findReportGroup(store::Transaction& transaction, const Place& place, const std::string& name);
void putReportGroup(store::Transaction& transaction, const Place& place, const base::Json& group);
void eraseReportGroup(store::Transaction& transaction, const Place& place, const std::string& name);
std::vector<base::Json> listReportGroups(store::Transaction& transaction, const Place& place);

/// A Report, by its group's name and its own id; the latest first.
std::optional<base::Json> findReport(store::Transaction& transaction, const Place& place, const std::string& group,
                                     const std::string& id);
std::vector<base::Json> listReports(store::Transaction& transaction, const Place& place, const std::string& group);
void eraseReport(store::Transaction& transaction, const Place& place, const std::string& group, const std::string& id);
/// TestCases or CodeCoverages of a report, in order.
std::vector<base::Json> listCases(store::Transaction& transaction, const Place& place, const std::string& group,
                                  const std::string& id);

/// Names in a report group's ARN, and in a report's ("group", "id"); empty when it is none.
std::string reportGroupName(const std::string& arn);
std::pair<std::string, std::string> reportName(const std::string& arn);

/// The group that a buildspec of a project means: one by its ARN, or PROJECT-NAME.
std::string reportGroupOf(const std::string& project, const std::string& named);

/// Adds a report of a build, and its group when that is not there yet. `told`: what runner/report_files.h gives.
/// Returns the report's ARN.
std::string addReport(store::Transaction& transaction, const Place& place, const base::Json& build,
                      const base::Json& told, base::Timestamp now);

}  // namespace thimble::services::codebuild
