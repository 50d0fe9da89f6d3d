// The two tables in DynamoDB.
#pragma once

#include <chrono>
#include <string>

#include "restaurants.h"

namespace restaurants {

class DynamoDbTables : public Tables {
 public:
  /// `restaurants` has the key id; `menu` the keys restaurant_id and item. `timeout` bounds each call.
  DynamoDbTables(std::string restaurants, std::string menu, std::chrono::milliseconds timeout)
      : restaurants_(std::move(restaurants)), menu_(std::move(menu)), timeout_(timeout) {}

  std::optional<Json> restaurant(const std::string& id) override;
  std::pair<std::vector<Json>, std::string> restaurants(const std::string& next) override;
  bool addRestaurant(const Json& restaurant) override;
  std::optional<Json> menuItem(const std::string& restaurant_id, const std::string& item) override;
  std::vector<Json> menu(const std::string& restaurant_id) override;
  void putMenuItem(const Json& item) override;

 private:
  std::string restaurants_;
  std::string menu_;
  std::chrono::milliseconds timeout_;
};

}  // namespace restaurants
