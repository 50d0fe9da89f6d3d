// Tokens of lists: the key of the last row given.
#pragma once

#include <string>

#include "base/encoding.h"
#include "base/result.h"
#include "services/codepipeline/errors.h"

namespace thimble::services::codepipeline {

inline std::string pageToken(const std::string& key) {
  return base::encodeBase64(key);
}

/// Errors: InvalidNextTokenException.
inline base::Result<std::string> readPageToken(const std::string& token) {
  auto key = base::decodeBase64(token);
  if (!key || key->empty()) return invalidNextToken();
  return *std::move(key);
}

}  // namespace thimble::services::codepipeline
