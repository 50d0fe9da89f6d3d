// A build's log as an object in S3, where the project asks for it.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "dispatch/log_line.h"
#include "platform/random.h"
#include "services/codebuild/runner/role_caller.h"

namespace thimble::services::codebuild::runner {

class S3Log {
 public:
  /// Keeps nothing when the build's logs are not to be in S3.
  S3Log(const base::Json& document, const std::string& staging_folder, platform::Random& random);
  ~S3Log();
  S3Log(const S3Log&) = delete;
  S3Log& operator=(const S3Log&) = delete;

  void append(const std::vector<dispatch::LogLine>& lines);
  /// Puts the object, compressed. A refusal changes nothing of the build, as on AWS.
  void upload(const RoleCaller& caller);

 private:
  std::string bucket_, key_;
  std::string path_;  ///< Empty: nothing is kept.
  std::ofstream file_;
};

}  // namespace thimble::services::codebuild::runner
