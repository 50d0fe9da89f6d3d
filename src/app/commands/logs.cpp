// thimble logs: what functions and builds write, of all log groups in one stream.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/commands/commands.h"
#include "app/local_client.h"
#include "base/time.h"

namespace thimble::app {
namespace {

using base::Json;

struct Options {
  std::uint16_t port = 4566;
  std::string region = regionOfEnvironment();
  std::string prefix;
  std::string filter;
  int minutes = 10;
  bool follow = false;
};

struct Line {
  std::int64_t time = 0;
  std::string id, group, text;
};

int fail(const std::string& message) {
  std::cerr << "thimble logs: " << message << "\n";
  return 1;
}

std::int64_t nowMilliseconds() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// The groups whose names begin with the prefix.
base::Result<std::vector<std::string>> groupsOf(LocalClient& client, const Options& options) {
  std::vector<std::string> groups;
  Json input = Json::object();
  if (!options.prefix.empty()) input.set("logGroupNamePrefix", options.prefix);
  for (;;) {
    TRY_ASSIGN(const Json page, client.call("logs", "DescribeLogGroups", input));
    const Json& found = page["logGroups"];
    for (std::size_t i = 0; i < found.size(); ++i) groups.push_back(found[i].stringAt("logGroupName"));
    if (!page.contains("nextToken")) return groups;
    input.set("nextToken", page.stringAt("nextToken"));
  }
}

/// Events of one group from `since` on.
base::Result<void> readGroup(LocalClient& client, const Options& options, const std::string& group, std::int64_t since,
                             std::vector<Line>& lines) {
  Json input = Json::object({{"logGroupName", group}, {"startTime", since}});
  if (!options.filter.empty()) input.set("filterPattern", options.filter);
  for (;;) {
    auto page = client.call("logs", "FilterLogEvents", input);
    if (!page.ok()) {
      if (page.error().code == "ResourceNotFoundException") return {};  // Deleted meanwhile.
      return std::move(page).error();
    }
    const Json& events = (*page)["events"];
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Json& event = events[i];
      lines.push_back({event["timestamp"].asInt(), event.stringAt("eventId"), group, event.stringAt("message")});
    }
    if (!page->contains("nextToken")) return {};
    input.set("nextToken", page->stringAt("nextToken"));
  }
}

void print(const Line& line) {
  std::string text = line.text;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  std::cout << base::formatIso8601Milliseconds({line.time}) << " " << line.group << " " << text << "\n";
}

int run(const Options& options) {
  // Events arrive a little later than they happened, so each round looks back this far and drops what it printed.
  constexpr std::int64_t kLookBackMilliseconds = 10'000;
  LocalClient client(options.port, options.region);
  std::int64_t since = nowMilliseconds() - std::int64_t{options.minutes} * 60'000;
  std::map<std::string, std::int64_t> printed;  // Event ids and their times.
  for (;;) {
    auto groups = groupsOf(client, options);
    if (!groups.ok()) return fail(groups.error().message);
    std::vector<Line> lines;
    for (const std::string& group : *groups) {
      const auto read = readGroup(client, options, group, since, lines);
      if (!read.ok()) return fail(read.error().message);
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
    for (const Line& line : lines) {
      if (printed.try_emplace(line.id, line.time).second) print(line);
    }
    std::cout << std::flush;
    if (!options.follow) return 0;
    since = std::max(since, nowMilliseconds() - kLookBackMilliseconds);
    std::erase_if(printed, [&](const auto& entry) { return entry.second < since; });
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace

void addLogs(CLI::App& app, Run& run_command) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("logs", "Print the logs of all functions and builds in one stream");
  command->add_option("prefix", options->prefix, "Only log groups whose names begin so, for example /aws/lambda/");
  command->add_flag("-f,--follow", options->follow, "Go on printing what comes");
  command->add_option("--filter", options->filter, "A filter pattern of CloudWatch Logs, for example ERROR");
  command->add_option("--minutes", options->minutes, "How far back to begin")->capture_default_str();
  command->add_option("--port", options->port, "Port of the server")->envname("THIMBLE_PORT")->capture_default_str();
  command->add_option("--region", options->region, "Region of the log groups")->capture_default_str();
  command->callback([options, &run_command] { run_command = [options] { return run(*options); }; });
}

}  // namespace thimble::app
