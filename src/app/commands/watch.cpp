// thimble watch: a pipeline's newest execution, live: stages, actions, times, and what builds and functions write.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/commands/commands.h"
#include "app/local_client.h"
#include "app/watch_view.h"
#include "platform/clock.h"

namespace thimble::app {
namespace {

using base::Json;

constexpr int kCannotWatch = 2;
constexpr auto kPause = std::chrono::milliseconds(150);
constexpr std::size_t kMostLogLines = 2000;  ///< Of one action, each time it is looked at.
/// Milliseconds. A function that tells the pipeline its result by itself goes on writing: its report comes last, and is
/// waited for so long.
constexpr std::int64_t kLinger = 1000;

struct Options {
  std::uint16_t port = 4566;
  std::string region = regionOfEnvironment();
  std::string pipeline, execution;
  bool follow = false, until_approval = false, plain = false, logs = true;
};

class Watch {
 public:
  explicit Watch(const Options& options)
      : options_(options),
        client_(options.port, options.region),
        terminal_(!options.plain && isatty(STDOUT_FILENO) == 1) {}

  int run() {
    std::string last;  // The execution whose end has been told.
    for (;; std::this_thread::sleep_for(kPause)) {
      auto read = look();
      if (!read.ok()) {
        erase();
        std::cerr << "thimble watch: " << read.error().message << " (region " << options_.region << ")\n";
        return kCannotWatch;
      }
      if (!*read || (*read)->id == last) continue;
      const WatchedExecution& now = **read;
      const LogLines logs = logLines(now);
      if (terminal_) {
        show(now, logs);
      } else {
        for (const std::string& line : tellChanges(before_, now, logs)) std::cout << line << "\n";
        std::cout << std::flush;
      }
      const bool waits = tellApprovals(now);
      before_ = now;
      if (waits && options_.until_approval) return 0;
      if (!isOver(now) || !logsAreWhole()) continue;
      painted_ = 0;  // What is painted stays.
      if (!options_.follow) return exitStatus(now);
      last = now.id;
    }
  }

 private:
  base::Result<std::optional<WatchedExecution>> look() {
    TRY_ASSIGN(const Json pipeline,
               client_.call("codepipeline", "GetPipeline", Json::object({{"name", options_.pipeline}})));
    TRY_ASSIGN(const Json executions, client_.call("codepipeline", "ListPipelineExecutions",
                                                   Json::object({{"pipelineName", options_.pipeline}})));
    const Json& summaries = executions["pipelineExecutionSummaries"];
    Json summary;
    for (std::size_t i = 0; i < summaries.size() && summary.isNull(); ++i) {
      if (options_.execution.empty() || summaries[i].stringAt("pipelineExecutionId") == options_.execution)
        summary = summaries[i];
    }
    if (summary.isNull()) {
      if (options_.execution.empty()) return std::optional<WatchedExecution>();
      return base::ApiError{"", "The pipeline " + options_.pipeline + " has no execution " + options_.execution, 0};
    }
    Json input = Json::object({{"pipelineName", options_.pipeline}});
    input.set("filter", Json::object({{"pipelineExecutionId", summary["pipelineExecutionId"]}}));
    details_ = Json::array();
    do {
      TRY_ASSIGN(const Json page, client_.call("codepipeline", "ListActionExecutions", input));
      for (std::size_t i = 0; i < page["actionExecutionDetails"].size(); ++i)
        details_.push(page["actionExecutionDetails"][i]);
      input.set("nextToken", page["nextToken"]);
    } while (input["nextToken"].isString());
    return std::optional(readExecution(pipeline["pipeline"], summary, details_));
  }

