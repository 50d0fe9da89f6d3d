#include "api_tests.h"

#include <stdexcept>

#include "base/result.h"

namespace restaurants {
namespace {

/// A step that did not do as it should.
class Failed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr std::size_t kShownBytes = 300;  // Of an unexpected answer.

std::string shown(const std::string& body) {
  return body.size() <= kShownBytes ? body : body.substr(0, kShownBytes) + "...";
}

class Run {
 public:
  Run(const Send& send, Report& report) : send_(send), report_(report) {}

  /// Sends a request, checks the status, and returns the answer's JSON.
  Json step(const std::string& method, const std::string& path, int status, const Json& body = {}) {
    return raw(method, path, status, body.isNull() ? std::string() : body.write());
  }

  Json raw(const std::string& method, const std::string& path, int status, const std::string& body) {
    what_ = method + " " + path;
    Reply reply;
    try {
      reply = send_(method, path, body);
    } catch (const std::exception& error) {
      throw Failed(what_ + " had no answer: " + error.what());
    }
    if (reply.status != status) {
      throw Failed(what_ + " should answer " + std::to_string(status) + ", but answered " +
                   std::to_string(reply.status) + ": " + shown(reply.body));
    }
    auto json = Json::parse(reply.body);
    if (!json.ok()) throw Failed(what_ + " answered what is not JSON: " + shown(reply.body));
    report_.passed.push_back(what_ + " -> " + std::to_string(status));
    return *json;
  }

  /// Checks what the last step answered.
  void expect(bool holds, const std::string& expectation, const Json& answer) {
    if (!holds) throw Failed(what_ + ": " + expectation + ", but the answer is " + shown(answer.write()));
  }

 private:
  const Send& send_;
  Report& report_;
  std::string what_;
};

bool listed(Run& run, const std::string& id) {
  std::string path = "/restaurants";
  for (int page = 0; page < 1000; ++page) {
    const Json list = run.step("GET", path, 200);
    run.expect(list["restaurants"].isArray(), "there should be a list 'restaurants'", list);
    for (const Json& one : list["restaurants"].asArray()) {
      if (one.stringAt("id") == id) return true;
    }
    const std::string next = list.stringAt("next");
    if (next.empty()) return false;
    path = "/restaurants?next=" + next;
  }
  return false;
}

void restaurantSteps(Run& run, const std::string& id) {
  run.raw("POST", "/restaurants", 400, "{not json");
  run.step("POST", "/restaurants", 400, Json::object({{"address", "1 Main Street"}}));
  run.step("GET", "/restaurants/" + id, 404);
  const Json restaurant = Json::object({{"id", id}, {"name", "Trattoria " + id}, {"cuisine", "Italian"}});
  Json answer = run.step("POST", "/restaurants", 201, restaurant);
  run.expect(answer == restaurant, "it should answer what was added", answer);
  run.step("POST", "/restaurants", 409, restaurant);
  answer = run.step("GET", "/restaurants/" + id, 200);
  run.expect(answer == restaurant, "it should answer what was added", answer);
  if (!listed(run, id)) throw Failed("GET /restaurants does not list the restaurant " + id + " that was added");
}

void menuSteps(Run& run, const std::string& id) {
  const std::string menu = "/restaurants/" + id + "/menu";
  Json answer = run.step("GET", menu, 200);
  run.expect(answer["menu"].isArray() && answer["menu"].empty(), "the menu should be empty", answer);
  run.step("POST", menu, 400, Json::object({{"item", "Margherita"}, {"price", "much"}}));
  run.step("POST", "/restaurants/no-" + id + "/menu", 404, Json::object({{"item", "Margherita"}, {"price", 7.5}}));
  run.step("POST", menu, 201, Json::object({{"item", "Margherita"}, {"price", 7.5}, {"description", "Tomato"}}));
  run.step("POST", menu, 201, Json::object({{"item", "Marinara"}, {"price", 6}}));
  answer = run.step("GET", menu, 200);
  run.expect(answer["menu"].size() == 2, "the menu should have two items", answer);
  answer = run.step("GET", menu + "/Margherita", 200);
  run.expect(answer["price"] == Json(7.5), "the price should be 7.5", answer);
  run.step("GET", menu + "/Calzone", 404);
}

}  // namespace

Report testApi(const Send& send, const std::string& tag) {
  Report report;
  Run run(send, report);
  const std::string id = "test-" + tag;
  try {
    restaurantSteps(run, id);
    menuSteps(run, id);
    run.step("GET", "/kitchens", 404);
  } catch (const Failed& failed) {
    report.failure = failed.what();
  }
  return report;
}

}  // namespace restaurants
