// Events of functions and state machines: what each makes besides its target.
#pragma once

#include <map>
#include <string>

#include "lang/sam/context.h"
#include "lang/sam/properties.h"
#include "lang/sam/resource.h"

namespace thimble::lang::sam {

enum class EventsOf { Function, StateMachine };

/// What an event calls.
struct EventTarget {
  Context& context;
  const Resource& resource;    ///< The function or its alias; the state machine or its alias.
  Resource* role = nullptr;    ///< A function's execution role, which may get further policies.
  Value permissions_boundary;  ///< For roles that an event makes (state machines).
};

/// What an event refers to in the template: its API, bucket or user pool.
struct EventLink {
  Value linked;  ///< The resource or its Properties; shared with the template.
  Text linked_id;
  Text stage_suffix;  ///< For permissions of REST APIs.
};
using EventLinks = std::map<std::string, EventLink>;

/// Reads and checks all events before anything is made of them.
EventLinks linkEvents(Context& context, const Macro& macro, EventsOf kind);
Resources expandEvents(EventTarget& target, const Macro& macro, const EventLinks& links, EventsOf kind);

/// One kind of event.
struct EventKind {
  std::string_view type;
  PropertyRules rules;
  EventLink (*link)(const Value& resources, const Macro& event) = nullptr;
  Resources (*expand)(EventTarget& target, Macro& event, const EventLink& link) = nullptr;
};

}  // namespace thimble::lang::sam
