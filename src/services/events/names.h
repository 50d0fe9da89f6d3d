// Buses, rules and what they are called.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/events/tables.h"

namespace thimble::services::events {

inline constexpr std::string_view kDefaultBus = "default";

/// One event bus, wherever it is.
struct Bus {
  std::string account;
  std::string region;
  std::string name;

  bool isDefault() const { return name == kDefaultBus; }
  std::string arn() const { return "arn:aws:events:" + region + ":" + account + ":event-bus/" + name; }
  std::string ruleArn(const std::string& rule) const {
    return "arn:aws:events:" + region + ":" + account + ":rule/" + (isDefault() ? "" : name + "/") + rule;
  }
};

/// The bus that a name or ARN means; the caller's default bus when there is none. It need not exist.
Bus busNamed(const dispatch::Context& context, const std::optional<std::string>& name_or_arn);
/// The bus of an ARN "...:event-bus/name"; nothing when it is none.
std::optional<Bus> busOfArn(std::string_view arn);
std::string archiveArn(const std::string& account, const std::string& region, const std::string& name);
std::string replayArn(const std::string& account, const std::string& region, const std::string& name);

/// A rule and its bus, from the rule's ARN; nothing when it is none.
struct RuleName {
  Bus bus;
  std::string name;
};
std::optional<RuleName> ruleOfArn(std::string_view arn);

/// The bus's row; the default bus is always there. Errors: ResourceNotFoundException.
base::Result<rows::EventBus> findBus(store::Transaction& transaction, const Bus& bus);
/// Errors: ResourceNotFoundException, naming the bus when that is what is missing.
base::Result<rows::Rule> findRule(store::Transaction& transaction, const Bus& bus, const std::string& name);
void putRule(store::Transaction& transaction, const Bus& bus, const rows::Rule& rule);

/// Tells the outbox which sources' events a rule or an archive of the default bus may take. After each change of them.
void refreshWantedSources(store::Transaction& transaction, const Bus& bus);

}  // namespace thimble::services::events
