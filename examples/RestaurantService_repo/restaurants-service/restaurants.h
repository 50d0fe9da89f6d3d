// The restaurant service's decisions: from a request to an answer. What is stored is behind Tables, so that a test
// needs no DynamoDB.
//
//   GET  /restaurants                      {"restaurants": [...], "next": "..."}    ?next=... goes on
//   POST /restaurants                      {"name", "id"?, "address"?, "cuisine"?, "phone"?}
//   GET  /restaurants/{id}
//   GET  /restaurants/{id}/menu            {"menu": [...]}
//   POST /restaurants/{id}/menu            {"item", "price", "description"?}
//   GET  /restaurants/{id}/menu/{item}
//
// An error is {"error": "...", "message": "..."} with status 400 (BadRequest), 404 (NotFound), 405 (MethodNotAllowed),
// 409 (AlreadyExists) or 500 (InternalError).
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace restaurants {

using Json = thimble::base::Json;

struct Request {
  std::string method;
  std::string path;  ///< Without the stage, for example "/restaurants/pizza-da-mario/menu"; not percent-encoded.
  std::string next;  ///< Where a list goes on; empty: at its beginning.
  std::string body;
};

struct Answer {
  int status = 200;
  Json body;
};

/// A table could not be read or written. The answer is 500; the reason goes to the log.
class TableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The two tables. Records are flat objects of texts and numbers. Every function may throw TableError.
class Tables {
 public:
  virtual ~Tables() = default;
  virtual std::optional<Json> restaurant(const std::string& id) = 0;
  /// Some restaurants after the id `next`, and the id to go on after (empty at the end).
  virtual std::pair<std::vector<Json>, std::string> restaurants(const std::string& next) = 0;
  /// False when there is one of that id already.
  virtual bool addRestaurant(const Json& restaurant) = 0;
  virtual std::optional<Json> menuItem(const std::string& restaurant_id, const std::string& item) = 0;
  virtual std::vector<Json> menu(const std::string& restaurant_id) = 0;
  virtual void putMenuItem(const Json& item) = 0;
};

Answer answer(const Request& request, Tables& tables);

/// "Pizza da Mario!" becomes "pizza-da-mario"; empty when nothing of the name can be kept.
std::string idFromName(std::string_view name);

}  // namespace restaurants
