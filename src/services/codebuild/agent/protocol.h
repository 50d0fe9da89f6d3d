// What the server and a build's agent say to each other over the agent's standard input, a stream socket: frames of a
// length, a kind and a payload in the sandbox's message form. The server asks, one thing at a time; the agent answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::services::codebuild::agent {

enum class FrameKind : char {
  // From the server.
  Environment = 'V',  ///< The variables of all that is run from now on ("NAME=value"). Not answered.
  Run = 'R',          ///< A command; its output goes to the agent's own. Answered by Exited.
  Evaluate = 'E',     ///< A command whose output is the answer. Answered by Output.
  Collect = 'C',      ///< Files by patterns. Answered by File and Data, Link, then End.
  // From the agent.
  Ready = 'S',   ///< It runs. Once.
  Exited = 'X',  ///< Number: the exit status, 128 and more for a signal. Text: why it could not be run, or empty.
  Output = 'O',  ///< Number: the exit status. Text: at most kMostOutput bytes.
  File = 'F',    ///< Text: the name. Numbers: the permission bits, the size. Its bytes follow in Data frames.
  Data = 'D',    ///< Raw bytes.
  Link = 'L',    ///< Texts: the name, the target.
  End = 'Z',     ///< Number: how many files. Text: what went wrong, or empty.
};

inline constexpr std::size_t kMostOutput = 256 * 1024;
inline constexpr std::size_t kMostPayload = 16 * 1024 * 1024;
/// Where the agent keeps the state of the shell between commands, as AWS does.
inline constexpr const char* kStateFolder = "/codebuild/output/tmp";

struct RunRequest {
  std::string shell;      ///< A path.
  std::string folder;     ///< Where the first command begins, and each separate one.
  std::string user;       ///< A user's name; empty: root.
  bool separate = false;  ///< Nothing of an earlier command's shell is taken over.
  std::string prelude;    ///< Shell text that goes before the command.
  std::string command;
};
std::string encode(const RunRequest& request);
std::optional<RunRequest> decodeRun(std::string_view payload);

struct CollectRequest {
  std::string folder;  ///< From which the others are relative.
  std::string base_directory;
  std::vector<std::string> patterns;
  std::vector<std::string> exclude;
  bool keep_links = false;      ///< Symbolic links stay ones; otherwise what they lead to is taken.
  bool whole_folders = false;   ///< A pattern that names a folder means all in it.
  bool absolute_names = false;  ///< Names are whole paths; otherwise relative to the base directory.
};
std::string encode(const CollectRequest& request);
std::optional<CollectRequest> decodeCollect(std::string_view payload);

struct Frame {
  FrameKind kind{};
  std::string payload;
};
/// Both block; false or nothing when the other end is gone, or sends what is no frame.
bool sendFrame(int socket, FrameKind kind, std::string_view payload);
std::optional<Frame> receiveFrame(int socket);

}  // namespace thimble::services::codebuild::agent
