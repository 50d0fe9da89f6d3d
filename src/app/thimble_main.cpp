// The program: reads the command line and runs a command.
#include <exception>
#include <iostream>

#include "app/commands/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Thimble: the serverless CI/CD cloud that fits on one machine.", "thimble");
  app.require_subcommand(1);
  app.set_version_flag("--version", THIMBLE_VERSION);
  thimble::app::Run run;
  thimble::app::addServe(app, run);
  thimble::app::addAws(app, run);
  thimble::app::addCoverage(app, run);
  thimble::app::addDebug(app, run);
  thimble::app::addDoctor(app, run);
  thimble::app::addLogs(app, run);
  thimble::app::addPress(app, run);
  thimble::app::addReset(app, run);
  thimble::app::addWatch(app, run);
  thimble::app::addWhyDenied(app, run);
  CLI11_PARSE(app, argc, argv);
  try {
    return run ? run() : 1;
  } catch (const std::exception& error) {
    std::cerr << "thimble: " << error.what() << "\n";
    return 1;
  }
}
