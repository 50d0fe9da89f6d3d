#include "services/codebuild/runner/toolchain.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace thimble::services::codebuild::runner {
namespace {

namespace fs = std::filesystem;

/// Folders that every box has.
bool isShown(const std::string& path) {
  for (const char* root : {"/usr/", "/opt/", "/bin/", "/sbin/", "/lib/"}) {
    if (path.compare(0, std::string(root).size(), root) == 0) return true;
  }
  return false;
}

std::string resolved(const fs::path& path) {
  std::error_code error;
  const fs::path out = fs::canonical(path, error);
  return error ? std::string() : out.string();
}

std::vector<std::string> foldersIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory(error)) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string firstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line.size() > 4096 ? std::string() : line;
}

class Search {
 public:
  Search(const std::string& path, const std::string& home) : home_(home) {
    std::istringstream parts(path);
    for (std::string part; std::getline(parts, part, ':');) {
      if (!part.empty() && part[0] == '/') path_.push_back(part);
    }
  }

  Toolchain run() {
    findVersions();
    findAws();
    return std::move(found_);
  }

 private:
  void show(const std::string& folder) {
    if (folder.empty() || folder == "/" || isShown(folder + "/")) return;
    for (const sandbox::Mount& mount : found_.mounts) {
      if ((folder + "/").compare(0, mount.target.size() + 1, mount.target + "/") == 0) return;
    }
    found_.mounts.push_back({folder, folder});
  }

  void add(const std::string& name, const std::string& version, const std::string& folder) {
    if (!version.empty() && version[0] >= '0' && version[0] <= '9') found_.runtimes.push_back({name, version, folder});
  }

  /// What the usual managers of versions keep in the home.
  void findVersions() {
    if (home_.empty() || home_[0] != '/') return;
    for (const auto& [name, folder] : {std::pair<const char*, const char*>{"python", "/.pyenv/versions"},
                                       {"nodejs", "/.nvm/versions/node"},
                                       {"ruby", "/.rbenv/versions"},
                                       {"java", "/.sdkman/candidates/java"}}) {
      const std::string root = home_ + folder;
      const std::vector<std::string> versions = foldersIn(root);
      for (const std::string& version : versions) {
        if (access((root + "/" + version + "/bin").c_str(), X_OK) != 0) continue;
        add(name, version[0] == 'v' ? version.substr(1) : version, root + "/" + version + "/bin");
      }
      if (!versions.empty()) show(root);
    }
    for (const std::string& each : foldersIn("/usr/lib/jvm")) {
      const std::size_t digit = each.find_first_of("0123456789");
      if (digit == std::string::npos) continue;
      const std::size_t end = each.find_first_not_of("0123456789.", digit);
      add("java", each.substr(digit, end == std::string::npos ? end : end - digit), "/usr/lib/jvm/" + each + "/bin");
    }
    const std::string go = firstLine("/usr/local/go/VERSION");
    if (go.compare(0, 2, "go") == 0) add("golang", go.substr(2), "/usr/local/go/bin");
    for (int minor = 6; minor < 40; ++minor) {
      const std::string version = "3." + std::to_string(minor);
      if (access(("/usr/bin/python" + version).c_str(), X_OK) == 0) add("python", version, "");
    }
  }

