// thimble coverage: which operations exist.
#include <iostream>
#include <memory>
#include <string>

#include "app/commands/commands.h"
#include "wire/shapes/model.h"

namespace thimble::app {
namespace {

int printCoverage(const std::string& only) {
  bool found = false;
  for (const shapes::Service* service : shapes::allServices()) {
    if (!only.empty() && service->name != only) continue;
    found = true;
    std::size_t implemented = 0;
    for (const shapes::Operation& operation : service->operations) implemented += operation.implemented ? 1 : 0;
    std::cout << service->name << " (" << service->full_name << "): " << implemented << " of "
              << service->operations.size() << " operations\n";
    for (const shapes::Operation& operation : service->operations) {
      if (operation.implemented || !only.empty()) {
        std::cout << "  " << (operation.implemented ? "yes  " : "no   ") << operation.name << "\n";
      }
    }
  }
  if (!found) {
    std::cerr << "thimble coverage: no service is named '" << only << "'\n";
    return 1;
  }
  return 0;
}

}  // namespace

void addCoverage(CLI::App& app, Run& run) {
  auto only = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("coverage", "Print which operations exist");
  command->add_option("service", *only, "Only this service, with what is missing too, for example states");
  command->callback([only, &run] { run = [only] { return printCoverage(*only); }; });
}

}  // namespace thimble::app
