// thimble aws ...: runs the AWS CLI against this server, so that nobody deploys to the real AWS by mistake.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/commands/commands.h"

namespace thimble::app {
namespace {

/// The CLI next to this program's project (.venv, made by ./dev setup), else the one on the PATH.
std::string findAwsCli() {
  if (const char* chosen = std::getenv("THIMBLE_AWS_CLI")) return chosen;
  std::array<char, 4096> buffer{};
  const ssize_t length = readlink("/proc/self/exe", buffer.data(), buffer.size() - 1);
  std::string folder(buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  while (!folder.empty()) {
    folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
    const std::string candidate = folder + "/.venv/bin/aws";
    if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "aws";
}

/// The first line of `aws --version`, for example "aws-cli/2.9.19 Python/3.11.2 ...".
std::string versionOf(const std::string& cli) {
  std::string out;
  const std::string command = "'" + cli + "' --version 2>&1";
  std::FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return out;
  std::array<char, 256> buffer{};
  if (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) out = buffer.data();
  pclose(pipe);
  return out;
}

/// AWS_ENDPOINT_URL is known to version 1 from 1.29 on and to version 2 from 2.13 on.
bool knowsEndpointVariable(const std::string& version) {
  int major = 0;
  int minor = 0;
  if (std::sscanf(version.c_str(), "aws-cli/%d.%d", &major, &minor) != 2) return false;
  return major == 1 ? minor >= 29 : minor >= 13;
}

int runAws(int port, const std::vector<std::string>& arguments) {
  const std::string endpoint = "http://localhost:" + std::to_string(port);
  const std::string cli = findAwsCli();
  const bool knows = knowsEndpointVariable(versionOf(cli));
  if (!knows && arguments.size() >= 2 && arguments[0] == "cloudformation" && arguments[1] == "package") {
    std::cerr << "thimble aws: this AWS CLI (" << cli << ") would upload to the real S3, since its `cloudformation "
              << "package` takes no endpoint. Use a newer one, for example the one that ./dev setup installs.\n";
    return 1;
  }
  setenv("AWS_ENDPOINT_URL", endpoint.c_str(), 1);
  setenv("AWS_ACCESS_KEY_ID", "test", 0);
  setenv("AWS_SECRET_ACCESS_KEY", "test", 0);
  if (std::getenv("AWS_REGION") == nullptr) setenv("AWS_DEFAULT_REGION", "eu-west-1", 0);
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  unsetenv("AWS_PROFILE");
  std::vector<std::string> words{cli};
  if (!knows) words.insert(words.end(), {"--endpoint-url", endpoint});
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  execvp(raw[0], raw.data());
  std::perror("thimble aws: cannot run the AWS CLI (./dev setup installs one)");
  return 127;
}

}  // namespace

void addAws(CLI::App& app, Run& run) {
  struct Options {
    int port = 4566;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("aws", "Run the AWS CLI against this server: thimble aws [--port N] s3 ls");
  command->add_option("--port", options->port, "Port of the server")->envname("THIMBLE_PORT")->capture_default_str();
  command->prefix_command();
  command->callback([options, command, &run] {
    run = [options, arguments = command->remaining()] { return runAws(options->port, arguments); };
  });
}

}  // namespace thimble::app