  /// The AWS CLI of whoever started the server, else the system's. Outside of the system's folders its programs and the
  /// interpreter they name are shown.
  void findAws() {
    std::vector<std::string> folders = path_;
    folders.insert(folders.end(), {"/usr/local/bin", "/usr/bin"});
    std::string program;
    for (const std::string& folder : folders) {
      if (access((folder + "/aws").c_str(), X_OK) != 0) continue;
      program = folder + "/aws";
      // A shim of pyenv stands for the program of a version.
      if (folder.size() > 6 && folder.compare(folder.size() - 6, 6, "/shims") == 0) {
        program = ofPyenv(folder.substr(0, folder.size() - 6));
      }
      if (!program.empty()) break;
    }
    const std::string real = program.empty() ? std::string() : resolved(program);
    if (real.empty()) return;
    found_.aws = real;
    const std::string line = firstLine(real);
    if (isShown(real)) {
      found_.aws_is_debians = line.compare(0, 17, "#!/usr/bin/python") == 0;
      return;
    }
    // /prefix/bin/aws, and with AWS's own installer /prefix/v2/current/bin/aws.
    show(fs::path(real).parent_path().parent_path().string());
    if (line.compare(0, 2, "#!") != 0) return;
    const std::string interpreter = line.substr(2, line.find(' ', 2) - 2);
    show(fs::path(interpreter).parent_path().parent_path().string());
    const std::string python = resolved(interpreter);
    if (!python.empty()) show(fs::path(python).parent_path().parent_path().string());
  }

  static std::string ofPyenv(const std::string& root) {
    std::vector<std::string> versions = foldersIn(root + "/versions");
    std::reverse(versions.begin(), versions.end());
    if (const std::string global = firstLine(root + "/version"); !global.empty())
      versions.insert(versions.begin(), global);
    for (const std::string& version : versions) {
      const std::string program = root + "/versions/" + version + "/bin/aws";
      if (access(program.c_str(), X_OK) == 0) return program;
    }
    return {};
  }

  std::vector<std::string> path_;
  std::string home_;
  Toolchain found_;
};

}  // namespace

Toolchain findToolchain(const std::string& path, const std::string& home) {
  return Search(path, home).run();
}

bool versionMatches(const std::string& wanted, const std::string& installed) {
  if (wanted == "latest") return true;
  const std::size_t digit = wanted.find_first_of("0123456789");
  if (digit == std::string::npos) return false;
  std::string plain = wanted.substr(digit);
  if (plain.size() > 2 && plain.compare(plain.size() - 2, 2, ".x") == 0) plain.resize(plain.size() - 2);
  return installed.compare(0, plain.size(), plain) == 0 &&
         (installed.size() == plain.size() || installed[plain.size()] < '0' || installed[plain.size()] > '9');
}

std::string awsProgram(const Toolchain& toolchain) {
  if (toolchain.aws.empty()) return {};
  if (!toolchain.aws_is_debians) return "#!/bin/sh\nexec '" + toolchain.aws + "' \"$@\"\n";
  return R"(#!/usr/bin/python3
import importlib
import os
import runpy
import sys


def heed(name):
    try:
        session = importlib.import_module(name).Session
    except ImportError:
        return
    create_client = session.create_client

    def with_endpoint(self, service_name, *arguments, **options):
        if len(arguments) < 5 and options.get("endpoint_url") is None:
            options["endpoint_url"] = os.environ.get("AWS_ENDPOINT_URL")
        return create_client(self, service_name, *arguments, **options)

    session.create_client = with_endpoint


for each in ("botocore.session", "awscli.botocore.session"):
    heed(each)
sys.argv[0] = ")" +
         toolchain.aws + R"("
runpy.run_path(sys.argv[0], run_name="__main__")
)";
}

std::string versionCommand(const std::string& runtime) {
  static const std::pair<const char*, const char*> kCommands[] = {
      {"python", "python3 -c 'import platform; print(platform.python_version())'"},
      {"nodejs", "node -p process.versions.node"},
      {"java", "java -version 2>&1 | sed -n 's/.*version \"\\([^\"]*\\)\".*/\\1/p'"},
      {"golang", "go version | sed 's/.*go\\([0-9.]*\\) .*/\\1/'"},
      {"ruby", "ruby -e 'print RUBY_VERSION'"},
      {"php", "php -r 'print PHP_VERSION;'"},
      {"dotnet", "dotnet --version"}};
  for (const auto& [name, command] : kCommands) {
    if (runtime == name) return command;
  }
  return {};
}

}  // namespace thimble::services::codebuild::runner
