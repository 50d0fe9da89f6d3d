// thimble doctor: what this machine lacks, and the command that mends it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "app/commands/commands.h"
#include "app/data_folder.h"
#include "sandbox/sandbox.h"

namespace thimble::app {
namespace {

class Report {
 public:
  void good(const std::string& what) { std::cout << "  ok       " << what << "\n"; }
  void note(const std::string& what, const std::string& remedy) { tell("note     ", what, remedy); }
  void missing(const std::string& what, const std::string& remedy) {
    tell("MISSING  ", what, remedy);
    ++missing_;
  }
  int missingCount() const { return missing_; }

 private:
  static void tell(const char* mark, const std::string& what, const std::string& remedy) {
    std::cout << "  " << mark << what << "\n";
    if (!remedy.empty()) std::cout << "           mend it: " << remedy << "\n";
  }
  int missing_ = 0;
};

bool onPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string folder = rest.substr(0, colon);
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

std::string firstLine(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

void checkSandbox(Report& report) {
  auto sandbox = sandbox::Sandbox::open();
  if (!sandbox.ok()) {
    const bool restricted = firstLine("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1";
    const bool forbidden = firstLine("/proc/sys/kernel/unprivileged_userns_clone") == "0";
    std::string remedy;
    if (restricted) remedy = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   (Ubuntu 23.10 and later)";
    if (forbidden) remedy = "sudo sysctl -w kernel.unprivileged_userns_clone=1";
    report.missing("functions cannot be run: " + sandbox.error().message, remedy);
    return;
  }
  report.good("functions run in boxes of their own");
  const sandbox::Support& support = (*sandbox)->support();
  if (!support.memory_limit)
    report.note("a function's memory is bounded for each of its processes alone, not in sum",
                "run as root, or delegate a memory cgroup");
  if (!support.outbound) report.note("functions reach no address outside", "sudo apt-get install slirp4netns");
  for (const std::string& problem : support.problems) report.note(problem, "");
}

void checkPrograms(Report& report) {
  const std::tuple<const char*, const char*, const char*> programs[] = {
      {"python3", "Python functions", "sudo apt-get install python3"},
      {"node", "Node.js functions", "sudo apt-get install nodejs"},
      {"git", "CodeCommit repositories", "sudo apt-get install git"},
      {"podman", "images that CodeBuild projects ask for", "sudo apt-get install podman"}};
  for (const auto& [program, use, remedy] : programs) {
    // docker fetches images as well.
    if (onPath(program) || (program == std::string_view("podman") && onPath("docker"))) {
      report.good(std::string(program) + " (" + use + ")");
    } else {
      report.note(std::string(program) + " is not on the PATH: no " + use, remedy);
    }
  }
  // Root's podman needs no user numbers of others.
  if (geteuid() != 0 && onPath("podman") && !onPath("newuidmap"))
    report.note("newuidmap is not on the PATH: podman cannot fetch images for an ordinary user",
                "sudo apt-get install uidmap");
}

void checkDataFolder(Report& report, const std::string& folder) {
  std::filesystem::path existing = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(existing) && existing.has_parent_path() && existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  if (access(existing.c_str(), W_OK) != 0) {
    report.missing("the data folder " + folder + " cannot be written", "choose another with --data");
    return;
  }
  struct statvfs status {};
  constexpr std::uint64_t kEnough = std::uint64_t{1} << 30;
  if (statvfs(existing.c_str(), &status) == 0 && status.f_bavail * status.f_frsize < kEnough) {
    report.note("less than 1 GiB is free where the data folder " + folder + " is",
                "free some space, or choose another with --data");
  } else {
    report.good("the data folder " + folder);
  }
}

void checkPort(Report& report, std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    report.good("port " + std::to_string(port) + " is free");
  } else {
    report.note("port " + std::to_string(port) + " is taken (by a running thimble, perhaps)",
                "choose another with --port");
  }
  close(descriptor);
}

void checkLimits(Report& report) {
  constexpr rlim_t kEnough = 4096;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < kEnough) {
    report.note("only " + std::to_string(limit.rlim_cur) + " files may be open at once", "ulimit -n 16384");
  } else {
    report.good("open files: " + std::to_string(limit.rlim_cur));
  }
}

}  // namespace

void addDoctor(CLI::App& app, Run& run) {
  struct Options {
    std::string data;
    std::uint16_t port = 4566;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("doctor", "Tell what this machine lacks, and the command that mends it");
  command->add_option("--data", options->data, "The data folder (default: ~/.thimble)");
  command->add_option("--port", options->port, "The port to be served on")->capture_default_str();
  command->callback([options, &run] {
    run = [options] {
      Report report;
      checkSandbox(report);
      checkPrograms(report);
      checkDataFolder(report, options->data.empty() ? defaultDataFolder() : options->data);
      checkPort(report, options->port);
      checkLimits(report);
      std::cout << (report.missingCount() == 0 ? "Nothing that is needed is missing.\n"
                                               : "Something that is needed is missing.\n");
      return report.missingCount() == 0 ? 0 : 1;
    };
  });
}

}  // namespace thimble::app
