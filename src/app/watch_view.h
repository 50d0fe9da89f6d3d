// What `thimble watch` shows of a pipeline's execution. Pure: from AWS's answers to lines of text.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace thimble::app {

struct WatchedAction {
  std::string stage, name, provider;
  std::string status;  ///< Empty: not begun. Else as AWS has it: InProgress, Succeeded, Failed, Abandoned.
  std::string note;    ///< The revision, the error's message, what it waits for.
  std::string execution_id;
  base::Timestamp started, updated;
  bool operator==(const WatchedAction&) const = default;
};

struct WatchedExecution {
  std::string pipeline, id, status, trigger;
  base::Timestamp started, updated;
  std::vector<WatchedAction> actions;  ///< In the pipeline's order; those of one name by their beginning.
};

/// From GetPipeline's declaration, ListPipelineExecutions' summary and ListActionExecutions' details (newest first).
WatchedExecution readExecution(const base::Json& declaration, const base::Json& summary, const base::Json& details);

bool isOver(const WatchedExecution& execution);
/// 0: Succeeded; 1: Failed or Cancelled; 3: Stopped; 4: Superseded. Only for one that is over.
int exitStatus(const WatchedExecution& execution);

/// "0.4 s", "12 s", "3 m 05 s".
std::string durationText(std::int64_t milliseconds);

/// The whole execution, one line a stage and action. `colour`: with ANSI escapes. No line is wider than `width`.
std::vector<std::string> paintExecution(const WatchedExecution& execution, base::Timestamp now, std::size_t width,
                                        bool colour);
/// New lines of logs, by the action execution's id.
using LogLines = std::map<std::string, std::vector<std::string>>;
/// What is new since `before`, a line each, for an output that is no terminal; an action's log before its end.
std::vector<std::string> tellChanges(const WatchedExecution& before, const WatchedExecution& after,
                                     const LogLines& logs = {});

/// An action whose work writes to a log. Several may write to the same, as two stages that invoke one function.
struct LogWriter {
  std::string group, stream;  ///< Without a stream, all of the group's.
  std::int64_t since = 0;     ///< When the action began, in milliseconds.
  bool whole = false;         ///< Nothing comes after the action's end.
  std::string request;        ///< Of the function's invocation whose first line has been read.
};
/// Takes note of a line of the log. A function's is whole with the report of an invocation that began in it: one that
/// began before belongs to the action before, and may report late.
void noteLine(LogWriter& log, const std::string& line);
/// The last moment whose lines are `of`'s: until the next writer to its log began. Nothing: there is none yet.
std::optional<std::int64_t> lastMomentOf(const LogWriter& of, const std::vector<LogWriter>& all);

/// Text from outside without control characters, so that it cannot move a terminal's cursor; of what is written over
/// itself by carriage returns (progress in percent) the last.
std::string plainText(const std::string& text);

}  // namespace thimble::app
