#include "lang/sam/fault.h"

namespace thimble::lang::sam {
namespace {

[[noreturn]] void failOwner(const Owner& owner, std::string_view detail) {
  if (owner.kind == Owner::Kind::Event) failEvent(owner.id, detail);
  failResource(owner.id, detail);
}

void expect(bool fits, const Owner& owner, std::string_view path, std::string_view kind, std::string_view detail) {
  if (fits) return;
  if (!detail.empty()) failOwner(owner, detail);
  const char* what = owner.kind == Owner::Kind::ResourceAttribute ? "Attribute" : "Property";
  failOwner(owner, std::string(what) + " '" + std::string(path) + "' should be a " + std::string(kind) + ".");
}

}  // namespace

Fault resourceFault(std::string_view logical_id, std::string_view detail) {
  return {std::string(logical_id),
          "Resource with id [" + std::string(logical_id) + "] is invalid. " + std::string(detail)};
}

Fault templateFault(std::string_view detail) {
  std::string message = "Structure of the SAM template is invalid. " + std::string(detail);
  return {message, message};
}

Fault eventFault(const EventFault& fault) {
  return {fault.event_id, fault.message()};
}

std::string shouldBe(std::string_view path, std::string_view kind) {
  return "Property '" + std::string(path) + "' should be a " + std::string(kind) + ".";
}

void failResource(std::string_view logical_id, std::string_view detail) {
  throw resourceFault(logical_id, detail);
}
void failTemplate(std::string_view detail) {
  throw templateFault(detail);
}
void failEvent(std::string_view event_id, std::string_view detail) {
  throw EventFault{std::string(event_id), std::string(detail)};
}
void failDocument(std::string_view detail) {
  throw DocumentFault{{templateFault(detail)}};
}

Owner ofResource(std::string_view logical_id) {
  return {Owner::Kind::Resource, std::string(logical_id)};
}
Owner ofAttribute(std::string_view logical_id) {
  return {Owner::Kind::ResourceAttribute, std::string(logical_id)};
}
Owner ofEvent(std::string_view event_id) {
  return {Owner::Kind::Event, std::string(event_id)};
}

const Value& expectMap(const Value& value, const Owner& owner, std::string_view path, std::string_view detail) {
  expect(value.isMap(), owner, path, "map", detail);
  return value;
}

const Value& expectList(const Value& value, const Owner& owner, std::string_view path, std::string_view detail) {
  expect(value.isList(), owner, path, "list", detail);
  return value;
}

const Value& expectText(const Value& value, const Owner& owner, std::string_view path, std::string_view detail) {
  expect(value.isText(), owner, path, "string", detail);
  return value;
}

const Value& expectBool(const Value& value, const Owner& owner, std::string_view path) {
  expect(value.isBool(), owner, path, "boolean", {});
  return value;
}

const Value& expectListOfText(const Value& value, const Owner& owner, std::string_view path) {
  expectList(value, owner, path);
  for (std::size_t i = 0; i < value.size(); ++i) {
    expectText(value.items()[i], owner, std::string(path) + "[" + std::to_string(i) + "]");
  }
  return value;
}

const Value& expectPresent(const Value& value, const Owner& owner, std::string_view path) {
  if (value.isNull()) failOwner(owner, "Property '" + std::string(path) + "' is required.");
  return value;
}

}  // namespace thimble::lang::sam
