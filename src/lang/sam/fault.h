// What is wrong with a template, in AWS's words.
//
// Within this room a fault is thrown, because it is found many calls below the loop over the resources that collects
// faults; none leaves transform(), which answers with a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

/// One entry of the error list. `sort_key` orders the entries of the list.
struct Fault {
  std::string sort_key;
  std::string message;
};

/// Ends the whole transform at once with these faults.
struct DocumentFault {
  std::vector<Fault> faults;
};

/// "Event with id [...] is invalid. ...": caught where the event's resource is known.
struct EventFault {
  std::string event_id;
  std::string detail;
  std::string message() const { return "Event with id [" + event_id + "] is invalid. " + detail; }
};

Fault resourceFault(std::string_view logical_id, std::string_view detail);
Fault templateFault(std::string_view detail);
Fault eventFault(const EventFault& fault);
/// "Property 'path' should be a kind."
std::string shouldBe(std::string_view path, std::string_view kind);

[[noreturn]] void failResource(std::string_view logical_id, std::string_view detail);
[[noreturn]] void failTemplate(std::string_view detail);
[[noreturn]] void failEvent(std::string_view event_id, std::string_view detail);
/// A fault in the template's structure that ends the transform.
[[noreturn]] void failDocument(std::string_view detail);

/// What a value is part of, for the message.
struct Owner {
  enum class Kind { Resource, ResourceAttribute, Event };
  Kind kind;
  std::string id;
};
Owner ofResource(std::string_view logical_id);
Owner ofAttribute(std::string_view logical_id);
Owner ofEvent(std::string_view event_id);

// Each returns its value, or fails with `detail`, or where that is empty with "Property 'path' should be a ...".
const Value& expectMap(const Value& value, const Owner& owner, std::string_view path, std::string_view detail = {});
const Value& expectList(const Value& value, const Owner& owner, std::string_view path, std::string_view detail = {});
const Value& expectText(const Value& value, const Owner& owner, std::string_view path, std::string_view detail = {});
const Value& expectBool(const Value& value, const Owner& owner, std::string_view path);
const Value& expectListOfText(const Value& value, const Owner& owner, std::string_view path);
const Value& expectPresent(const Value& value, const Owner& owner, std::string_view path);

}  // namespace thimble::lang::sam
