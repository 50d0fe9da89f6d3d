// The commands of the program. Each reads its options into a value and runs; the returned number is the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace thimble::app {

/// Adds its subcommand to `app`. Chosen, it sets `run` to what is to be done after parsing.
using Run = std::function<int()>;
void addServe(CLI::App& app, Run& run);
void addDoctor(CLI::App& app, Run& run);
void addReset(CLI::App& app, Run& run);
void addDebug(CLI::App& app, Run& run);
void addAws(CLI::App& app, Run& run);
void addCoverage(CLI::App& app, Run& run);
void addPress(CLI::App& app, Run& run);
void addLogs(CLI::App& app, Run& run);
void addWatch(CLI::App& app, Run& run);
void addWhyDenied(CLI::App& app, Run& run);

}  // namespace thimble::app
