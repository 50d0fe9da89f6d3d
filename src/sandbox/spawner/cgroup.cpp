// Limits of whole boxes by control groups, of version 1 and 2. Only root's: an ordinary user's delegated groups are not
// used.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

/// The path of our own group in the hierarchy of version 1 that has `controller`, or in that of version 2 (empty).
std::string ownPath(const std::string& controller) {
  std::ifstream file("/host/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    if (controller.empty() && second == first + 1) return line.substr(second + 1);
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
    homes_.push_back(root + ownPath(""));
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
    const std::string home = root + "/" + controller + path;
    *folder = makeOwn(home);
    if (!folder->empty()) homes_.push_back(home);
  }
}

Failure Cgroups::make(Group& group) {
  group.name = "/b" + std::to_string(next_++);
  for (const std::string* parent : {&memory_, &processes_, &cpu_}) {
    const std::string folder = *parent + group.name;
    if (parent->empty() || std::find(group.folders.begin(), group.folders.end(), folder) != group.folders.end())
      continue;
    if (mkdir(folder.c_str(), 0755) != 0) return describeErrno("a control group");
    group.folders.push_back(folder);
    const int attach = ::open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
    if (attach < 0) return describeErrno("a control group");
    group.attach.push_back(attach);
  }
  return std::nullopt;
}

Failure Cgroups::limit(const Limits& limits, Group& group) const {
  bool ok = true;
  if (limits.memory_bytes != 0 && memory()) {
    const std::string bytes = std::to_string(limits.memory_bytes);
    const std::string folder = memory_ + group.name;
    const std::string peak = folder + (unified_ ? "/memory.peak" : "/memory.max_usage_in_bytes");
    if (unified_) {
      ok = ok && writeValue(folder + "/memory.max", bytes);
      writeValue(folder + "/memory.swap.max", "0");
    } else {
      // Absent where swap accounting is off; then there is no swap to bound either, or it is the machine's choice.
      // Never below the other limit: the first of the two writes raises it, the second lowers it.
      const std::string with_swap = folder + "/memory.memsw.limit_in_bytes";
      writeValue(with_swap, bytes);
      ok = ok && writeValue(folder + "/memory.limit_in_bytes", bytes);
      writeValue(with_swap, bytes);
      writeValue(peak, "0");
    }
    group.peak_descriptor = ::open(peak.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (limits.processes != 0 && processes()) {
    // The box's first process is in the group too.
    ok = ok && writeValue(processes_ + group.name + "/pids.max", std::to_string(limits.processes + 1));
  }
  if (limits.cpu_shares != 0 && cpu()) {
    if (unified_) {
      // Version 2 counts 100 for what version 1 calls 1024.
      const std::uint64_t weight = std::clamp<std::uint64_t>(limits.cpu_shares * 100 / 1024, 1, 10000);
      ok = ok && writeValue(cpu_ + group.name + "/cpu.weight", std::to_string(weight));
    } else {
      const std::uint64_t shares = std::max<std::uint64_t>(limits.cpu_shares, 2);
      ok = ok && writeValue(cpu_ + group.name + "/cpu.shares", std::to_string(shares));
    }
  }
  if (ok) return std::nullopt;
  return describeErrno("a control group");
}

void Cgroups::endTogether(const Group& group) const {
  if (unified_ && memory()) writeValue(memory_ + group.name + "/memory.oom.group", "1");
}

bool Cgroups::enter(const Group& group) {
  return std::all_of(group.attach.begin(), group.attach.end(), [](int attach) { return write(attach, "0", 1) == 1; });
}

void Cgroups::leave() const {
  for (const std::string& home : homes_) writeValue(home + "/cgroup.procs", "0");
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
