#include "services/states/definition_cache.h"

#include <stdexcept>

#include "base/encoding.h"
#include "services/states/tables.h"

namespace thimble::services::states {

std::string DefinitionCache::keep(store::Transaction& transaction, const std::string& text) {
  const std::string hash = base::encodeHex(base::sha256(text));
  if (!kDefinitions.has(transaction, hash)) {
    rows::Definition row;
    row.set_text(text);
    kDefinitions.put(transaction, row, hash);
  }
  return hash;
}

std::string DefinitionCache::text(store::Transaction& transaction, const std::string& hash) {
  auto row = kDefinitions.get(transaction, hash);
  if (!row) throw store::DamagedRow("a state machine's definition is missing");
  return std::move(*row->mutable_text());
}

lang::asl::DefinitionPtr DefinitionCache::get(store::Transaction& transaction, const std::string& hash) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = found_.find(hash); found != found_.end()) {
      used_.splice(used_.begin(), used_, found->second);
      return found->second->second;
    }
  }
  lang::asl::ParseOutcome parsed =
      lang::asl::parseDefinition(text(transaction, hash), lang::asl::MachineType::Standard);
  if (!parsed.definition) throw store::DamagedRow("a state machine's definition does not parse any more");
  const std::lock_guard lock(mutex_);
  if (found_.count(hash) == 0) {
    used_.emplace_front(hash, parsed.definition);
    found_[hash] = used_.begin();
    if (used_.size() > kMost) {
      found_.erase(used_.back().first);
      used_.pop_back();
    }
  }
  return parsed.definition;
}

}  // namespace thimble::services::states
