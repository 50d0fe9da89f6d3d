// Compiled policy documents, by their text.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lang/policy/document.h"

namespace thimble::services::iam {

/// Documents are read with each decision but change rarely. Safe to use from any thread.
class PolicyCache {
 public:
  /// The compiled document; nullptr for a text that is none (which the API does not let in).
  std::shared_ptr<const lang::policy::Document> compile(const std::string& text);

 private:
  static constexpr std::size_t kMaxDocuments = 4096;

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const lang::policy::Document>> documents_;
};

}  // namespace thimble::services::iam
