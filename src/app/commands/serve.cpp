// thimble serve: the server in the foreground until SIGINT or SIGTERM.
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "app/commands/commands.h"
#include "app/data_folder.h"
#include "app/server.h"

namespace thimble::app {
namespace {

constexpr std::chrono::milliseconds kStopDeadline{10'000};

int serve(const ServerOptions& options) {
  // Blocked before any thread starts, so that the signals come to sigwait and nowhere else.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  std::unique_ptr<Server> server;
  try {
    server = std::make_unique<Server>(options);
  } catch (const std::exception& error) {
    std::cerr << "thimble: " << error.what() << "\n";
    return 1;
  }
  std::cout << "Thimble serves on http://localhost:" << server->port()
            << (options.memory ? " and keeps nothing" : ", its data is in " + options.data_folder) << "\n";
  if (server->publicPort() != 0) std::cout << "Deployed APIs are public on port " << server->publicPort() << "\n";
  std::cout << std::flush;

  int received = 0;
  sigwait(&signals, &received);
  std::cout << "Stopping.\n" << std::flush;
  server->stop(kStopDeadline);
  return 0;
}

}  // namespace

void addServe(CLI::App& app, Run& run) {
  auto options = std::make_shared<ServerOptions>();
  auto iam = std::make_shared<std::string>("enforce");
  CLI::App* command = app.add_subcommand("serve", "Serve AWS's APIs on this machine");
  command->add_option("--port", options->port, "Port; 0 takes a free one, which is printed")->capture_default_str();
  command->add_option("--data", options->data_folder, "Folder for everything that is kept (default: ~/.thimble)");
  command->add_flag("--memory", options->memory, "Keep nothing");
  command->add_option("--iam", *iam, "enforce: policies limit; observe: refusals are recorded and let through")
      ->check(CLI::IsMember({"enforce", "observe"}))
      ->capture_default_str();
  command->add_option("--host-name", options->host_names, "A further name of this machine that requests may use");
  command->add_option("--allow-address", options->allowed_addresses,
                      "An address (or address/bits) on this machine or its network that integrations and webhooks may "
                      "reach, for example 127.0.0.1");
  command->add_option("--function-port", options->function_ports,
                      "A port of this machine's loopback that functions may reach under the same number, for example a "
                      "webhook receiver's");
  command->add_option("--public", options->public_address,
                      "HOST:PORT on which deployed APIs, and the button behind --public-token, are served to anyone");
  command->add_option("--public-token", options->public_token, "What the button asks for on the public address");
  command->add_option("--build-disk", options->build_disk_mebibytes, "MiB that one build may have on the disk")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 24))
      ->capture_default_str();
  command->add_option("--io-threads", options->io_threads, "Threads that read and write connections")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--worker-threads", options->worker_threads, "Threads that run executions and tasks")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->callback([options, iam, &run] {
    run = [options, iam] {
      options->observe_iam = *iam == "observe";
      try {
        if (options->data_folder.empty() && !options->memory) options->data_folder = defaultDataFolder();
      } catch (const std::exception& error) {
        std::cerr << "thimble: " << error.what() << "\n";
        return 1;
      }
      return serve(*options);
    };
  });
}

}  // namespace thimble::app
