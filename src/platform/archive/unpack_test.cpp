#include "platform/archive/unpack.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/archive/testing_zip.h"
#include "platform/archive/zip_folder.h"

namespace thimble::platform {
namespace {

class ArchiveTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/thimble-archive-XXXXXX";
    root_ = mkdtemp(folder);
    std::filesystem::create_directory(root_ + "/target");
    std::ofstream(root_ + "/outside") << "untouched";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  base::Result<void, ArchiveError> unpack(const std::string& zip, const ArchiveLimits& limits = {}) {
    std::ofstream(root_ + "/archive.zip", std::ios::binary) << zip;
    return unpackArchive(root_ + "/archive.zip", root_ + "/target", limits);
  }
  std::string read(const std::string& path) {
    std::ifstream file(root_ + "/" + path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::string root_;
};

TEST_F(ArchiveTest, AFolderThatIsZippedComesBack) {
  std::filesystem::create_directories(root_ + "/source/a/.hidden");
  std::ofstream(root_ + "/source/a/.hidden/b") << std::string(200'000, 'b');
  std::ofstream(root_ + "/source/run") << "#!";
  std::filesystem::permissions(root_ + "/source/run", std::filesystem::perms(0755));
  std::filesystem::create_symlink("../outside", root_ + "/source/out");
  std::filesystem::create_symlink("run", root_ + "/source/in");
  zipFolder(root_ + "/source", root_ + "/made.zip");
  // A link that leads out is kept as a link, and refused by whoever unpacks it.
  EXPECT_EQ(unpackArchive(root_ + "/made.zip", root_ + "/target").error(), ArchiveError::Forbidden);
  std::filesystem::remove(root_ + "/source/out");
  zipFolder(root_ + "/source", root_ + "/made.zip");
  ASSERT_TRUE(unpackArchive(root_ + "/made.zip", root_ + "/target").ok());
  EXPECT_EQ(read("target/a/.hidden/b"), std::string(200'000, 'b'));
  EXPECT_EQ(std::filesystem::read_symlink(root_ + "/target/in"), "run");
  EXPECT_EQ(access((root_ + "/target/run").c_str(), X_OK), 0);
  EXPECT_NE(access((root_ + "/target/a/.hidden/b").c_str(), X_OK), 0);
}

TEST_F(ArchiveTest, FilesFoldersAndLinks) {
  const auto done = unpack(zipOf({{"bootstrap", "#!", AE_IFREG, 0700},
                                  {"lib/", "", AE_IFDIR},
                                  {"lib/a.txt", "a", AE_IFREG, 04777},
                                  {"deep/down/b", "b"},
                                  {"link", "lib/a.txt", AE_IFLNK},
                                  {"deep/up", "../lib/a.txt", AE_IFLNK}}));
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(read("target/deep/down/b"), "b");
  EXPECT_EQ(read("target/link"), "a");
  EXPECT_EQ(read("target/deep/up"), "a");
  struct stat status {};
  stat((root_ + "/target/lib/a.txt").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
  stat((root_ + "/target/bootstrap").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
}

TEST_F(ArchiveTest, WhatLeadsOutIsRefused) {
  const std::vector<std::vector<ZipEntry>> cases = {
      {{"../outside", "x"}},
      {{"a/../../outside", "x"}},
      {{"/tmp/outside", "x"}},
      {{"a\\..\\..\\outside", "x"}},
      {{"link", "..", AE_IFLNK}},
      {{"link", "/etc", AE_IFLNK}},
      {{"a/link", "../../outside", AE_IFLNK}},
      {{"here", ".", AE_IFLNK}, {"up", "here/..", AE_IFLNK}},
      {{"..", "", AE_IFDIR}},
      {{"a", "file"}, {"a/b", "below a file"}},
      {{std::string(300, 'n'), "x"}},
  };
  for (const auto& entries : cases) {
    const auto done = unpack(zipOf(entries));
    ASSERT_FALSE(done.ok()) << entries[0].name;
    EXPECT_EQ(done.error(), ArchiveError::Forbidden) << entries[0].name;
    EXPECT_EQ(read("outside"), "untouched");
  }
}

TEST_F(ArchiveTest, NothingIsWrittenThroughALink) {
  // The link is inside, but the file behind it would be written before it exists.
  const auto done = unpack(zipOf({{"here", "there", AE_IFLNK}, {"here/x", "y"}}));
  EXPECT_FALSE(done.ok());
  EXPECT_FALSE(std::filesystem::exists(root_ + "/target/there/x"));
}

TEST_F(ArchiveTest, Bounds) {
  const std::string zip = zipOf({{"a", std::string(1000, 'a')}, {"b", std::string(1000, 'b')}});
  EXPECT_TRUE(unpack(zip, {.max_bytes = 2000}).ok());
  EXPECT_EQ(unpack(zip, {.max_bytes = 1999}).error(), ArchiveError::TooLarge);
  EXPECT_EQ(unpack(zip, {.max_entries = 1}).error(), ArchiveError::TooLarge);
  EXPECT_EQ(unpack(zipOf({{"a/b/c/d", "x"}}), {.max_depth = 3}).error(), ArchiveError::Forbidden);
}

TEST_F(ArchiveTest, AZipWithoutEntriesIsOne) {
  const std::string empty = std::string("PK\5\6", 4) + std::string(18, '\0');
  EXPECT_TRUE(unpack(empty).ok());
  EXPECT_TRUE(unpack(zipOf({})).ok());
  EXPECT_EQ(unpack(empty.substr(0, 21)).error(), ArchiveError::Damaged);
}

TEST_F(ArchiveTest, DamageIsFound) {
  EXPECT_EQ(unpack("this is no zip").error(), ArchiveError::Damaged);
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  const std::string zip = zipOf({{"a", text}});
  EXPECT_FALSE(unpack(zip.substr(0, zip.size() / 2)).ok());
  std::string flipped = zip;
  flipped[200] = static_cast<char>(flipped[200] ^ 0x55);
  EXPECT_FALSE(unpack(flipped).ok());
}

}  // namespace
}  // namespace thimble::platform
