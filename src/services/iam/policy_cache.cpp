#include "services/iam/policy_cache.h"

namespace thimble::services::iam {

std::shared_ptr<const lang::policy::Document> PolicyCache::compile(const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find(text);
    if (found != documents_.end()) return found->second;
  }
  auto parsed = lang::policy::Document::parse(text);
  std::shared_ptr<const lang::policy::Document> document;
  if (parsed.ok()) document = *std::move(parsed);
  const std::lock_guard lock(mutex_);
  if (documents_.size() >= kMaxDocuments) documents_.clear();
  documents_.emplace(text, document);
  return document;
}

}  // namespace thimble::services::iam