  /// Where the action's work writes its log; nothing when it has none.
  std::optional<LogWriter> logOf(const Json& detail) {
    const Json& type = detail["input"]["actionTypeId"];
    const Json& configuration = detail["input"]["resolvedConfiguration"];
    LogWriter log;
    log.since = detail["startTime"].isInt() ? detail["startTime"].asInt() : 0;
    if (type.stringAt("provider") == "Lambda") {
      const std::string function = configuration.stringAt("FunctionName");
      log.group = "/aws/lambda/" + function.substr(function.rfind(':') + 1);
      return log;
    }
    if (type.stringAt("provider") != "CodeBuild" && type.stringAt("provider") != "Commands") return std::nullopt;
    const std::string build = latest(detail.stringAt("actionExecutionId"), "externalExecutionId");
    const std::size_t colon = build.find(':');
    if (colon == std::string::npos) return std::nullopt;
    const auto builds = client_.call("codebuild", "BatchGetBuilds", Json::object({{"ids", Json::array({build})}}));
    const Json logs = builds.ok() ? (*builds)["builds"][std::size_t{0}]["logs"] : Json();
    log.whole = true;
    log.group = logs.stringAt("groupName", "/aws/codebuild/" + build.substr(0, colon));
    log.stream = logs.stringAt("streamName", build.substr(colon + 1));
    return log;
  }

  /// A member of an action's ActionExecution in GetPipelineState's answer, which tells more of a running one than
  /// lists.
  std::string latest(const std::string& action_execution, const char* member) {
    const auto state = client_.call("codepipeline", "GetPipelineState", Json::object({{"name", options_.pipeline}}));
    if (!state.ok()) return "";
    for (std::size_t s = 0; s < (*state)["stageStates"].size(); ++s) {
      const Json& actions = (*state)["stageStates"][s]["actionStates"];
      for (std::size_t a = 0; a < actions.size(); ++a) {
        const Json& found = actions[a]["latestExecution"];
        if (found.stringAt("actionExecutionId") == action_execution) return found.stringAt(member);
      }
    }
    return "";
  }

  LogLines logLines(const WatchedExecution& now) {
    LogLines lines;
    if (!options_.logs) return lines;
    // 1. Who writes where: a line is its whose run covers it, so all have to be known first.
    for (std::size_t i = 0; i < details_.size(); ++i) {
      const std::string id = details_[i].stringAt("actionExecutionId");
      if (finished_.contains(id) || logs_.contains(id)) continue;
      if (auto log = logOf(details_[i])) {
        logs_.emplace(id, *std::move(log));
      } else if (details_[i].stringAt("status") != "InProgress") {
        finished_.insert(id);
      }
    }
    std::vector<LogWriter> writers;
    for (const auto& [id, log] : logs_) writers.push_back(log);
    // 2. What they wrote, in the order of their beginning.
    const std::int64_t time = platform::SystemClock().now().milliseconds;
    for (std::size_t i = details_.size(); i-- > 0;) {
      const Json& detail = details_[i];
      const std::string id = detail.stringAt("actionExecutionId");
      const auto known = logs_.find(id);
      if (finished_.contains(id) || known == logs_.end()) continue;
      const auto last = lastMomentOf(known->second, writers);
      readLog(detail.stringAt("actionName"), known->second, last, lines[id]);
      if (detail.stringAt("status") == "InProgress" && !isOver(now)) continue;
      // This look was after its end. When the execution is over, the action may not know it yet.
      const Json& ended = detail["lastUpdateTime"];
      if (known->second.whole || !ended.isInt() || ended.asInt() + kLinger < time) finished_.insert(id);
    }
    return lines;
  }

  /// Whether all that was written has been read.
  bool logsAreWhole() const {
    return std::all_of(logs_.begin(), logs_.end(), [this](const auto& each) { return finished_.contains(each.first); });
  }

