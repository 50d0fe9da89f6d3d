#include "services/codebuild/runner/disk_use.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace thimble::services::codebuild::runner {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

class DiskUseTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/thimble-disk-use-XXXXXX";
    folder_ = mkdtemp(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, std::uint64_t bytes) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::binary) << std::string(bytes, 'x');
  }

  std::string folder_;
};

TEST_F(DiskUseTest, CountsWhatIsOnTheDisk) {
  write("a", kMebibyte);
  write("deep/down/b", 2 * kMebibyte);
  write("elsewhere", kMebibyte);
  std::filesystem::create_directory_symlink(folder_, folder_ + "/deep/round");
  std::ofstream(folder_ + "/hole").flush();
  std::filesystem::resize_file(folder_ + "/hole", 1000 * kMebibyte);
  const std::uint64_t bytes = bytesOnDisk(folder_);
  EXPECT_GE(bytes, 4 * kMebibyte);
  EXPECT_LT(bytes, 5 * kMebibyte);
  EXPECT_EQ(bytesOnDisk(folder_ + "/none"), 0u);
}

TEST_F(DiskUseTest, TellsOnceASecondWhenTheLimitIsPassed) {
  const DiskUse::Steady::time_point now = DiskUse::Steady::now();
  DiskUse use(kMebibyte);
  write("a", 2 * kMebibyte);
  EXPECT_EQ(use.exceeded(now), std::nullopt) << "there is no box yet";
  use.watch(folder_ + "/none");
  EXPECT_EQ(use.exceeded(now), std::nullopt);
  use.watch(folder_);
  EXPECT_EQ(use.exceeded(now + std::chrono::milliseconds(999)), std::nullopt) << "it looked just now";
  EXPECT_NE(use.exceeded(now + std::chrono::hours(1)), std::nullopt);
}

}  // namespace
}  // namespace thimble::services::codebuild::runner
