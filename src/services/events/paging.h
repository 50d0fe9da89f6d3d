// NextToken and Limit, which every list operation of EventBridge has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/result.h"
#include "services/events/errors.h"

namespace thimble::services::events {

inline constexpr std::int64_t kDefaultLimit = 100;

/// Takes the named things one after the other, in order of their names, until a page is full.
class Page {
 public:
  /// Errors: ValidationException for a token that is none of ours.
  static base::Result<Page> begin(const std::optional<std::string>& token, const std::optional<std::int64_t>& limit) {
    Page page;
    page.left_ = limit.value_or(kDefaultLimit);
    if (!token) return page;
    auto after = base::decodeBase64(*token);
    if (!after || after->empty()) return validation("NextToken is not valid.");
    page.after_ = *std::move(after);
    return page;
  }
  /// Whether the thing of that name belongs on this page.
  bool takes(const std::string& name) {
    if (name <= after_ || next_token_) return false;
    if (left_ == 0) {
      next_token_ = base::encodeBase64(last_);
      return false;
    }
    --left_;
    last_ = name;
    return true;
  }
  const std::optional<std::string>& nextToken() const { return next_token_; }

 private:
  std::int64_t left_ = 0;
  std::string after_;
  std::string last_;
  std::optional<std::string> next_token_;
};

}  // namespace thimble::services::events
