// What a box gets that was started ahead of need: its folders, and the bounds that depend on what it is needed for.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "sandbox/spawner/spawner.h"

namespace thimble::sandbox::spawner {
namespace {

/// Bounds the data of each of a first process's children: only the command, while it has not been told what for it
/// runs.
Failure limitData(pid_t first, std::uint64_t bytes) {
  const std::string process = std::to_string(first);
  std::ifstream children("/host/proc/" + process + "/task/" + process + "/children");
  pid_t command = 0;
  if (!(children >> command)) return "the command's process is not found";
  do {
    rlimit bound{};
    if (prlimit(command, RLIMIT_DATA, nullptr, &bound) != 0) return describeErrno("the limit of memory");
    bound.rlim_cur = bound.rlim_max = std::min<std::uint64_t>(bytes, bound.rlim_max);
    if (prlimit(command, RLIMIT_DATA, &bound, nullptr) != 0) return describeErrno("the limit of memory");
  } while (children >> command);
  return std::nullopt;
}

/// In a child: copies the folders while it sees the host's files, then enters the box's mounts and places them there.
Failure mountInside(const Completion& completion, int mounts) {
  std::vector<int> trees;
  for (const Mount& each : completion.mounts) {
    if (Failure failure = checkTarget(each)) return failure;
    if (Failure failure = copyMount(each, trees.emplace_back(-1))) return failure;
  }
  if (setns(mounts, CLONE_NEWNS) != 0) return describeErrno("entering the box's mounts");
  for (std::size_t i = 0; i < trees.size(); ++i) {
    if (Failure failure = placeMount(trees[i], completion.mounts[i].target)) return failure;
  }
  return completion.tmp_bytes == 0 ? std::nullopt : resizeTemporary(completion.tmp_bytes);
}

}  // namespace

Failure completeBox(const Completion& completion, pid_t first, int mounts, bool memory_by_cgroup) {
  if (completion.memory_bytes != 0 && !memory_by_cgroup) {
    if (Failure failure = limitData(first, completion.memory_bytes)) return failure;
  }
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return describeErrno("a pipe");
  const pid_t helper = fork();
  if (helper == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const Failure failure = mountInside(completion, mounts);
    // "k", or what failed: a helper that dies says neither.
    const std::string text = failure ? *failure : "k";
    const ssize_t written = write(report[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(report[1]);
  char text[512];
  const ssize_t size = helper < 0 ? -1 : read(report[0], text, sizeof text);
  close(report[0]);
  if (helper < 0) return describeErrno("fork");
  while (waitpid(helper, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (size <= 0) return "the box's completion: its helper died";
  if (size == 1 && text[0] == 'k') return std::nullopt;
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace thimble::sandbox::spawner
