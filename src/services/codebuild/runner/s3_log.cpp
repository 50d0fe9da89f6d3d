#include "services/codebuild/runner/s3_log.h"

#include <filesystem>
#include <tuple>

#include "platform/archive/writer.h"
#include "services/codebuild/project_rules.h"

namespace thimble::services::codebuild::runner {

using base::Json;

S3Log::S3Log(const Json& document, const std::string& staging_folder, platform::Random& random) {
  const std::string arn = document["Build"]["logs"].stringAt("s3LogsArn");
  if (arn.empty()) return;
  std::tie(bucket_, key_) = splitLocation(arn);
  path_ = staging_folder + "/log-" + random.hex(24);
  file_.open(path_, std::ios::binary);
}

S3Log::~S3Log() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void S3Log::append(const std::vector<dispatch::LogLine>& lines) {
  if (path_.empty()) return;
  for (const dispatch::LogLine& line : lines) file_ << line.text;
}

void S3Log::upload(const RoleCaller& caller) {
  if (path_.empty()) return;
  file_.close();
  const std::string packed = path_ + ".gz";
  {
    platform::ArchiveWriter writer(platform::ArchiveKind::Gzip, packed);
    std::ifstream in(path_, std::ios::binary);
    writer.beginFile("log", 0644, std::filesystem::file_size(path_));
    char buffer[64 * 1024];
    while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
      writer.append({buffer, static_cast<std::size_t>(in.gcount())});
    }
    writer.finish();
  }
  const Json input = Json::object({{"Bucket", bucket_}, {"Key", key_}, {"ContentType", "application/gzip"}});
  (void)caller.call("s3", "PutObject", input, std::make_shared<platform::FileBytes>(packed, true));
}

}  // namespace thimble::services::codebuild::runner
