// Git's programs run on a remote repository, each time in a folder of their own that is removed afterwards.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/process.h"

namespace thimble::services::codeconnections {

class Git : public std::enable_shared_from_this<Git> {
 public:
  /// `folder` is made at the first use, and removed with this. `address` as pinnedAddress gives it.
  Git(platform::ProcessRunner& runner, std::string folder, std::string url, std::string address)
      : runner_(runner), folder_(std::move(folder)), url_(std::move(url)), address_(std::move(address)) {}
  ~Git();
  Git(const Git&) = delete;
  Git& operator=(const Git&) = delete;

  const std::string& folder() const { return folder_; }
  const std::string& url() const { return url_; }

  using Done = std::function<void(base::Result<std::string>)>;
  /// Runs git with these arguments in the folder and gives what it wrote, or the error SourceError with git's own
  /// words. `done` is called on the thread that serves all processes, so it must be brief.
  void run(std::vector<std::string> arguments, Done done);
  /// One after the other; the output is the last one's. The first that fails ends them.
  void runAll(std::vector<std::vector<std::string>> commands, Done done);

 private:
  platform::ProcessRunner& runner_;
  std::string folder_, url_, address_;
};

}  // namespace thimble::services::codeconnections
