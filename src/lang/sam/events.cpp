#include "lang/sam/events.h"

#include <algorithm>
#include <vector>

#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"

namespace thimble::lang::sam {
namespace {

const EventKind& findKind(const Text& name, const Value& event, EventsOf of) {
  if (!event.isMap()) {
    failEvent(name.text, "'" + std::string(pythonTypeName(event)) + "' object has no attribute 'get'");
  }
  const std::span<const EventKind> kinds = of == EventsOf::Function ? functionEvents() : stateMachineEvents();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return event["Type"].is(k.type); });
  if (found == kinds.end()) {
    failEvent(name.text, "Resource dict has missing or invalid value for key Type. Event Type is: " +
                             pythonString(event["Type"]) + ".");
  }
  return *found;
}

Macro readEvent(const Macro& owner, const Text& name, const Value& event, const EventKind& kind) {
  Macro macro = readMacro(kind.type, owner.logical_id + name, event, kind.rules);
  macro.relative_id = name;
  return macro;
}

/// Events of APIs in the order of their paths; the others by name.
std::vector<Value::Member> ordered(const Value& events, EventsOf of) {
  std::vector<Value::Member> members = events.members();
  if (of == EventsOf::StateMachine) return members;
  const auto key = [](const Value::Member& member) {
    const Value path = member.second["Properties"]["Path"];
    return path.isText() ? path.str() : member.first.text;
  };
  std::stable_sort(members.begin(), members.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return members;
}

}  // namespace

EventLinks linkEvents(Context& context, const Macro& macro, EventsOf of) {
  EventLinks links;
  try {
    for (const auto& [name, event] : macro["Events"].members()) {
      const EventKind& kind = findKind(name, event, of);
      const Macro read = readEvent(macro, name, event, kind);
      links[name.text] = kind.link == nullptr ? EventLink() : kind.link(context.original["Resources"], read);
    }
  } catch (const EventFault& fault) {
    failResource(macro.logical_id.text, fault.message());
  }
  return links;
}

Resources expandEvents(EventTarget& target, const Macro& macro, const EventLinks& links, EventsOf of) {
  Resources made;
  try {
    for (const auto& [name, event] : ordered(macro["Events"], of)) {
      const EventKind& kind = findKind(name, event, of);
      Macro read = readEvent(macro, name, event, kind);
      const Resources resources = kind.expand(target, read, links.at(name.text));
      made.insert(made.end(), resources.begin(), resources.end());
    }
  } catch (const EventFault& fault) {
    if (of == EventsOf::StateMachine) throw eventFault(fault);
    failResource(macro.logical_id.text, fault.message());
  }
  return made;
}

}  // namespace thimble::lang::sam
