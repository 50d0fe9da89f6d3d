#include "lang/event_pattern/pattern.h"

#include <algorithm>

#include "lang/event_pattern/pattern_node.h"
#include "lang/event_pattern/pattern_parser.h"

namespace thimble::lang::event_pattern {
namespace {

using base::Json;

bool matchesNode(const PatternNode& node, const Json& event);

/// Calls `visit` with each value at `name`, whose points may be part of members' names or stand between them, until it
/// answers true.
template <class Visit>
bool anyAt(const Json& object, std::string_view name, const Visit& visit) {
  if (object.isArray()) {
    return std::any_of(object.asArray().begin(), object.asArray().end(),
                       [&](const Json& each) { return anyAt(each, name, visit); });
  }
  if (!object.isObject()) return false;
  if (const Json* value = object.find(name); value != nullptr && visit(*value)) return true;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const Json* inner = object.find(name.substr(0, dot));
    if (inner != nullptr && anyAt(*inner, name.substr(dot + 1), visit)) return true;
  }
  return false;
}

/// Whether there is a value that is no object: what "exists" is about.
bool hasLeaf(const Json& value) {
  if (value.isArray()) return std::any_of(value.asArray().begin(), value.asArray().end(), hasLeaf);
  return !value.isObject();
}

bool passesAny(const std::vector<ValueMatcher>& tests, const Json& value) {
  if (value.isArray()) {
    return std::any_of(value.asArray().begin(), value.asArray().end(),
                       [&](const Json& each) { return passesAny(tests, each); });
  }
  if (value.isObject()) return false;
  return std::any_of(tests.begin(), tests.end(), [&](const ValueMatcher& test) { return test.passes(value); });
}

bool matchesField(const PatternNode::Field& field, const Json& event) {
  if (!field.inner.empty()) {
    const PatternNode& inner = field.inner.front();
    if (anyAt(event, field.name, [&](const Json& value) { return matchesNode(inner, value); })) return true;
    // An absent object has no fields: it matches what asks for absence only.
    if (anyAt(event, field.name, [](const Json& value) { return value.isObject() || value.isArray(); })) return false;
    return matchesNode(inner, Json::object());
  }
  const bool absent_passes = std::any_of(field.tests.begin(), field.tests.end(), [](const ValueMatcher& test) {
    return test.kind == ValueMatcher::Kind::Absent;
  });
  if (absent_passes && !anyAt(event, field.name, hasLeaf)) return true;
  return anyAt(event, field.name, [&](const Json& value) { return passesAny(field.tests, value); });
}

/// Of an array, one element has to match in all fields.
bool matchesNode(const PatternNode& node, const Json& event) {
  if (event.isArray()) {
    return std::any_of(event.asArray().begin(), event.asArray().end(),
                       [&](const Json& each) { return matchesNode(node, each); });
  }
  if (!event.isObject()) return false;
  return std::all_of(node.fields.begin(), node.fields.end(),
                     [&](const auto& field) { return matchesField(field, event); }) &&
         std::all_of(node.alternatives.begin(), node.alternatives.end(), [&](const auto& branches) {
           return std::any_of(branches.begin(), branches.end(),
                              [&](const PatternNode& branch) { return matchesNode(branch, event); });
         });
}

}  // namespace

base::Result<EventPattern, PatternError> EventPattern::parse(std::string_view text) {
  TRY_ASSIGN(PatternNode node, parsePattern(text));
  EventPattern pattern;
  pattern.root_ = std::make_shared<const PatternNode>(std::move(node));
  return pattern;
}

bool EventPattern::matches(const Json& event) const {
  return matchesNode(*root_, event);
}

std::set<std::string> EventPattern::sources() const {
  for (const PatternNode::Field& field : root_->fields) {
    if (field.name != "source" || field.tests.size() != 1 || field.tests[0].kind != ValueMatcher::Kind::Exact) continue;
    std::set<std::string> out;
    for (const Json& value : field.tests[0].values) {
      if (value.isString()) out.insert(value.asString());
    }
    return out;
  }
  return {"*"};
}

}  // namespace thimble::lang::event_pattern
