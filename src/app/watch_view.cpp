#include "app/watch_view.h"

#include <algorithm>
#include <cstdio>

namespace thimble::app {
namespace {

using base::Json;

constexpr const char* kReset = "\x1b[0m";

const char* colourOf(const std::string& status) {
  if (status == "Succeeded") return "\x1b[32m";
  if (status == "InProgress" || status == "Stopping") return "\x1b[33m";
  if (status.empty() || status == "Superseded") return "\x1b[2m";
  return "\x1b[31m";
}

const char* markOf(const std::string& status) {
  if (status == "Succeeded") return "+";
  if (status == "InProgress" || status == "Stopping") return ">";
  return status.empty() ? "." : "x";
}

std::string firstLine(const std::string& text) {
  return plainText(text.substr(0, text.find('\n')));
}

/// At most `width` bytes, whole characters only.
std::string cut(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  std::size_t end = width > 3 ? width - 3 : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

base::Timestamp timeAt(const Json& object, const char* name) {
  return base::Timestamp{object[name].isInt() ? object[name].asInt() : 0};
}

std::string noteOf(const Json& detail) {
  const Json& result = detail["output"]["executionResult"];
  if (const std::string error = result["errorDetails"].stringAt("message"); !error.empty()) return error;
  return result.stringAt("externalExecutionSummary");
}

std::int64_t spent(const WatchedAction& action, base::Timestamp now) {
  const base::Timestamp end = action.status == "InProgress" ? now : action.updated;
  return std::max<std::int64_t>(0, end.milliseconds - action.started.milliseconds);
}

std::string lineOf(const WatchedAction& action, base::Timestamp now) {
  std::string line = padded(action.name, 22) + " " + padded(action.provider, 15);
  if (action.status.empty()) return line;
  line += " " + padded(action.status, 11) + " " + padded(durationText(spent(action, now)), 9);
  if (!action.note.empty()) line += " " + firstLine(action.note);
  return line;
}

/// Of a stage by its actions' latest runs.
std::string stageStatus(const std::vector<const WatchedAction*>& actions) {
  bool all = true;
  bool any = false;
  for (const WatchedAction* action : actions) {
    if (action->status == "InProgress") return "InProgress";
    all = all && action->status == "Succeeded";
    any = any || !action->status.empty();
  }
  if (all) return "Succeeded";
  const bool failed = std::any_of(actions.begin(), actions.end(), [](const WatchedAction* action) {
    return !action->status.empty() && action->status != "Succeeded";
  });
  if (failed) return "Failed";
  return any ? "InProgress" : "";
}

}  // namespace

void noteLine(LogWriter& log, const std::string& line) {
  constexpr std::string_view kStart = "START RequestId: ", kReport = "REPORT RequestId: ";
  const auto idBehind = [&line](std::string_view prefix) {
    return line.substr(prefix.size(), line.find_first_of(" \t", prefix.size()) - prefix.size());
  };
  if (line.starts_with(kStart)) log.request = idBehind(kStart);
  if (line.starts_with(kReport) && idBehind(kReport) == log.request) log.whole = true;
}

std::optional<std::int64_t> lastMomentOf(const LogWriter& of, const std::vector<LogWriter>& all) {
  std::optional<std::int64_t> last;
  for (const LogWriter& each : all) {
    if (each.group != of.group || each.stream != of.stream || each.since <= of.since) continue;
    last = std::min(last.value_or(each.since - 1), each.since - 1);
  }
  return last;
}

std::string plainText(const std::string& text) {
  std::string plain;
  for (const char c : text.substr(text.rfind('\r') + 1))
    plain += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return plain;
}

std::string durationText(std::int64_t milliseconds) {
  char text[32];
  if (milliseconds < 10'000) {
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(milliseconds) / 1000);
  } else if (milliseconds < 60'000) {
    std::snprintf(text, sizeof text, "%d s", static_cast<int>(milliseconds / 1000));
  } else {
    std::snprintf(text, sizeof text, "%d m %02d s", static_cast<int>(milliseconds / 60'000),
                  static_cast<int>(milliseconds / 1000 % 60));
  }
  return text;
}

WatchedExecution readExecution(const Json& declaration, const Json& summary, const Json& details) {
  WatchedExecution execution;
  execution.pipeline = declaration.stringAt("name");
  execution.id = summary.stringAt("pipelineExecutionId");
  execution.status = summary.stringAt("status");
  execution.trigger = summary["trigger"].stringAt("triggerType");
  execution.started = timeAt(summary, "startTime");
  execution.updated = timeAt(summary, "lastUpdateTime");
  for (std::size_t s = 0; s < declaration["stages"].size(); ++s) {
    const Json& stage = declaration["stages"][s];
    std::vector<const Json*> actions;
    for (std::size_t a = 0; a < stage["actions"].size(); ++a) actions.push_back(&stage["actions"][a]);
    const auto order = [](const Json* action) {
      return (*action)["runOrder"].isInt() ? (*action)["runOrder"].asInt() : 1;
    };
    std::stable_sort(actions.begin(), actions.end(), [&](const Json* a, const Json* b) { return order(a) < order(b); });
    for (const Json* action : actions) {
      WatchedAction shown;
      shown.stage = stage.stringAt("name");
      shown.name = action->stringAt("name");
      shown.provider = (*action)["actionTypeId"].stringAt("provider");
      for (std::size_t d = 0; d < details.size(); ++d) {
        const Json& detail = details[d];
        if (detail.stringAt("stageName") != shown.stage || detail.stringAt("actionName") != shown.name) continue;
        shown.status = detail.stringAt("status");
        shown.note = noteOf(detail);
        shown.execution_id = detail.stringAt("actionExecutionId");
        shown.started = timeAt(detail, "startTime");
        shown.updated = timeAt(detail, "lastUpdateTime");
        break;  // The newest run.
      }
      execution.actions.push_back(std::move(shown));
    }
  }
  return execution;
}

bool isOver(const WatchedExecution& execution) {
  return !execution.status.empty() && execution.status != "InProgress" && execution.status != "Stopping";
}

int exitStatus(const WatchedExecution& execution) {
  if (execution.status == "Succeeded") return 0;
  if (execution.status == "Stopped") return 3;
  return execution.status == "Superseded" ? 4 : 1;
}

std::vector<std::string> paintExecution(const WatchedExecution& execution, base::Timestamp now, std::size_t width,
                                        bool colour) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& status, const std::string& line) {
    const std::string text = cut(line, width);
    lines.push_back(colour ? colourOf(status) + text + kReset : text);
  };
  const base::Timestamp end = isOver(execution) ? execution.updated : now;
  add(execution.status, execution.pipeline + "  " + execution.status + "  " +
                            durationText(std::max<std::int64_t>(0, end.milliseconds - execution.started.milliseconds)) +
                            "  " + execution.id + "  by " + execution.trigger);
  for (std::size_t i = 0; i < execution.actions.size();) {
    std::vector<const WatchedAction*> stage;
    for (std::size_t k = i; k < execution.actions.size() && execution.actions[k].stage == execution.actions[i].stage;
         ++k)
      stage.push_back(&execution.actions[k]);
    const std::string status = stageStatus(stage);
    add(status, std::string(markOf(status)) + " " + stage.front()->stage);
    for (const WatchedAction* action : stage) {
      add(action->status, "  " + std::string(markOf(action->status)) + " " + lineOf(*action, now));
    }
    i += stage.size();
  }
  return lines;
}

