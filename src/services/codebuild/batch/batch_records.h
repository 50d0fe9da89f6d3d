// Batch builds as rows.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/process.h"
#include "services/codebuild/records.h"
#include "store/store.h"

namespace thimble::services::codebuild {

/// A batch build's durable process.
inline constexpr std::string_view kBatchProcess = "codebuild.batch";

inline std::string batchArn(const Place& place, const std::string& id) {
  return place.arn("build-batch/" + id);
}

/// {"Batch": a BuildBatch, "Account", "Region", "Project": the project with the overrides in it, "Internal": {"Input",
/// "Spec": batch_plan.h's, "Stopping": why it is being stopped}}. Ids are "project:uuid".
std::optional<base::Json> findBatch(store::Transaction& transaction, const Place& place, const std::string& id);
void putBatch(store::Transaction& transaction, const Place& place, const base::Json& document);
/// Also lists it. `document` is new.
void addBatch(store::Transaction& transaction, const Place& place, const base::Json& document);
void eraseBatch(store::Transaction& transaction, const Place& place, const base::Json& document);

/// Ids of batches by their start, or of one project by their number. `status`: only of that status; empty: all.
BuildList listBatches(store::Transaction& transaction, const Place& place, const std::string& project,
                      const std::string& status, bool ascending, const std::string& after, std::size_t limit);

/// An id or an ARN as an id; InvalidInputException.
base::Result<std::string> readBatchId(const Place& place, const std::string& text);

dispatch::ProcessReference batchProcess(const Place& place, const std::string& id);

}  // namespace thimble::services::codebuild
