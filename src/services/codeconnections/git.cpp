#include "services/codeconnections/git.h"

#include <filesystem>
#include <iterator>

#include "platform/git_command.h"

namespace thimble::services::codeconnections {
namespace {

constexpr std::size_t kMostOutput = std::size_t{16} << 20;

constexpr std::pair<const char*, const char*> kConfiguration[] = {
    // Only to the address that was looked at.
    {"http.followRedirects", "false"},
    {"protocol.allow", "never"},
    {"protocol.http.allow", "always"},
    {"protocol.https.allow", "always"},
    // A server that says nothing for a minute is given up.
    {"http.lowSpeedLimit", "1"},
    {"http.lowSpeedTime", "60"},
    {"credential.helper", ""},
    {"core.hooksPath", "/dev/null"},
    {"core.fsmonitor", "false"},
    {"core.protectNTFS", "true"},
    {"gc.auto", "0"},
    {"maintenance.auto", "false"},
    {"fetch.fsckObjects", "true"},
    {"advice.detachedHead", "false"},
    {"init.defaultBranch", "main"},
    {"pack.threads", "1"},
    {"pack.windowMemory", "64m"},
};

/// The URL without the name and password in it.
std::string shownUrl(const std::string& url) {
  const std::size_t begin = url.find("//") + 2;
  const std::size_t slash = url.find('/', begin);
  const std::size_t at = url.rfind('@', slash);
  return at == std::string::npos || at < begin ? url : url.substr(0, begin) + url.substr(at + 1);
}

}  // namespace

Git::~Git() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Git::run(std::vector<std::string> arguments, Done done) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) return done(base::ApiError{"SourceError", folder_ + ": " + failed.message(), 500});
  platform::GitConfiguration configuration(std::begin(kConfiguration), std::end(kConfiguration));
  configuration.emplace_back("http.curloptResolve", address_);
  platform::ProcessInput input = platform::gitCommand(std::move(arguments), configuration);
  input.environment.push_back("GIT_LFS_SKIP_SMUDGE=1");
  input.working_directory = folder_;
  const auto process = runner_.start(std::move(input));
  process->closeInput();
  platform::readAll(
      process, kMostOutput,
      [self = shared_from_this(), done = std::move(done)](const std::string& output,
                                                          const platform::ProcessOutcome& outcome) {
        if (outcome.ok()) return done(output);
        done(base::ApiError{"SourceError", "git could not read " + shownUrl(self->url_) + ": " + outcome.error});
      });
}

void Git::runAll(std::vector<std::vector<std::string>> commands, Done done) {
  std::vector<std::string> first = std::move(commands.front());
  commands.erase(commands.begin());
  run(std::move(first), [self = shared_from_this(), rest = std::move(commands),
                         done = std::move(done)](base::Result<std::string> output) mutable {
    if (!output.ok() || rest.empty()) return done(std::move(output));
    self->runAll(std::move(rest), std::move(done));
  });
}

}  // namespace thimble::services::codeconnections
