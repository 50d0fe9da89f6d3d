// Replays sequences of calls recorded from AWS, when they are there, against the control plane.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include "dispatch/testing/test_world.h"
#include "services/apigateway/service.h"

namespace thimble::services::apigateway {
namespace {

using base::Json;

/// The member at "a.0.b" of a value.
Json walk(Json value, std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('.'), path.size());
    const std::string name(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty()) continue;
    value = Json(value.isArray() ? value[static_cast<std::size_t>(std::stoul(name))] : value[name]);
  }
  return value;
}

/// Parameters with "${c0.id}" replaced by what call 0 answered.
Json resolve(const Json& value, const std::map<std::int64_t, Json>& answers) {
  if (value.isArray()) {
    Json out = Json::array();
    for (const Json& item : value.asArray()) out.push(resolve(item, answers));
    return out;
  }
  if (value.isObject()) {
    Json out = Json::object();
    for (const auto& [name, item] : value.asObject()) out.set(name, resolve(item, answers));
    return out;
  }
  if (!value.isString()) return value;
  static const std::regex kReference(R"(\$\{c(\d+)\.([^}]*)\})");
  std::string text = value.asString();
  std::smatch match;
  while (std::regex_search(text, match, kReference)) {
    const auto answer = answers.find(std::stoll(match[1]));
    // What another service would have answered is a word here.
    const Json found = answer == answers.end() ? Json("elsewhere") : walk(answer->second, match[2].str());
    if (match.length() == static_cast<std::ptrdiff_t>(text.size()) && !found.isString()) return found;
    text = match.prefix().str() + (found.isString() ? found.asString() : found.write()) + match.suffix().str();
  }
  return text;
}

/// Compares with a recording, in which words such as "<id:1>" and "datetime" stand for any value.
class Matcher {
 public:
  std::string differs(const Json& expected, const Json& actual, const std::string& path) {
    if (expected.isString()) return differsText(expected.asString(), actual, path);
    if (expected.isObject()) {
      Json value = actual;
      if (actual.isString()) {
        auto parsed = Json::parse(actual.asString());
        if (parsed.ok()) value = parsed.value();
      }
      if (!value.isObject()) return path + ": " + expected.write() + " != " + actual.write();
      for (const auto& [name, item] : expected.asObject()) {
        if (name == "ResponseMetadata") continue;
        const std::string key = known(name);
        if (!value.contains(key)) return path + "." + name + " is missing in " + value.write();
        if (auto text = differs(item, value[key], path + "." + name); !text.empty()) return text;
      }
      for (const auto& [name, item] : value.asObject()) {
        bool there = expected.contains(name);
        for (const auto& [wanted, ignored] : expected.asObject()) there = there || known(wanted) == name;
        if (!there) return path + "." + name + " is not expected: " + item.write();
      }
      return "";
    }
    if (expected.isArray()) {
      if (!actual.isArray() || actual.size() != expected.size()) {
        return path + ": " + expected.write() + " != " + actual.write();
      }
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (auto text = differs(expected[i], actual[i], path + "." + std::to_string(i)); !text.empty()) return text;
      }
      return "";
    }
    return expected == actual ? "" : path + ": " + expected.write() + " != " + actual.write();
  }

 private:
  std::string known(const std::string& word) const {
    const auto found = words_.find(word);
    return found == words_.end() ? word : found->second;
  }

  std::string differsText(const std::string& expected, const Json& actual, const std::string& path) {
    if (expected == "datetime") return actual.isInt() ? "" : path + ": no time: " + actual.write();
    static const std::regex kAnything("<[a-z-]+>");
    if (std::regex_match(expected, kAnything)) return "";
    if (!actual.isString()) return path + ": " + expected + " != " + actual.write();
    std::string text = actual.asString();
    static const std::regex kWord("<[a-z-]+:[0-9]+>");
    if (std::regex_match(expected, kWord)) {
      const auto [place, fresh] = words_.emplace(expected, text);
      return place->second == text ? "" : path + ": " + expected + " is " + place->second + ", not " + text;
    }
    // Words within a text match anything; the account of the recordings is another.
    std::string pattern;
    static const std::regex kSpecial(R"([.*+?^${}()|[\]\\])");
    static const std::regex kAnyWord(R"(<[A-Za-z0-9_:-]+>)");
    pattern = std::regex_replace(expected, kSpecial, R"(\$&)");
    pattern = std::regex_replace(pattern, kAnyWord, "[\\s\\S]*");
    pattern = std::regex_replace(pattern, std::regex("111111111111"), "\\d{12}");
    return std::regex_match(text, std::regex(pattern)) ? "" : path + ": " + expected + " != " + text;
  }

  std::map<std::string, std::string> words_;
};

struct Sequence {
  Json recording;

  /// What differs, by the key of the recorded answer.
  std::vector<std::string> run(int& matched) {
    dispatch::TestWorld world;
    registerOperations(world.registry());
    world.start();
    std::map<std::int64_t, Json> answers;
    std::vector<std::string> problems;
    Matcher matcher;
    for (const Json& call : recording["calls"].asArray()) {
      if (call["service"] != Json("apigateway") || call["teardown"] == Json(true)) continue;
      world.runFor(1000);
      const std::string operation = call.stringAt("operation");
      const Json input = resolve(call["params"], answers);
      Json answer;
      const auto outcome = world.call("apigateway", operation, input);
      if (outcome.ok()) {
        answer = outcome->output;
      } else {
        answer = Json::object(
            {{"Error", Json::object({{"Code", outcome.error().code}, {"Message", outcome.error().message}})}});
        if (outcome.error().code != "ValidationException") answer.set("message", outcome.error().message);
      }
      answers[call["n"].asInt()] = answer;
      for (const Json& match : recording["matches"].asArray()) {
        if (match["after_call"] != call["n"] || match["from"]["$call"] != call["n"]) continue;
        const std::string key = match.stringAt("key");
        if (!recording["expected"].contains(key)) continue;
        const std::string path = match["from"].stringAt("path");
        const std::string problem =
            matcher.differs(recording["expected"][key], walk(answer, path == "error" ? "" : path), key);
        if (problem.empty()) {
          ++matched;
        } else {
          problems.push_back(problem);
        }
      }
    }
    return problems;
  }
};

TEST(ApiGateway, AnswersAsRecorded) {
  const char* folder = std::getenv("THIMBLE_CONFORMANCE");
  const std::string path = (folder ? std::string(folder) : std::string(THIMBLE_SOURCE_DIR) + "/../shared/conformance") +
                           "/apis/apigateway.jsonl";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "no recorded cases at " << path;
  int whole = 0;
  int total = 0;
  int matched = 0;
  int differing = 0;
  for (std::string line; std::getline(file, line);) {
    Sequence sequence{Json::parse(line).value()};
    ++total;
    const auto problems = sequence.run(matched);
    differing += static_cast<int>(problems.size());
    whole += problems.empty() ? 1 : 0;
    for (const std::string& problem : problems) {
      std::printf("%s\n    %s\n", sequence.recording.stringAt("id").c_str(), problem.substr(0, 600).c_str());
    }
  }
  std::printf("recorded sequences: %d of %d; answers: %d of %d\n", whole, total, matched, matched + differing);
  EXPECT_GE(matched * 100, 93 * (matched + differing));
}

}  // namespace
}  // namespace thimble::services::apigateway
