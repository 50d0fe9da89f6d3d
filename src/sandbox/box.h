// What a box is asked to run, and what came of it: plain values shared by the server's side and the spawner.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace thimble::sandbox {

/// A folder or file of the host seen inside of the box.
struct Mount {
  std::string source;  ///< Absolute path on the host.
  std::string target;  ///< Absolute path inside: one of kMountTargets; in an overlay root a place that it has not.
  bool writable = false;
  bool operator==(const Mount&) const = default;
};

/// The folders of a minimal root over which a Mount may be put. That root itself is read-only.
inline constexpr const char* kMountTargets[] = {"/var/task", "/var/runtime", "/var/lang", "/opt", "/codebuild", "/mnt"};

/// What the command sees as its root.
enum class RootKind : std::uint8_t {
  Minimal = 0,  ///< The host's /usr and a few files of /etc, read-only: for functions.
  /// For builds: the host's programs, libraries and settings, writable, with every change kept in `changes`. The
  /// command is root of a user namespace; of /etc and /opt it sees what every user of the host may read, and of the
  /// rest of the host (homes, data, temporary files) nothing.
  Overlay = 1,
};

/// Bounds on one box. Zero means no bound of ours.
struct Limits {
  std::uint64_t memory_bytes = 0;          ///< Resident memory of all its processes, its /tmp included.
  std::uint64_t processes = 1024;          ///< Processes and threads alive at the same time.
  std::uint64_t open_files = 1024;         ///< Descriptors a process.
  std::uint64_t file_bytes = 0;            ///< Size of one file.
  std::uint64_t tmp_bytes = 512ull << 20;  ///< Size of /tmp; of /dev/shm in an overlay root, whose /tmp is on disk.
  std::uint64_t cpu_shares = 0;            ///< Weight against other boxes; 1024 is one ordinary share.
  bool operator==(const Limits&) const = default;
};

/// Everything that a box is made of. The command's user is unprivileged and owns nothing of the host's.
struct BoxInput {
  std::vector<std::string> arguments;    ///< The program's path inside of the box, and its arguments.
  std::vector<std::string> environment;  ///< "NAME=value"; nothing is inherited.
  std::string working_directory = "/";
  std::vector<Mount> mounts;
  RootKind root = RootKind::Minimal;
  /// Overlay: an absolute path of a folder for the changes, not used by any other box. What its folder `root` holds
  /// already is in the box's root, owned by the box's root user. The box's owner removes it afterwards.
  std::string changes;
  /// Overlay: an absolute path of a folder with a root of its own (a container image's), which is seen instead of the
  /// host's programs and settings, all of it as the box's own. Its folders of devices, processes and temporary files
  /// are left out. Empty: the host's.
  std::string image;
  Limits limits;
  std::vector<std::uint16_t> listeners;  ///< TCP ports on the box's 127.0.0.1 whose listeners the starter receives.
  bool outbound = false;                 ///< May open connections to the outside (not to the host's loopback).
  std::string host_name = "thimble";
  /// The command is started ahead of need, and what it is needed for comes later as a Completion. Until then it must
  /// run nothing of others. Minimal roots only.
  bool completable = false;
  bool operator==(const BoxInput&) const = default;
};

/// What a completable box lacks: given once, after its start and before it runs anything of others.
struct Completion {
  std::vector<Mount> mounts;       ///< Beside those that it has; of each target at most one.
  std::uint64_t memory_bytes = 0;  ///< As in Limits, in the place of what the box was started with; 0: that stays.
  std::uint64_t tmp_bytes = 0;     ///< The same.
  std::uint64_t cpu_shares = 0;    ///< The same.
  bool operator==(const Completion&) const = default;
};

/// How a box ended.
struct BoxOutcome {
  enum class Kind : std::uint8_t {
    SetupFailed,  ///< Our failure: the command was never started. `message` names the step.
    ExecFailed,   ///< The program could not be executed; `status` is the errno.
    Exited,       ///< `status` is the exit status.
    Signalled,    ///< `status` is the signal's number.
    Killed,       ///< Ended by kill(), or with the spawner.
  };
  Kind kind = Kind::SetupFailed;
  int status = 0;
  std::string message;
  std::uint64_t peak_memory_bytes = 0;  ///< The most memory it held; 0 when not known.
  std::uint64_t cpu_microseconds = 0;   ///< User and system time of the command and the children that it waited for.
};

/// What this machine's spawner can do; `problems` are features that are missing, each with the remedy.
struct Support {
  bool privileged = false;     ///< Runs as root: each box has a user of its own.
  bool memory_limit = false;   ///< By cgroup; otherwise by RLIMIT_DATA for each process alone.
  bool process_limit = false;  ///< By cgroup; otherwise by RLIMIT_NPROC.
  bool cpu_weight = false;
  bool outbound = false;  ///< slirp4netns is there.
  std::vector<std::string> problems;
};

}  // namespace thimble::sandbox