  void readLog(const std::string& action, LogWriter& log, std::optional<std::int64_t> last,
               std::vector<std::string>& lines) {
    Json input = Json::object({{"logGroupName", log.group}, {"startTime", log.since}});
    if (last) input.set("endTime", *last);
    if (!log.stream.empty()) input.set("logStreamNames", Json::array({log.stream}));
    for (std::size_t count = 0; count < kMostLogLines;) {
      const auto page = client_.call("logs", "FilterLogEvents", input);
      if (!page.ok()) return;  // Nothing has been written yet.
      const Json& events = (*page)["events"];
      for (std::size_t i = 0; i < events.size(); ++i, ++count) {
        if (!shown_.insert(log.group + " " + events[i].stringAt("eventId")).second) continue;
        std::string text = events[i].stringAt("message");
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
        noteLine(log, text);
        lines.push_back("    " + action + " | " + plainText(text));
      }
      if (!(*page)["nextToken"].isString()) return;
      input.set("nextToken", (*page)["nextToken"]);
    }
  }

  /// How to answer an approval that waits, once each. True when one waits.
  bool tellApprovals(const WatchedExecution& now) {
    bool waits = false;
    for (std::size_t i = 0; i < details_.size(); ++i) {
      const Json& detail = details_[i];
      if (detail.stringAt("status") != "InProgress" ||
          detail["input"]["actionTypeId"].stringAt("category") != "Approval") {
        continue;
      }
      waits = true;
      if (!told_.insert(detail.stringAt("actionExecutionId")).second) continue;
      const std::string token = latest(detail.stringAt("actionExecutionId"), "token");
      erase();
      std::cout << detail.stringAt("stageName") << "/" << detail.stringAt("actionName")
                << " waits for an approval. To give it:\n  aws codepipeline put-approval-result --pipeline-name "
                << now.pipeline << " --stage-name " << detail.stringAt("stageName") << " --action-name "
                << detail.stringAt("actionName") << " --token " << token << " --result status=Approved,summary=ok\n"
                << std::flush;
    }
    return waits;
  }

  /// Takes away what the last round painted.
  void erase() {
    if (painted_ > 0) std::cout << "\x1b[" << painted_ << "A\x1b[J";
    painted_ = 0;
  }

  void show(const WatchedExecution& now, const LogLines& logs) {
    winsize size{};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const std::size_t width = known ? size.ws_col - 1U : 100U;
    const std::vector<std::string> lines = paintExecution(now, platform::SystemClock().now(), width, true);
    erase();
    for (const WatchedAction& action : now.actions) {
      const auto log = logs.find(action.execution_id);
      if (log == logs.end()) continue;
      for (const std::string& line : log->second) std::cout << line << "\n";
    }
    for (const std::string& line : lines) std::cout << line << "\n";
    std::cout << std::flush;
    painted_ = lines.size();
  }

  const Options& options_;
  LocalClient client_;
  const bool terminal_;
  WatchedExecution before_;
  Json details_;                           ///< Of the last look.
  std::map<std::string, LogWriter> logs_;  ///< By the action execution's id.
  std::set<std::string> finished_, told_;  ///< Action executions' ids.
  std::set<std::string> shown_;            ///< Lines of logs, by their group and id.
  std::size_t painted_ = 0;                ///< Lines.
};

}  // namespace

void addWatch(CLI::App& app, Run& run_command) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("watch", "Show a pipeline's newest execution live, until it ends");
  command->footer(
      "Exit status: 0 succeeded (or an approval waits, with --until-approval), 1 failed, 3 stopped, 4 superseded, 2 "
      "cannot watch.");
  command->add_option("pipeline", options->pipeline, "The pipeline's name")->required();
  command->add_option("--execution", options->execution, "This execution instead of the newest");
  command->add_flag("-f,--follow", options->follow, "Go on with the next execution");
  command->add_flag("--until-approval", options->until_approval, "End when an approval waits");
  command->add_flag("--plain", options->plain, "Lines of text even on a terminal");
  command->add_flag("!--no-logs", options->logs, "Without what builds and functions write");
  command->add_option("--port", options->port, "Port of the server")->envname("THIMBLE_PORT")->capture_default_str();
  command->add_option("--region", options->region, "Region of the pipeline")->capture_default_str();
  command->callback([options, &run_command] { run_command = [options] { return Watch(*options).run(); }; });
}

}  // namespace thimble::app
