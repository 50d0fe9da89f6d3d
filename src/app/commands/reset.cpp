// thimble reset: removes the data folder's content.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>

#include "app/commands/commands.h"
#include "app/data_folder.h"

namespace thimble::app {

void addReset(CLI::App& app, Run& run) {
  struct Options {
    std::string data;
    bool yes = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("reset", "Remove everything in the data folder: all resources, logs and history");
  command->add_option("--data", options->data, "The data folder (default: ~/.thimble)");
  command->add_flag("--yes", options->yes, "Do not ask");
  command->callback([options, &run] {
    run = [options] {
      const std::string folder = options->data.empty() ? defaultDataFolder() : options->data;
      if (!options->yes) {
        if (isatty(STDIN_FILENO) == 0) {
          std::cerr << "thimble reset: nothing was removed; say --yes to remove all of " << folder << "\n";
          return 1;
        }
        std::cout << "Remove all of " << folder << "? [y/N] " << std::flush;
        std::string answer;
        std::getline(std::cin, answer);
        if (answer != "y" && answer != "Y" && answer != "yes") {
          std::cout << "Nothing was removed.\n";
          return 1;
        }
      }
      platform::RealFileSystem files;
      resetDataFolder(files, folder);
      std::cout << "Removed.\n";
      return 0;
    };
  });
}

}  // namespace thimble::app
