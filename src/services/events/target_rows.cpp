#include "services/events/target_rows.h"

#include "base/json_binary.h"
#include "store/table.h"

namespace thimble::services::events {

base::Json readBinary(const std::string& bytes) {
  auto value = base::decodeJsonBinary(bytes);
  if (!value) throw store::DamagedRow("a row of EventBridge is damaged");
  return *std::move(value);
}

std::vector<base::Json> readTargets(const rows::Rule& rule) {
  std::vector<base::Json> out;
  for (const std::string& bytes : rule.targets()) out.push_back(readBinary(bytes));
  return out;
}

void writeTargets(rows::Rule& rule, const std::vector<base::Json>& targets) {
  rule.clear_targets();
  for (const base::Json& target : targets) rule.add_targets(base::encodeJsonBinary(target));
}

}  // namespace thimble::services::events
