#include "services/codebuild/runner/registry_login.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "base/encoding.h"
#include "services/codebuild/runner/failure.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

PhaseFailure cannotSignIn(const std::string& why) {
  return {"BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE",
          "Unable to pull customer's container image. The registryCredential could not be used: " + why};
}

/// What podman and docker call the image's registry in their files.
Json logins(const std::string& image, const std::string& encoded) {
  const std::string registry = image.substr(0, image.find('/'));
  const Json login = Json::object({{"auth", encoded}});
  Json all = Json::object({{registry, login}});
  if (registry == "docker.io") all.set("https://index.docker.io/v1/", login);
  return Json::object({{"auths", std::move(all)}});
}

}  // namespace

RegistryLogin readRegistryLogin(const RoleCaller& caller, const Json& environment) {
  const Json& given = environment["registryCredential"];
  if (given.stringAt("credential").empty()) return {};
  const dispatch::CallOutcome outcome =
      caller.call("secretsmanager", "GetSecretValue", Json::object({{"SecretId", given["credential"]}}));
  if (!outcome.ok()) throw cannotSignIn(outcome.error().code + ": " + outcome.error().message);
  const auto secret = Json::parse(outcome->output.stringAt("SecretString"));
  RegistryLogin login;
  if (secret.ok() && secret->isObject()) login = {secret->stringAt("username"), secret->stringAt("password")};
  // The two are told apart by the first colon.
  if (login.user.empty() || login.password.empty() || login.user.find(':') != std::string::npos) {
    throw cannotSignIn("the secret has to be a JSON object with a username and a password, and the name no colon");
  }
  return login;
}

AuthFile::AuthFile(std::string folder, const std::string& image, const RegistryLogin& login)
    : folder_(std::move(folder)) {
  if (mkdir(folder_.c_str(), 0700) != 0) throw std::runtime_error("Cannot make the folder " + folder_);
  const int descriptor = open(path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string text = logins(image, base::encodeBase64(login.user + ":" + login.password)).write();
  const bool written =
      descriptor >= 0 && write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (descriptor >= 0) close(descriptor);
  if (written) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  throw std::runtime_error("Cannot write " + path());
}

AuthFile::~AuthFile() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace thimble::services::codebuild::runner
