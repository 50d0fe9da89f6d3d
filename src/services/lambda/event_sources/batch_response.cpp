#include "services/lambda/event_sources/batch_response.h"

#include <algorithm>

#include "base/json.h"
#include "base/result.h"

namespace thimble::services::lambda::event_sources {

using base::Json;

BatchResponse readBatchResponse(std::string_view payload, const std::vector<std::string>& identifiers) {
  const BatchResponse none;
  const BatchResponse all{.all_failed = true, .failed = {}};
  if (payload.empty()) return none;
  const auto parsed = Json::parse(payload);
  if (!parsed.ok()) return all;
  if (parsed->isNull()) return none;
  if (!parsed->isObject()) return all;
  const Json& failures = (*parsed)["batchItemFailures"];
  if (failures.isNull()) return none;
  if (!failures.isArray()) return all;
  BatchResponse some;
  for (const Json& each : failures.asArray()) {
    const std::string name = each.isObject() ? each.stringAt("itemIdentifier") : std::string();
    if (name.empty() || std::find(identifiers.begin(), identifiers.end(), name) == identifiers.end()) return all;
    some.failed.insert(name);
  }
  return some;
}

}  // namespace thimble::services::lambda::event_sources
