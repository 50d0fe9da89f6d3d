#include "services/codebuild/runner/images.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "services/codebuild/runner/failure.h"

extern char** environ;

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

constexpr std::size_t kMostOutput = std::size_t{1} << 20;
constexpr std::size_t kMostProcesses = 8;
constexpr std::chrono::milliseconds kAskEvery{100};

/// What podman and docker read of their user's environment.
constexpr std::string_view kPassed[] = {
    "PATH=",     "HOME=",       "USER=",        "TMPDIR=",   "XDG_",        "CONTAINERS_",  "CONTAINER_", "DOCKER_",
    "REGISTRY_", "HTTP_PROXY=", "HTTPS_PROXY=", "NO_PROXY=", "http_proxy=", "https_proxy=", "no_proxy="};

std::vector<std::string> passedEnvironment() {
  std::vector<std::string> passed;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text = *each;
    for (const std::string_view begin : kPassed) {
      if (text.starts_with(begin)) passed.emplace_back(text);
    }
  }
  return passed;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// With its registry, which is Docker's where the name has none: podman does not guess.
std::string wholeName(const std::string& name) {
  const std::size_t slash = name.find('/');
  const std::string first = name.substr(0, slash);
  if (slash == std::string::npos) return "docker.io/library/" + name;
  if (first == "localhost" || first.find_first_of(".:") != std::string::npos) return name;
  return "docker.io/" + name;
}

PhaseFailure cannotPull(const std::string& why) {
  return {"BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
          "Unable to pull customer's container image. CannotPullContainerError: " + why};
}

}  // namespace

bool asksForImage(const Json& environment) {
  return !environment.stringAt("image").starts_with("aws/codebuild/") &&
         environment.stringAt("imagePullCredentialsType") == "SERVICE_ROLE";
}

Images::Images(std::string folder, platform::Random& random) : folder_(std::move(folder)), random_(random) {}

void Images::prepare() {
  std::filesystem::create_directories(folder_);
  // Programs that keep their owner's rights are in there: nobody else is to reach them.
  std::filesystem::permissions(folder_, std::filesystem::perms(0700));
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().filename().string().starts_with("new-")) std::filesystem::remove_all(entry.path());
  }
  processes_ = std::make_unique<platform::ProcessRunner>(kMostProcesses);
  // docker without its daemon is of no use.
  const auto works = [&](std::vector<std::string> arguments) { return run(std::move(arguments), [] {}).outcome.ok(); };
  if (works({"podman", "--version"})) {
    tool_ = "podman";
  } else if (works({"docker", "version", "--format", "{{.Server.Version}}"})) {
    tool_ = "docker";
  }
}

Images::Ran Images::run(std::vector<std::string> arguments, const std::function<void()>& interrupted) {
  platform::ProcessInput input;
  input.arguments = std::move(arguments);
  input.environment = passedEnvironment();
  const auto process = processes_->start(std::move(input));
  process->closeInput();
  auto promise = std::make_shared<std::promise<Ran>>();
  std::future<Ran> future = promise->get_future();
  platform::readAll(process, kMostOutput, [promise](std::string output, platform::ProcessOutcome outcome) {
    promise->set_value({std::move(outcome), std::move(output)});
  });
  try {
    while (future.wait_for(kAskEvery) != std::future_status::ready) interrupted();
  } catch (...) {
    process->kill();
    future.wait();
    throw;
  }
  return future.get();
}

const std::string& Images::tool() {
  std::call_once(prepared_, [this] { prepare(); });
  return tool_;
}

Images::Ran Images::pull(const std::string& name, const RegistryLogin& login,
                         const std::function<void()>& interrupted) {
  if (login.user.empty()) return run({tool(), "pull", "--quiet", "--", name}, interrupted);
  const AuthFile file(folder_ + "/new-" + random_.hex(16), name, login);
  if (tool() == "podman") return run({tool(), "pull", "--authfile", file.path(), "--quiet", "--", name}, interrupted);
  return run({tool(), "--config", file.folder(), "pull", "--quiet", "--", name}, interrupted);
}

Image Images::fetch(const std::string& name, const RegistryLogin& login, const std::function<void()>& interrupted) {
  if (name.starts_with('-')) throw cannotPull("invalid reference format: " + name);
  // 1. What it is.
  const auto inspect = [&](const std::string& each) {
    return run({tool(), "image", "inspect", "--", each}, interrupted);
  };
  Ran found = inspect(name);
  if (!found.outcome.ok()) {
    const std::string whole = wholeName(name);
    const Ran pulled = pull(whole, login, interrupted);
    if (!pulled.outcome.ok()) throw cannotPull(trimmed(pulled.outcome.error));
    found = inspect(whole);
  }
  const auto told = Json::parse(found.output);
  if (!found.outcome.ok() || !told.ok()) throw cannotPull(trimmed(found.outcome.error));
  const Json& described = (*told)[std::size_t{0}];
  Image image;
  image.tool = tool();
  image.id = described.stringAt("Id");
  if (!image.id.starts_with("sha256:")) image.id = "sha256:" + image.id;
  const Json& variables = described["Config"]["Env"];
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const std::string text = variables[i].asString();
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) image.variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  // 2. Its files, whole or not at all.
  image.folder = folder_ + "/" + image.id.substr(7);
  if (std::filesystem::exists(image.folder)) return image;
  const std::string made = folder_ + "/new-" + random_.hex(16);
  std::filesystem::create_directory(made);
  try {
    unpack(image.id, made, interrupted);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(made, ignored);
    throw;
  }
  std::error_code taken;
  std::filesystem::rename(made, image.folder, taken);
  if (taken) std::filesystem::remove_all(made);  // Another build was first.
  return image;
}

void Images::unpack(const std::string& id, const std::string& folder, const std::function<void()>& interrupted) {
  // The command is never run; an image without one of its own needs some.
  const Ran created = run({tool(), "create", id.substr(7), "/bin/sh"}, interrupted);
  if (!created.outcome.ok()) throw cannotPull(trimmed(created.outcome.error));
  const std::string container = trimmed(created.output);
  const char* script =
      "set -o pipefail; \"$0\" export \"$1\" | "
      "tar --extract --directory=\"$2\" --numeric-owner --exclude='dev/*' --exclude='proc/*' --exclude='sys/*'";
  const auto remove = [&] { run({tool(), "rm", container}, [] {}); };
  Ran exported;
  try {
    exported = run({"bash", "-c", script, tool(), container, folder}, interrupted);
  } catch (...) {
    remove();
    throw;
  }
  remove();
  if (!exported.outcome.ok()) throw cannotPull(trimmed(exported.outcome.error));
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
}

}  // namespace thimble::services::codebuild::runner
