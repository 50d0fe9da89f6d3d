#include "services/codecommit/http/git_process.h"

#include <iterator>

#include "platform/git_command.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::pair<const char*, const char*> kConfiguration[] = {
    {"safe.directory", "*"},
    // Acknowledged means durable: objects and references are synced before git reports them.
    {"core.fsync", "all"},
    {"core.fsyncMethod", "fsync"},
    // A push stays one pack: two files to sync, however many objects.
    {"receive.unpackLimit", "1"},
    {"transfer.unpackLimit", "1"},
    // Nothing outside of git runs, and nothing of git's by itself.
    {"core.hooksPath", "/dev/null"},
    {"core.fsmonitor", "false"},
    {"receive.autogc", "false"},
    {"gc.auto", "0"},
    {"maintenance.auto", "false"},
    // What is pushed is checked before anything refers to it.
    {"transfer.fsckObjects", "true"},
    {"receive.fsckObjects", "true"},
    {"receive.maxInputSize", "5g"},
    {"receive.advertisePushOptions", "false"},
    {"receive.denyCurrentBranch", "ignore"},
    {"receive.denyDeleteCurrent", "refuse"},
    {"transfer.hideRefs", "refs/thimble"},
    {"uploadpack.allowFilter", "true"},
    {"uploadpack.allowReachableSHA1InWant", "true"},
    // A clone of an empty repository takes the client's name for its first branch, as with AWS.
    {"lsrefs.unborn", "ignore"},
    // Bounds on memory.
    {"core.bigFileThreshold", "32m"},
    {"pack.threads", "2"},
    {"pack.windowMemory", "64m"},
};

bool isProtocol(const std::string& text) {
  return text.size() <= 100 && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789=:.-") == std::string::npos;
}

}  // namespace

std::shared_ptr<platform::Process> startGit(World& world, const std::string& repository_id,
                                            std::vector<std::string> arguments, const std::string& protocol) {
  static const platform::GitConfiguration configuration(std::begin(kConfiguration), std::end(kConfiguration));
  platform::ProcessInput input = platform::gitCommand(std::move(arguments), configuration);
  if (!protocol.empty() && isProtocol(protocol)) input.environment.push_back("GIT_PROTOCOL=" + protocol);
  input.working_directory = world.folders.path(repository_id);
  input.keep_open = world.folders.childrenLock();
  return world.runner.start(std::move(input));
}

}  // namespace thimble::services::codecommit
