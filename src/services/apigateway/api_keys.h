// API keys as the data plane asks for them: who may, how fast, how much.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "store/store.h"

namespace thimble::services::apigateway {

/// So many requests in a period.
struct Quota {
  std::string plan;
  std::string key;
  std::int64_t limit = 0;
  std::string period;  ///< DAY, WEEK or MONTH.
};

struct KeyAccess {
  std::string id;
  std::string plan;
  double rate = 0;  ///< Requests a second; 0: as the account.
  double burst = 0;
  std::optional<Quota> quota;
};

/// The enabled key of that value that a usage plan lets use the stage; nothing when there is none.
std::optional<KeyAccess> findApiKey(store::Transaction& transaction, const std::string& account,
                                    const std::string& region, const std::string& api, const std::string& stage,
                                    const std::string& value);

/// Counts a request in the quota's period (in UTC); false when the quota is used up. Writes one row.
bool countRequest(store::Transaction& transaction, const std::string& account, const std::string& region,
                  const Quota& quota, base::Timestamp now);

}  // namespace thimble::services::apigateway
