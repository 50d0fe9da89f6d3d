// Why a transaction is cancelled: one reason an item.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/api_error.h"
#include "base/json.h"

namespace thimble::services::dynamodb {

class Cancellation {
 public:
  /// The next item's error, or nothing when there is none.
  void add(const std::optional<base::ApiError>& error) {
    if (!error) {
      reasons_.push(base::Json::object({{"Code", "None"}}));
      codes_.emplace_back("None");
      return;
    }
    cancelled_ = true;
    std::string code = error->code == "ValidationException" ? "ValidationError" : error->code;
    if (code.ends_with("Exception")) code.resize(code.size() - 9);
    base::Json reason = base::Json::object({{"Code", code}, {"Message", error->message}});
    if (const base::Json& item = error->details["Item"]; !item.isNull()) reason.set("Item", item);
    codes_.push_back(std::move(code));
    reasons_.push(std::move(reason));
  }

  bool cancelled() const { return cancelled_; }

  /// TransactionCanceledException with all reasons.
  base::ApiError error() const {
    std::string codes;
    for (const std::string& code : codes_) codes += (codes.empty() ? "" : ", ") + code;
    return {"TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons [" + codes + "]", 400,
            base::Json::object({{"CancellationReasons", reasons_}})};
  }

 private:
  base::Json reasons_ = base::Json::array();
  std::vector<std::string> codes_;
  bool cancelled_ = false;
};

}  // namespace thimble::services::dynamodb
