// The parts of the spawner: a small single-threaded program, started once by the server, which makes boxes. It is
// linked statically and carried inside of the server, so that a clone of it costs little and nothing must be installed.
//
//   main.cpp       the loop: requests in, ended boxes reaped, pools kept full
//   base_root.cpp  the read-only root that boxes of functions share, built once
//   overlay.cpp    the writable root of a build
//   network.cpp    network namespaces, made ahead of need, with slirp4netns where asked for
//   cgroup.cpp     limits of memory, processes and CPU
//   init.cpp       a box's first process: mounts, listeners, the command, its end
//   mounts.cpp     what a box sees besides its root
//   complete.cpp   what a box gets later that was started ahead of need
//   confine.cpp    what the command itself loses before it starts: user, capabilities, system calls
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "sandbox/box.h"

struct sock_filter;

namespace thimble::sandbox::spawner {

/// An error of the environment with the step that failed, or nothing.
using Failure = std::optional<std::string>;
/// "step: text of errno".
std::string describeErrno(const std::string& step);

/// Enters a mount namespace whose root is the boxes' minimal root, the machine's own root being at /host.
Failure enterBaseRoot();

/// Which limits the machine's cgroups give, and where.
class Cgroups {
 public:
  /// Finds the hierarchies and makes the spawner's own group in each. To be called after enterBaseRoot().
  void open();
  bool memory() const { return !memory_.empty(); }
  bool processes() const { return !processes_.empty(); }
  bool cpu() const { return !cpu_.empty(); }

  /// The groups of one box.
  struct Group {
    std::string name;  ///< Of the folder in each hierarchy, with a slash before.
    std::vector<std::string> folders;
    std::vector<int> attach;   ///< Writing "0" to each puts the writer in.
    int peak_descriptor = -1;  ///< Reads the most memory that was held.
  };
  Failure make(Group& group);
  /// Bounds what a box may use: all that is in the group, its first process included.
  Failure limit(const Limits& limits, Group& group) const;
  /// When memory runs out all of a box ends. To be said when only the box is in the group.
  void endTogether(const Group& group) const;
  /// Puts the caller in. The kernel may take many milliseconds for it (it waits until all processors have passed a
  /// quiet point); what is cloned from inside needs no such step.
  static bool enter(const Group& group);
  /// Puts the caller back to where it was.
  void leave() const;
  static void closeDescriptors(Group& group);
  /// Removes the folders; false while a dying process still holds one.
  static bool remove(Group& group);
  /// Removes the spawner's own groups.
  void close();

 private:
  std::string memory_, processes_, cpu_;  ///< Our folder in each hierarchy; empty when there is none.
  std::vector<std::string> homes_;        ///< The groups that we were started in.
  bool unified_ = false;
  std::uint64_t next_ = 0;
};

/// One box's network namespace.
struct Network {
  int namespace_descriptor = -1;
  int exit_descriptor = -1;  ///< Closing it ends slirp4netns; -1 without outbound connections.
};
bool outboundAvailable();
/// Makes a namespace with its loopback up; `outbound` adds slirp4netns and waits until it is configured.
Failure makeNetwork(bool outbound, const Cgroups& cgroups, Network& network);
void closeNetwork(Network& network);

/// What the command and the first process of a box run as. In the unprivileged case both stay our own user.
struct Identity {
  bool privileged = false;
  uid_t init = 0;  ///< Numbers outside of the box, used by no one else.
  uid_t command = 0;
  uid_t range = 0;  ///< How many users from `command` on are the box's own; 0: that one.
};

/// The system call filter, compiled once.
struct Filter {
  std::vector<sock_filter> instructions;
};
Failure compileFilter(Filter& filter);
bool applyFilter(const Filter& filter);

/// Everything that a box's first process needs. Descriptors are the spawner's, numbers are outside of the box.
struct Plan {
  BoxInput input;
  Identity identity;
  const Filter* filter = nullptr;
  int channel = -1;  ///< Packets to and from the server.
  int standard[3] = {-1, -1, -1};
  int network = -1;         ///< The network namespace.
  int users = -1;           ///< The user namespace to enter; -1: one is made.
  int completion = -1;      ///< Where to send the box's mount namespace, for its completion; -1: it is complete.
  std::vector<int> attach;  ///< Cgroups' lists of processes to enter; empty when the box is born inside of them.
  int peak_descriptor = -1;
  bool memory_by_cgroup = false;
  bool processes_by_cgroup = false;
};

/// What the first process of a box does, from the clone to its end. Never returns.
[[noreturn]] void runInit(Plan& plan);

/// Makes the folders of /etc once more, owned by root, so that a build may add files beside the host's. Once, before
/// the first box with an overlay root.
Failure makeSkeleton();
/// Makes the box's own folders and overlays and enters them as the root. Sets `plan.users` where users can be mapped.
Failure enterOverlayRoot(Plan& plan);

/// Whether a box with a minimal root has the mount's target.
Failure checkTarget(const Mount& mount_point);
/// A copy of the host's folder or file of `mount_point` that has no place yet and is protected already. `tree` is the
/// caller's to close.
Failure copyMount(const Mount& mount_point, int& tree);
/// Gives such a copy its place in the mount namespace that the caller is in.
Failure placeMount(int tree, const std::string& target);
/// Both: binds the host's folder or file of `mount_point` to `target`.
Failure bindMount(const Mount& mount_point, const std::string& target);
/// A box's /tmp, and later another size of it.
Failure mountTemporary(std::uint64_t bytes);
Failure resizeTemporary(std::uint64_t bytes);
/// All that a box with a minimal root sees besides that root; the host's root is left.
Failure mountAll(const BoxInput& input);
/// Gives a box what it lacks but its control groups' bounds. `first` is its first process, `mounts` its mount
/// namespace, which a child with the spawner's power enters: so the box must not have run anything of others.
Failure completeBox(const Completion& completion, pid_t first, int mounts, bool memory_by_cgroup);
bool writeFile(const std::string& path, const std::string& text);
bool makeFolders(const std::string& path);

/// What the command does between the fork and the exec; on failure writes the step to `report` and exits.
[[noreturn]] void runCommand(const Plan& plan, int report, int go);

/// Gives up every capability and every way to gain one.
bool dropCapabilities();
/// Keeps what root of a machine needs to manage files and users of its own; they mean nothing outside of the box's user
/// namespace.
bool keepFileCapabilities();

}  // namespace thimble::sandbox::spawner
