// Compiled definitions by the hash of their text, so that none is parsed once a decision.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "lang/asl/definition.h"
#include "store/store.h"

namespace thimble::services::states {

class DefinitionCache {
 public:
  /// Texts that are kept compiled.
  static constexpr std::size_t kMost = 256;

  /// Puts the text into the store, where executions find it, and returns its hash.
  static std::string keep(store::Transaction& transaction, const std::string& text);
  /// Throws when the text is not in the store or does not parse: it was accepted before.
  lang::asl::DefinitionPtr get(store::Transaction& transaction, const std::string& hash);
  static std::string text(store::Transaction& transaction, const std::string& hash);

 private:
  std::mutex mutex_;
  std::list<std::pair<std::string, lang::asl::DefinitionPtr>> used_;  ///< Latest first.
  std::map<std::string, decltype(used_)::iterator> found_;
};

}  // namespace thimble::services::states
