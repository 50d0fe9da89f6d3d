// thimble why-denied: the last refusals, each with the policies and statements that were looked at.
#include <iostream>
#include <memory>
#include <string>

#include "app/commands/commands.h"
#include "app/local_client.h"

namespace thimble::app {
namespace {

struct Options {
  std::uint16_t port = 4566;
  std::string containing;
  std::size_t count = 5;
};

int fail(const std::string& message) {
  std::cerr << "thimble why-denied: " << message << "\n";
  return 1;
}

int print(const Options& options) {
  LocalClient client(options.port, regionOfEnvironment());
  auto answer = client.request("GET", "/_thimble/denials");
  if (!answer.ok()) return fail(answer.error().message);
  if (answer->status != 200) return fail("the server answered " + std::to_string(answer->status));
  // Refusals are separated by an empty line.
  std::string_view rest = answer->body;
  std::size_t printed = 0;
  while (!rest.empty() && printed < options.count) {
    const std::size_t end = rest.find("\n\n");
    const std::string_view refusal = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    if (refusal.find(options.containing) == std::string_view::npos) continue;
    std::cout << refusal << "\n\n";
    ++printed;
  }
  if (printed == 0) std::cout << "No call was refused.\n";
  return 0;
}

}  // namespace

void addWhyDenied(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("why-denied", "Explain the last refusals, newest first");
  command->add_option("text", options->containing, "Only those with this text: a role, an action, a request id");
  command->add_option("--count", options->count, "How many")->capture_default_str();
  command->add_option("--port", options->port, "Port of the server")->envname("THIMBLE_PORT")->capture_default_str();
  command->callback([options, &run] { run = [options] { return print(*options); }; });
}

}  // namespace thimble::app
