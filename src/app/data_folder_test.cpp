#include "app/data_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace thimble::app {
namespace {

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() {
    std::string pattern = testing::TempDir() + "thimble-data-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~DataFolderTest() override { files_.removeTree(folder_); }

  std::string refusal() {
    try {
      DataFolder folder(files_, folder_);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  platform::RealFileSystem files_;
  std::string folder_;
};

TEST_F(DataFolderTest, IsOwnedByOneProcess) {
  {
    DataFolder first(files_, folder_);
    EXPECT_NE(refusal().find("in use by another thimble (process "), std::string::npos);
    EXPECT_THROW(resetDataFolder(files_, folder_), std::runtime_error);
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(DataFolderTest, OfANewerVersionIsLeftUnchanged) {
  { DataFolder first(files_, folder_); }
  platform::writeFileAtomically(files_, folder_ + "/format", "2\n");
  EXPECT_NE(refusal().find("newer thimble (format 2"), std::string::npos);
  EXPECT_EQ(files_.read(folder_ + "/format", 10), "2\n");
}

TEST_F(DataFolderTest, AForeignFolderIsNotTaken) {
  platform::writeFileAtomically(files_, folder_ + "/photo.jpg", "x");
  EXPECT_NE(refusal().find("holds other things (photo.jpg)"), std::string::npos);
  EXPECT_THROW(resetDataFolder(files_, folder_), std::runtime_error);
  EXPECT_TRUE(files_.exists(folder_ + "/photo.jpg"));
}

TEST_F(DataFolderTest, ResetRemovesAllOfIt) {
  { DataFolder first(files_, folder_); }
  files_.createFolders(folder_ + "/rows/x");
  resetDataFolder(files_, folder_);
  EXPECT_TRUE(files_.list(folder_).empty());
}

}  // namespace
}  // namespace thimble::app
