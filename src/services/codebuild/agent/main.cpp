// The first program in a build's box. It runs the build's commands one after the other, each by a shell of its own that
// takes over the variables and the folder of the one before, as AWS's agent does; and it reads the build's files for
// the server, which never opens them itself.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sandbox/message.h"
#include "services/codebuild/agent/collect.h"
#include "services/codebuild/agent/protocol.h"

namespace thimble::services::codebuild::agent {
namespace {

constexpr int kSocket = 100;

struct User {
  uid_t user = 0;
  gid_t group = 0;
  std::string home = "/root";
};

/// From /etc/passwd by hand: this program is linked statically, so the C library's own search is not there.
bool findUser(const std::string& name, User& user) {
  FILE* file = std::fopen("/etc/passwd", "re");
  if (file == nullptr) return false;
  char line[4096];
  bool found = false;
  while (!found && std::fgets(line, sizeof line, file) != nullptr) {
    std::vector<std::string> fields{""};
    for (const char* c = line; *c != '\0' && *c != '\n'; ++c) {
      if (*c == ':') {
        fields.emplace_back();
      } else {
        fields.back() += *c;
      }
    }
    if (fields.size() < 7 || fields[0] != name) continue;
    user = {static_cast<uid_t>(std::atoi(fields[2].c_str())), static_cast<gid_t>(std::atoi(fields[3].c_str())),
            fields[5]};
    found = true;
  }
  std::fclose(file);
  return found;
}

bool writeFile(const std::string& path, const std::string& text, mode_t mode) {
  unlink(path.c_str());
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool ok = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fchmod(file, mode) == 0;
  close(file);
  return ok;
}

std::string statePath(const char* name) {
  return std::string(kStateFolder) + "/" + name;
}

void makeState() {
  for (std::size_t slash = 1; slash != std::string::npos;) {
    slash = std::string(kStateFolder).find('/', slash + 1);
    mkdir(std::string(kStateFolder).substr(0, slash).c_str(), 0755);
  }
  chmod(kStateFolder, 0777);
}

std::string scriptOf(const RunRequest& request) {
  if (request.separate) return "cd '" + request.folder + "'\n" + request.prelude + request.command + "\n";
  const std::string env = statePath("env.sh");
  const std::string dir = statePath("dir.txt");
  return "cd \"$(cat " + dir + ")\"\nset -a\n. " + env + "\n" + request.prelude + request.command +
         "\nCODEBUILD_LAST_EXIT=$?\nexport -p > " + env + "\npwd > " + dir + "\nexit $CODEBUILD_LAST_EXIT\n";
}

struct Finished {
  int status = 0;
  std::string error;
};

/// Runs a request's command. `output`: where it writes; -1: to our own output.
pid_t launch(const RunRequest& request, int output, std::string& error) {
  makeState();
  // The first command that shares its shell says where that begins.
  if (!request.separate && access(statePath("env.sh").c_str(), F_OK) != 0) {
    writeFile(statePath("env.sh"), "", 0666);
    writeFile(statePath("dir.txt"), request.folder + "\n", 0666);
  }
  User user;
  if (!request.user.empty() && !findUser(request.user, user)) {
    error = "unknown user " + request.user;
    return -1;
  }
  const std::string script = statePath("script.sh");
  if (!writeFile(script, scriptOf(request), 0755)) {
    error = "writing " + script + ": " + std::strerror(errno);
    return -1;
  }
  // What another user has left must be written by this one.
  chmod(statePath("env.sh").c_str(), 0666);
  chmod(statePath("dir.txt").c_str(), 0666);
  const pid_t process = fork();
  if (process != 0) {
    if (process < 0) error = std::string("fork: ") + std::strerror(errno);
    return process;
  }
  if (output >= 0) dup2(output, 1);
  close_range(3, ~0u, 0);
  if (!request.user.empty()) {
    if (setgroups(1, &user.group) != 0 || setresgid(user.group, user.group, user.group) != 0 ||
        setresuid(user.user, user.user, user.user) != 0) {
      std::fprintf(stderr, "cannot run as %s: %s\n", request.user.c_str(), std::strerror(errno));
      _exit(126);
    }
    setenv("HOME", user.home.c_str(), 1);
    setenv("USER", request.user.c_str(), 1);
    setenv("LOGNAME", request.user.c_str(), 1);
  }
  setpgid(0, 0);
  signal(SIGPIPE, SIG_DFL);
  if (chdir(request.folder.c_str()) != 0 && chdir("/") != 0) _exit(126);
  execl(request.shell.c_str(), request.shell.c_str(), script.c_str(), static_cast<char*>(nullptr));
  std::fprintf(stderr, "%s: %s\n", request.shell.c_str(), std::strerror(errno));
  _exit(127);
}

int statusOf(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void run(const RunRequest& request) {
  std::string error;
  const pid_t process = launch(request, -1, error);
  const int status = process < 0 ? 1 : statusOf(process);
  sandbox::Writer writer;
  writer.number(static_cast<std::uint64_t>(status));
  writer.text(error);
  sendFrame(kSocket, FrameKind::Exited, writer.bytes);
}

/// Into a file in memory: a pipe would stay open for as long as what the command has left running.
void evaluate(const RunRequest& request) {
  const int file = memfd_create("output", MFD_CLOEXEC);
  std::string error;
  const pid_t process = file < 0 ? -1 : launch(request, file, error);
  const int status = process < 0 ? 1 : statusOf(process);
  std::string output(kMostOutput, '\0');
  const ssize_t size = file < 0 ? 0 : pread(file, output.data(), output.size(), 0);
  output.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  if (file >= 0) close(file);
  sandbox::Writer writer;
  writer.number(static_cast<std::uint64_t>(status));
  writer.text(output);
  sendFrame(kSocket, FrameKind::Output, writer.bytes);
}

void setEnvironment(const std::vector<std::string>& variables) {
  clearenv();
  for (const std::string& each : variables) {
    const std::size_t equals = each.find('=');
    if (equals != std::string::npos) setenv(each.substr(0, equals).c_str(), each.substr(equals + 1).c_str(), 1);
  }
}

int serve() {
  // Its own place in the line of descriptors, which no command inherits.
  if (dup3(0, kSocket, O_CLOEXEC) < 0) return 1;
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, 0);
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_DUMPABLE, 0);
  sendFrame(kSocket, FrameKind::Ready, {});
  while (const std::optional<Frame> frame = receiveFrame(kSocket)) {
    if (frame->kind == FrameKind::Environment) {
      setEnvironment(sandbox::Reader(frame->payload).texts());
    } else if (frame->kind == FrameKind::Collect) {
      const std::optional<CollectRequest> request = decodeCollect(frame->payload);
      if (!request) return 1;
      collect(kSocket, *request);
    } else if (frame->kind == FrameKind::Run || frame->kind == FrameKind::Evaluate) {
      const std::optional<RunRequest> request = decodeRun(frame->payload);
      if (!request) return 1;
      frame->kind == FrameKind::Run ? run(*request) : evaluate(*request);
    }
  }
  return 0;
}

}  // namespace
}  // namespace thimble::services::codebuild::agent

int main() {
  return thimble::services::codebuild::agent::serve();
}
