#include "platform/sealer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace thimble::platform {
namespace {

TEST(SealerTest, TheKeyIsMadeOnceAndOnlyItsOwnerReadsIt) {
  const std::string folder = testing::TempDir() + "/sealer_test";
  RealFileSystem files;
  SeededRandom random(1);
  files.removeTree(folder);
  files.createFolders(folder);
  const std::string path = folder + "/key";
  const std::string key = Sealer::loadKey(files, path, random);
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(Sealer::loadKey(files, path, random), key);
  struct stat facts {};
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  writeFileAtomically(files, path, "no key");
  EXPECT_THROW((void)Sealer::loadKey(files, path, random), std::runtime_error);
  files.removeTree(folder);
}

TEST(SealerTest, OpensWhatItSealedForThePurpose) {
  SeededRandom random(1);
  Sealer sealer(std::string(32, 'k'), random);
  const std::string sealed = sealer.seal("value", "a");
  EXPECT_EQ(sealed.find("value"), std::string::npos);
  EXPECT_NE(sealer.seal("value", "a"), sealed);
  EXPECT_EQ(sealer.open(sealed, "a"), "value");
  EXPECT_THROW((void)sealer.open(sealed, "b"), std::runtime_error);
  EXPECT_THROW((void)sealer.open("", "a"), std::runtime_error);
  EXPECT_THROW((void)Sealer(std::string(32, 'x'), random).open(sealed, "a"), std::runtime_error);
}

}  // namespace
}  // namespace thimble::platform
