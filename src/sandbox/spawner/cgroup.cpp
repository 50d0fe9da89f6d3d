// Limits of whole boxes by control groups, of version 1 and 2. Only root's: an ordinary user's delegated groups are not
// used.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

constexpr const char* kRoot = "/host/sys/fs/cgroup";
constexpr const char* kPrefix = "thimble-";

bool writeValue(const std::string& path, const std::string& value) {
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool ok = write(file, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  close(file);
  return ok;
}

/// Removes groups of spawners that are no more (their processes died with them).
void removeStale(const std::string& parent) {
  DIR* folder = opendir(parent.c_str());
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.rfind(kPrefix, 0) != 0) continue;
    const int owner = std::atoi(name.c_str() + std::string(kPrefix).size());
    if (owner <= 0 || access(("/host/proc/" + std::to_string(owner)).c_str(), F_OK) == 0) continue;
    const std::string group = parent + "/" + name;
    if (DIR* boxes = opendir(group.c_str())) {
      while (const dirent* box = readdir(boxes)) {
        if (box->d_type == DT_DIR && box->d_name[0] == 'b') rmdir((group + "/" + box->d_name).c_str());
      }
      closedir(boxes);
    }
    rmdir(group.c_str());
  }
  closedir(folder);
}

/// The path of our own group in the hierarchy of version 1 that has `controller`.
std::string ownPath(const std::string& controller) {
  std::ifstream file("/host/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    std::string name;
    while (std::getline(controllers, name, ',')) {
      if (name == controller) return line.substr(second + 1);
    }
  }
  return {};
}

std::string makeOwn(const std::string& parent) {
  removeStale(parent);
  const std::string folder = parent + "/" + kPrefix + std::to_string(getpid());
  return mkdir(folder.c_str(), 0755) == 0 ? folder : std::string();
}

}  // namespace

void Cgroups::open() {
  if (geteuid() != 0) return;
  const std::string root = kRoot;
  if (access((root + "/cgroup.controllers").c_str(), F_OK) == 0) {
    unified_ = true;
    for (const char* controller : {"+memory", "+pids", "+cpu"})
      writeValue(root + "/cgroup.subtree_control", controller);
    const std::string own = makeOwn(root);
    if (own.empty()) return;
    if (writeValue(own + "/cgroup.subtree_control", "+memory")) memory_ = own;
    if (writeValue(own + "/cgroup.subtree_control", "+pids")) processes_ = own;
    if (writeValue(own + "/cgroup.subtree_control", "+cpu")) cpu_ = own;
    return;
  }
  for (const auto& [controller, folder] :
       {std::pair<const char*, std::string*>{"memory", &memory_}, {"pids", &processes_}, {"cpu", &cpu_}}) {
    std::string path = ownPath(controller);
    if (path.empty()) continue;
    if (path == "/") path.clear();
    *folder = makeOwn(root + "/" + controller + path);
  }
}

Failure Cgroups::make(std::uint64_t memory_bytes, std::uint64_t processes, std::uint64_t cpu_shares, Group& group) {
  const std::string name = "/b" + std::to_string(next_++);
  const auto add = [&](const std::string& parent) {
    const std::string folder = parent + name;
    for (const std::string& made : group.folders) {
      if (made == folder) return true;
    }
    if (mkdir(folder.c_str(), 0755) != 0) return false;
    group.folders.push_back(folder);
    const int attach = ::open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
    if (attach < 0) return false;
    group.attach.push_back(attach);
    return true;
  };
  bool ok = true;
  if (memory_bytes != 0 && memory()) {
    const std::string bytes = std::to_string(memory_bytes);
    ok = ok && add(memory_);
    const std::string folder = memory_ + name;
    if (unified_) {
      ok = ok && writeValue(folder + "/memory.max", bytes);
      writeValue(folder + "/memory.swap.max", "0");
      writeValue(folder + "/memory.oom.group", "1");
    } else {
      ok = ok && writeValue(folder + "/memory.limit_in_bytes", bytes);
      // Absent where swap accounting is off; then there is no swap to bound either, or it is the machine's choice.
      writeValue(folder + "/memory.memsw.limit_in_bytes", bytes);
    }
    group.peak_descriptor =
        ::open((folder + (unified_ ? "/memory.peak" : "/memory.max_usage_in_bytes")).c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (processes != 0 && this->processes()) {
    ok = ok && add(processes_) && writeValue(processes_ + name + "/pids.max", std::to_string(processes));
  }
  if (cpu_shares != 0 && cpu()) {
    ok = ok && add(cpu_);
    if (unified_) {
      // Version 2 counts 100 for what version 1 calls 1024.
      const std::uint64_t weight = cpu_shares * 100 / 1024;
      ok = ok && writeValue(cpu_ + name + "/cpu.weight", std::to_string(weight == 0      ? 1
                                                                        : weight > 10000 ? 10000
                                                                                         : weight));
    } else {
      ok = ok && writeValue(cpu_ + name + "/cpu.shares", std::to_string(cpu_shares < 2 ? 2 : cpu_shares));
    }
  }
  if (ok) return std::nullopt;
  return describeErrno("a control group");
}

void Cgroups::closeDescriptors(Group& group) {
  for (const int descriptor : group.attach) ::close(descriptor);
  if (group.peak_descriptor >= 0) ::close(group.peak_descriptor);
  group.attach.clear();
  group.peak_descriptor = -1;
}

bool Cgroups::remove(Group& group) {
  while (!group.folders.empty()) {
    if (rmdir(group.folders.back().c_str()) != 0 && errno == EBUSY) return false;
    group.folders.pop_back();
  }
  return true;
}

void Cgroups::close() {
  for (const std::string& folder : {memory_, processes_, cpu_}) {
    if (!folder.empty()) rmdir(folder.c_str());
  }
}

}  // namespace thimble::sandbox::spawner
