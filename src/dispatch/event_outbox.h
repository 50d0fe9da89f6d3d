// The durable outbox of events: what a service tells EventBridge of, in the commit that caused it.
//
// An event that someone may want becomes a durable process of the kind kEventKind in the emitter's own transaction; its
// rules are matched after the commit, by services/events, which also says here who may want what. An event that nobody
// can want costs one look at a row.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "dispatch/context.h"
#include "dispatch/process.h"

namespace thimble::dispatch {

/// The process kind that takes events up. Its Start's payload is an event as EventBridge delivers it (eventDocument)
/// and must do no more than schedule a Continue, since it is decided within the emitter's transaction.
inline constexpr std::string_view kEventKind = "events.event";
/// The same for the notification rules of the developer tools, which look at events beside EventBridge.
inline constexpr std::string_view kNotificationKind = "codestarnotifications.event";

struct Event {
  std::string account;
  std::string region;
  std::string source;                  ///< For example "aws.codecommit".
  std::string detail_type;             ///< For example "CodeCommit Repository State Change".
  std::vector<std::string> resources;  ///< ARNs.
  base::Json detail;                   ///< An object.
};

/// Puts the event on the default bus of its account and region. Dropped at once when nobody can want it.
void emitEvent(Context& context, const Event& event);
void emitEvent(ProcessContext& context, const Event& event);

/// Whether emitEvent would keep an event of this source: asked first where the detail is costly to gather.
bool eventIsWanted(store::Transaction& transaction, const std::string& account, const std::string& region,
                   std::string_view source);

enum class EventReader { Rules, NotificationRules };

/// Says which sources anyone may want on the default bus of an account and region; "*" stands for all. For
/// services/events, whenever a rule or archive of that bus changes, and for services/codestarnotifications.
void setWantedSources(store::Transaction& transaction, const std::string& account, const std::string& region,
                      const std::set<std::string>& sources, EventReader reader = EventReader::Rules);

/// The event as rules and targets see it: "version" to "detail", in EventBridge's order.
base::Json eventDocument(const Event& event, const std::string& id, base::Timestamp time);

}  // namespace thimble::dispatch