std::vector<std::string> tellChanges(const WatchedExecution& before, const WatchedExecution& after,
                                     const LogLines& logs) {
  std::vector<std::string> lines;
  const auto tellLog = [&](const WatchedAction& action) {
    const auto log = logs.find(action.execution_id);
    if (log != logs.end()) lines.insert(lines.end(), log->second.begin(), log->second.end());
  };
  if (before.id != after.id) {
    lines.push_back(base::formatIso8601Milliseconds(after.started) + " " + after.pipeline + " execution " + after.id +
                    " by " + after.trigger);
  }
  for (const WatchedAction& action : after.actions) {
    if (action.status.empty()) continue;
    const auto known = std::find_if(before.actions.begin(), before.actions.end(), [&](const WatchedAction& one) {
      return one.execution_id == action.execution_id && before.id == after.id;
    });
    const bool running = action.status == "InProgress";
    if (!running) tellLog(action);
    if (known != before.actions.end() && known->status == action.status) {
      if (running) tellLog(action);
      continue;
    }
    std::string line = base::formatIso8601Milliseconds(running ? action.started : action.updated) + " " + action.stage +
                       "/" + action.name + " (" + action.provider + ") " + action.status;
    if (!running) line += " after " + durationText(spent(action, action.updated));
    if (!action.note.empty()) line += ": " + firstLine(action.note);
    lines.push_back(std::move(line));
    if (running) tellLog(action);
  }
  if (isOver(after) && (before.id != after.id || before.status != after.status)) {
    lines.push_back(base::formatIso8601Milliseconds(after.updated) + " " + after.pipeline + " " + after.status +
                    " after " + durationText(after.updated.milliseconds - after.started.milliseconds));
  }
  return lines;
}

}  // namespace thimble::app
