// What all batch operations check of their entries.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/sqs/errors.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::sqs {

template <class Entry>
base::Result<void> checkBatch(const std::vector<Entry>& entries, const std::string& entry_type) {
  constexpr std::size_t kMost = 10;
  if (entries.empty()) {
    return base::ApiError{"EmptyBatchRequest", "There should be at least one " + entry_type + " in the request.", 400};
  }
  if (entries.size() > kMost) {
    return base::ApiError{
        "TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent " + std::to_string(entries.size()) + ".", 400};
  }
  std::set<std::string> ids;
  for (const Entry& entry : entries) {
    const bool valid = !entry.Id_.empty() && entry.Id_.size() <= 80 &&
                       std::all_of(entry.Id_.begin(), entry.Id_.end(),
                                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
    if (!valid) {
      return base::ApiError{"InvalidBatchEntryId",
                            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It "
                            "can be at most 80 letters long.",
                            400};
    }
    if (!ids.insert(entry.Id_).second) {
      return base::ApiError{"BatchEntryIdsNotDistinct", "Id " + entry.Id_ + " repeated.", 400};
    }
  }
  return {};
}

inline shapes::sqs::BatchResultErrorEntry failedEntry(const std::string& id, const base::ApiError& error) {
  shapes::sqs::BatchResultErrorEntry out;
  out.Id_ = id;
  out.SenderFault_ = error.senderFault();
  out.Code_ = error.code == "InvalidParameterValueException" ? "InvalidParameterValue" : error.code;
  out.Message_ = error.message;
  return out;
}

}  // namespace thimble::services::sqs
