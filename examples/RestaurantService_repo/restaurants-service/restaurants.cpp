#include "restaurants.h"

#include <cctype>
#include <initializer_list>

#include "base/result.h"

namespace restaurants {
namespace {

constexpr std::size_t kLongestText = 400;  // Bytes of one field.
constexpr std::size_t kLongestId = 64;

/// A request that cannot be answered as asked.
struct Refusal {
  int status;
  std::string error;
  std::string message;
};

[[noreturn]] void badRequest(const std::string& message) {
  throw Refusal{400, "BadRequest", message};
}
[[noreturn]] void notFound(const std::string& message) {
  throw Refusal{404, "NotFound", message};
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return parts;
}

Json parsedBody(const Request& request) {
  auto body = Json::parse(request.body);
  if (!body.ok()) badRequest("the body is not JSON: " + body.error().message);
  if (!body->isObject()) badRequest("the body must be a JSON object");
  return *body;
}

/// A text of the body. A missing one is empty unless it is required.
std::string text(const Json& body, std::string_view name, bool required = false) {
  const std::string quoted = "'" + std::string(name) + "'";
  const Json* value = body.find(name);
  if (value == nullptr || value->isNull()) {
    if (required) badRequest(quoted + " is missing");
    return {};
  }
  if (!value->isString()) badRequest(quoted + " must be a text");
  if (value->asString().empty()) badRequest(quoted + " must not be empty");
  if (value->asString().size() > kLongestText) badRequest(quoted + " is too long");
  return value->asString();
}

void refuseUnknown(const Json& body, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : body.asObject()) {
    bool found = false;
    for (const std::string_view one : known) found = found || one == name;
    if (!found) badRequest("there is no field '" + name + "'");
  }
}

bool validId(std::string_view id) {
  if (id.empty() || id.size() > kLongestId) return false;
  for (const char c : id) {
    if (!(std::islower(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) || c == '-')) {
      return false;
    }
  }
  return true;
}

Json existing(Tables& tables, const std::string& id) {
  auto found = tables.restaurant(id);
  if (!found) notFound("there is no restaurant '" + id + "'");
  return *found;
}

Answer listRestaurants(const Request& request, Tables& tables) {
  auto [found, next] = tables.restaurants(request.next);
  Json body = Json::object({{"restaurants", Json(std::move(found))}});
  if (!next.empty()) body.set("next", next);
  return {200, body};
}

Answer addRestaurant(const Request& request, Tables& tables) {
  const Json body = parsedBody(request);
  refuseUnknown(body, {"id", "name", "address", "cuisine", "phone"});
  const std::string name = text(body, "name", true);
  std::string id = text(body, "id");
  if (id.empty()) id = idFromName(name);
  if (!validId(id)) badRequest("'id' must be 1 to 64 small letters, digits and hyphens");
  Json restaurant = Json::object({{"id", id}, {"name", name}});
  for (const char* field : {"address", "cuisine", "phone"}) {
    if (const std::string value = text(body, field); !value.empty()) restaurant.set(field, value);
  }
  if (!tables.addRestaurant(restaurant)) {
    throw Refusal{409, "AlreadyExists", "there is a restaurant '" + id + "' already"};
  }
  return {201, restaurant};
}

Answer addMenuItem(const Request& request, Tables& tables, const std::string& id) {
  const Json body = parsedBody(request);
  refuseUnknown(body, {"item", "price", "description"});
  const std::string name = text(body, "item", true);
  const Json& price = body["price"];
  if (!price.isNumber()) badRequest("'price' must be a number");
  if (price.asDouble() < 0 || price.asDouble() > 1e6) badRequest("'price' must be between 0 and 1000000");
  existing(tables, id);
  Json item = Json::object({{"restaurant_id", id}, {"item", name}, {"price", price}});
  if (const std::string description = text(body, "description"); !description.empty()) {
    item.set("description", description);
  }
  tables.putMenuItem(item);
  return {201, item};
}

Answer listMenu(Tables& tables, const std::string& id) {
  existing(tables, id);
  return {200, Json::object({{"menu", Json(tables.menu(id))}})};
}

Answer menuItem(Tables& tables, const std::string& id, const std::string& name) {
  auto item = tables.menuItem(id, name);
  if (!item) notFound("the restaurant '" + id + "' has no '" + name + "' on its menu");
  return {200, *item};
}

Answer routed(const Request& request, Tables& tables) {
  const std::vector<std::string> path = segments(request.path);
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (path.empty() || path[0] != "restaurants" || path.size() > 4 || (path.size() > 2 && path[2] != "menu")) {
    notFound("there is nothing at " + request.path);
  }
  switch (path.size()) {
    case 1:
      if (get) return listRestaurants(request, tables);
      if (post) return addRestaurant(request, tables);
      break;
    case 2:
      if (get) return {200, existing(tables, path[1])};
      break;
    case 3:
      if (get) return listMenu(tables, path[1]);
      if (post) return addMenuItem(request, tables, path[1]);
      break;
    default:
      if (get) return menuItem(tables, path[1], path[3]);
  }
  throw Refusal{405, "MethodNotAllowed", request.method + " is not for " + request.path};
}

}  // namespace

Answer answer(const Request& request, Tables& tables) {
  try {
    return routed(request, tables);
  } catch (const Refusal& refusal) {
    return {refusal.status, Json::object({{"error", refusal.error}, {"message", refusal.message}})};
  }
}

std::string idFromName(std::string_view name) {
  std::string id;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte)) {
      id += static_cast<char>(std::tolower(byte));
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
    if (id.size() == kLongestId) break;
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id;
}

}  // namespace restaurants
