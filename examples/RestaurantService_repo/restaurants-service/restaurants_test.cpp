#include "restaurants.h"

#include <gtest/gtest.h>

#include <map>

#include "../restaurants-service-tests/api_tests.h"
#include "base/result.h"

namespace restaurants {
namespace {

/// Tables in memory, which give lists two at a time.
class FakeTables : public Tables {
 public:
  std::optional<Json> restaurant(const std::string& id) override {
    const auto found = restaurants_.find(id);
    return found == restaurants_.end() ? std::nullopt : std::optional<Json>(found->second);
  }
  std::pair<std::vector<Json>, std::string> restaurants(const std::string& next) override {
    std::vector<Json> page;
    for (auto one = next.empty() ? restaurants_.begin() : restaurants_.upper_bound(next); one != restaurants_.end();
         ++one) {
      page.push_back(one->second);
      if (page.size() == 2) return {page, one->first};
    }
    return {page, ""};
  }
  bool addRestaurant(const Json& restaurant) override {
    return restaurants_.emplace(restaurant.stringAt("id"), restaurant).second;
  }
  std::optional<Json> menuItem(const std::string& restaurant_id, const std::string& item) override {
    const auto found = menus_[restaurant_id].find(item);
    return found == menus_[restaurant_id].end() ? std::nullopt : std::optional<Json>(found->second);
  }
  std::vector<Json> menu(const std::string& restaurant_id) override {
    std::vector<Json> items;
    for (const auto& [name, item] : menus_[restaurant_id]) items.push_back(item);
    return items;
  }
  void putMenuItem(const Json& item) override { menus_[item.stringAt("restaurant_id")][item.stringAt("item")] = item; }

 private:
  std::map<std::string, Json> restaurants_;
  std::map<std::string, std::map<std::string, Json>> menus_;
};

Send sendTo(FakeTables& tables) {
  return [&tables](const std::string& method, const std::string& path, const std::string& body) {
    const std::size_t query = path.find("?next=");
    const std::string next = query == std::string::npos ? "" : path.substr(query + 6);
    const Answer answered = answer({method, path.substr(0, query), next, body}, tables);
    return Reply{answered.status, answered.body.write()};
  };
}

TEST(Restaurants, PassTheTestsOfTheDeployedService) {
  FakeTables tables;
  for (const char* id : {"a", "b", "c"}) tables.addRestaurant(Json::object({{"id", id}, {"name", id}}));
  for (const char* tag : {"one", "two"}) {
    const Report report = testApi(sendTo(tables), tag);
    EXPECT_EQ(report.failure.value_or(""), "");
    EXPECT_GT(report.passed.size(), 15u);
  }
}

TEST(Restaurants, RefusalsSayWhatIsWrong) {
  struct Case {
    std::string method, path, body;
    int status;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"POST", "/restaurants", "[1]", 400, "the body must be a JSON object"},
      {"POST", "/restaurants", R"({"name":""})", 400, "'name' must not be empty"},
      {"POST", "/restaurants", R"({"name":7})", 400, "'name' must be a text"},
      {"POST", "/restaurants", R"({"name":"!!!"})", 400, "'id' must be 1 to 64 small letters, digits and hyphens"},
      {"POST", "/restaurants", R"({"name":"a","id":"../x"})", 400,
       "'id' must be 1 to 64 small letters, digits and hyphens"},
      {"POST", "/restaurants", R"({"name":"a","stars":5})", 400, "there is no field 'stars'"},
      {"POST", "/restaurants", "{\"name\":\"" + std::string(401, 'x') + "\"}", 400, "'name' is too long"},
      {"POST", "/restaurants/x/menu", R"({"item":"a"})", 400, "'price' must be a number"},
      {"POST", "/restaurants/x/menu", R"({"item":"a","price":-1})", 400, "'price' must be between 0 and 1000000"},
      {"POST", "/restaurants/x/menu", R"({"item":"a","price":1})", 404, "there is no restaurant 'x'"},
      {"GET", "/restaurants/x/menu/a", "", 404, "the restaurant 'x' has no 'a' on its menu"},
      {"GET", "/", "", 404, "there is nothing at /"},
      {"GET", "/restaurants/x/menu/a/b", "", 404, "there is nothing at /restaurants/x/menu/a/b"},
      {"DELETE", "/restaurants/x", "", 405, "DELETE is not for /restaurants/x"},
  };
  for (const Case& one : cases) {
    FakeTables tables;
    const Answer answered = answer({one.method, one.path, "", one.body}, tables);
    EXPECT_EQ(answered.status, one.status) << one.path << " " << one.body;
    EXPECT_EQ(answered.body.stringAt("message"), one.message);
  }
}

TEST(Restaurants, IdsAreMadeOfNames) {
  EXPECT_EQ(idFromName("Pizza da Mario!"), "pizza-da-mario");
  EXPECT_EQ(idFromName("  Ü 7  "), "7");
  EXPECT_EQ(idFromName(std::string(100, 'a')), std::string(64, 'a'));
}

TEST(ApiTests, TheFirstFailureTellsWhatWasExpected) {
  FakeTables tables;
  const Send works = sendTo(tables);
  const auto failureWhen = [&](const Send& send) { return testApi(send, "x").failure.value_or("none"); };
  EXPECT_EQ(failureWhen([](auto&, auto&, auto&) -> Reply { throw std::runtime_error("connection refused"); }),
            "POST /restaurants had no answer: connection refused");
  EXPECT_EQ(failureWhen([](auto&, auto&, auto&) {
              return Reply{500, "boom"};
            }),
            "POST /restaurants should answer 400, but answered 500: boom");
  EXPECT_EQ(failureWhen([&](auto& method, auto& path, auto& body) {
              return path == "/restaurants" && method == "GET" ? Reply{200, R"({"restaurants":[]})"}
                                                               : works(method, path, body);
            }),
            "GET /restaurants does not list the restaurant test-x that was added");
}

}  // namespace
}  // namespace restaurants
