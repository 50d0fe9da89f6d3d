#include "services/codebuild/agent/collect.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "lang/buildspec/glob.h"
#include "sandbox/message.h"

namespace thimble::services::codebuild::agent {
namespace {

using lang::buildspec::globMatches;
using lang::buildspec::normalPath;

constexpr std::size_t kMostFiles = 500'000;
constexpr std::size_t kMostDepth = 100;

std::vector<std::string> entriesOf(const std::string& folder) {
  std::vector<std::string> names;
  DIR* stream = opendir(folder.empty() ? "/" : folder.c_str());
  if (stream == nullptr) return names;
  while (const dirent* entry = readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

bool isFolder(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class Collector {
 public:
  Collector(int socket, const CollectRequest& request) : socket_(socket), request_(request) {
    for (const std::string& pattern : request.exclude) exclude_.push_back(normalPath(pattern));
  }

  void run() {
    std::vector<std::string> bases;
    const std::string base = normalPath(request_.base_directory);
    if (base.empty()) {
      bases.push_back(request_.folder);
    } else {
      findFolders(base[0] == '/' ? "" : request_.folder, base[0] == '/' ? base.substr(1) : base, bases);
    }
    if (bases.empty()) return end("no matching base directory path found for " + request_.base_directory);
    for (const std::string& each : bases) {
      for (const std::string& pattern : request_.patterns) from(each, normalPath(pattern));
    }
    end(error_);
  }

 private:
  /// Folders below `at` that match a pattern part by part.
  void findFolders(const std::string& at, const std::string& pattern, std::vector<std::string>& found) {
    const std::size_t slash = pattern.find('/');
    const std::string part = pattern.substr(0, slash);
    for (const std::string& name : entriesOf(at)) {
      if (!globMatches(part, name) || !isFolder(at + "/" + name)) continue;
      if (slash == std::string::npos) {
        found.push_back(at + "/" + name);
      } else {
        findFolders(at + "/" + name, pattern.substr(slash + 1), found);
      }
    }
    if (part == "..") found.push_back(at + "/..");
  }

  void from(const std::string& base, const std::string& pattern) {
    if (pattern.empty()) return;
    const bool absolute = pattern[0] == '/';
    const std::string folder = absolute ? "" : base;
    const std::string relative = absolute ? pattern.substr(1) : pattern;
    if (request_.whole_folders && isFolder(folder + "/" + relative)) return from(base, pattern + "/**/*");
    const std::string fixed = lang::buildspec::fixedPart(relative);
    walk(folder, fixed, relative, 0);
  }

  /// What lies in `folder`/`name` and matches.
  void walk(const std::string& folder, const std::string& name, const std::string& pattern, std::size_t depth) {
    struct stat here {};
    const std::string path = name.empty() ? folder : folder + "/" + name;
    if (depth > kMostDepth || stat(path.empty() ? "/" : path.c_str(), &here) != 0 || !S_ISDIR(here.st_mode)) return;
    // A link that leads back up would never end.
    const std::pair<dev_t, ino_t> identity{here.st_dev, here.st_ino};
    if (!above_.insert(identity).second) return;
    for (const std::string& entry : entriesOf(path)) {
      if (failed_) break;
      const std::string relative = name.empty() ? entry : name + "/" + entry;
      const std::string full = folder + "/" + relative;
      struct stat status {};
      if (lstat(full.c_str(), &status) != 0) continue;
      const bool link = S_ISLNK(status.st_mode);
      if (link && !request_.keep_links && stat(full.c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        walk(folder, relative, pattern, depth + 1);
      } else if (globMatches(pattern, relative) && !excluded(relative)) {
        if (link && request_.keep_links) {
          sendLink(full, shown(folder, relative));
        } else if (S_ISREG(status.st_mode)) {
          send(full, shown(folder, relative), status);
        }
      }
    }
    above_.erase(identity);
  }

  std::string shown(const std::string& folder, const std::string& relative) const {
    return request_.absolute_names ? folder + "/" + relative : relative;
  }

  bool excluded(const std::string& relative) const {
    return std::any_of(exclude_.begin(), exclude_.end(),
                       [&](const std::string& pattern) { return globMatches(pattern, relative); });
  }

  bool first(const std::string& name) {
    if (!sent_.insert(name).second) return false;
    if (sent_.size() <= kMostFiles) return true;
    fail("more than " + std::to_string(kMostFiles) + " files");
    return false;
  }

  void sendLink(const std::string& path, const std::string& name) {
    char target[4096];
    const ssize_t size = readlink(path.c_str(), target, sizeof target);
    if (size < 0 || !first(name)) return;
    sandbox::Writer writer;
    writer.text(name);
    writer.text({target, static_cast<std::size_t>(size)});
    if (!sendFrame(socket_, FrameKind::Link, writer.bytes)) failed_ = true;
  }

  void send(const std::string& path, const std::string& name, const struct stat& status) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return fail("open " + path + ": " + std::strerror(errno));
    if (first(name)) {
      sandbox::Writer writer;
      writer.text(name);
      writer.number(status.st_mode & 07777);
      writer.number(static_cast<std::uint64_t>(status.st_size));
      failed_ = !sendFrame(socket_, FrameKind::File, writer.bytes);
      // Exactly as many bytes as promised, whatever becomes of the file meanwhile.
      static char buffer[256 * 1024];
      for (std::uint64_t left = static_cast<std::uint64_t>(status.st_size); !failed_ && left > 0;) {
        const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(left, sizeof buffer));
        ssize_t size = read(file, buffer, most);
        if (size <= 0) {
          std::memset(buffer, 0, most);
          size = static_cast<ssize_t>(most);
        }
        failed_ = !sendFrame(socket_, FrameKind::Data, {buffer, static_cast<std::size_t>(size)});
        left -= static_cast<std::uint64_t>(size);
      }
    }
    close(file);
  }

  void fail(const std::string& message) {
    failed_ = true;
    error_ = message;
  }

  void end(const std::string& error) {
    sandbox::Writer writer;
    writer.number(sent_.size());
    writer.text(error);
    sendFrame(socket_, FrameKind::End, writer.bytes);
  }

  int socket_;
  const CollectRequest& request_;
  std::vector<std::string> exclude_;
  std::set<std::string> sent_;
  std::set<std::pair<dev_t, ino_t>> above_;
  bool failed_ = false;
  std::string error_;
};

}  // namespace

void collect(int socket, const CollectRequest& request) {
  Collector(socket, request).run();
}

}  // namespace thimble::services::codebuild::agent
