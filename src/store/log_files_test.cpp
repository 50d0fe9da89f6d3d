#include "store/log_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "platform/files.h"
#include "store/engine.h"
#include "store/log_end.h"

namespace thimble::store {
namespace {

std::string bytesOf(std::mt19937& random, std::size_t length) {
  std::string out(length, '\0');
  for (char& byte : out) byte = static_cast<char>(random());
  return out;
}

/// A store whose log is looked at while it is open, as a crash would leave it.
class LogFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "thimble-log-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    engine_ = openRocksEngine(folder_ + "/rows");
  }
  void TearDown() override {
    engine_.reset();
    files_.removeTree(folder_);
  }

  void write(const std::string& key, const std::string& value) {
    const std::vector<Write> batch{{key, value}};
    engine_->write({&batch});
  }

  std::string logPath(const std::string& store) {
    for (const std::string& name : files_.list(store)) {
      if (name.ends_with(".log")) return store + "/" + name;
    }
    return {};
  }
  std::string log() { return files_.read(logPath(folder_ + "/rows"), SIZE_MAX); }

  /// What a start finds when the log is this.
  std::unique_ptr<Engine> openWith(const std::string& log) {
    const std::string copy = folder_ + "/copy";
    files_.removeTree(copy);
    std::filesystem::copy(folder_ + "/rows", copy);
    std::ofstream(logPath(copy), std::ios::binary | std::ios::trunc) << log;
    return openRocksEngine(copy);
  }

  platform::RealFileSystem files_;
  std::string folder_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(LogFilesTest, TheEndIsBehindTheLastRecord) {
  std::mt19937 random(1);
  std::size_t before = 0;
  // Of all sizes: within a page, over pages, over the log's blocks, with pieces of their own, and small again.
  for (const std::size_t size : {1, 100, 700, 4096, 5000, 30000, 33000, 100000, 700000, 5, 32768, 10, 1}) {
    write("key", bytesOf(random, size));
    const std::string now = log();
    const LogEnd end = findLogEnd(now);
    EXPECT_FALSE(end.damaged) << size;
    EXPECT_GE(end.end, before + size);
    EXPECT_LE(end.end, before + size + 100 + size / 1000);
    EXPECT_EQ(now.find_first_not_of('\0', end.end), std::string::npos);
    before = end.end;
  }
}

TEST_F(LogFilesTest, ATornLastWriteIsCutOff) {
  std::mt19937 random(2);
  for (const std::size_t size : {300, 3000, 9000, 40000, 90000}) {
    write("kept", std::to_string(size));
    const std::size_t begin = findLogEnd(log()).end;
    write("torn", bytesOf(random, size));
    const std::string whole = log();
    const std::size_t end = findLogEnd(whole).end;
    // Sectors that hold some of it, at the least one of which never came to the disk.
    const std::size_t first = begin / 512, last = (end - 1) / 512;
    for (int attempt = 0; attempt < 40; ++attempt) {
      std::string torn = whole;
      const std::size_t lost = first + random() % (last - first + 1);
      for (std::size_t sector = first; sector <= last; ++sector) {
        if (sector != lost && random() % 2 == 0) continue;
        const std::size_t from = std::max(begin, sector * 512), to = std::min((sector + 1) * 512, end);
        std::fill(torn.begin() + static_cast<std::ptrdiff_t>(from), torn.begin() + static_cast<std::ptrdiff_t>(to),
                  '\0');
      }
      const LogEnd found = findLogEnd(torn);
      ASSERT_FALSE(found.damaged) << size << " " << lost - first;
      ASSERT_EQ(found.end, begin);
      // A file may also be shorter, where it was not grown ahead.
      const LogEnd shorter = findLogEnd(torn.substr(0, begin + random() % (end - begin)));
      ASSERT_FALSE(shorter.damaged);
      ASSERT_EQ(shorter.end, begin);
      if (attempt != 0) continue;
      const auto opened = openWith(torn);
      EXPECT_EQ(opened->snapshot()->get("kept"), std::to_string(size));
      const std::vector<Write> batch{{"after", "x"}};
      opened->write({&batch});
      EXPECT_EQ(opened->snapshot()->get("after"), "x");
    }
  }
}

TEST_F(LogFilesTest, RotIsFound) {
  std::mt19937 random(3);
  std::uniform_int_distribution<std::size_t> sizes(1, 2500);
  for (int i = 0; i < 60; ++i) write("key" + std::to_string(i), bytesOf(random, sizes(random)));
  write("large", bytesOf(random, 50000));
  std::size_t last = findLogEnd(log()).end;
  write("last", bytesOf(random, 1500));
  const std::string whole = log();
  const std::size_t end = findLogEnd(whole).end;
  const auto rotten = [&](std::size_t place, char flipped) {
    std::string log = whole;
    log[place] = static_cast<char>(log[place] ^ flipped);
    return findLogEnd(log).damaged;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::size_t place = random() % end;
    // The rest of a block that a header does not fit into is nobody's.
    EXPECT_TRUE(rotten(place, static_cast<char>(1 << random() % 8))) << place << " of " << end;
  }
  // The last record has nothing behind it that would tell; its header is what a reader trusts most.
  for (std::size_t place = last; place < last + 40; ++place) {
    for (int bit = 0; bit < 8; ++bit)
      EXPECT_TRUE(rotten(place, static_cast<char>(1 << bit))) << place - last << " " << bit;
  }
  // A block of zeros or of noise anywhere before it.
  for (int i = 0; i < 50; ++i) {
    std::string log = whole;
    const std::size_t place = random() % (last - 4096);
    const std::string noise = i % 2 == 0 ? std::string(4096, '\0') : bytesOf(random, 4096);
    log.replace(place, noise.size(), noise);
    EXPECT_TRUE(findLogEnd(log).damaged) << place;
  }
  std::string log = whole;
  log[last / 2] = static_cast<char>(log[last / 2] ^ 4);
  try {
    openWith(log);
    FAIL() << "damage was taken for good data";
  } catch (const EngineBroken& error) {
    EXPECT_NE(std::string(error.what()).find("is damaged at byte"), std::string::npos) << error.what();
  }
}

TEST_F(LogFilesTest, AFileHoldsWhatWasSyncedThenZerosAndOnceClosedNothingElse) {
  std::mt19937 random(4);
  const auto system = makeLogFileSystem(rocksdb::FileSystem::Default());
  const std::string path = folder_ + "/000001.log";
  std::unique_ptr<rocksdb::FSWritableFile> file;
  ASSERT_TRUE(system->NewWritableFile(path, {}, &file, nullptr).ok());
  std::string expected;
  for (const std::size_t size : {1, 4095, 1, 700, 4096, 20000, 262144, 1, 600000, 300, 33000, 8192, 5}) {
    for (int part = 0; part < 3; ++part) {
      const std::string bytes = bytesOf(random, size);
      ASSERT_TRUE(file->Append(bytes, {}, nullptr).ok());
      expected += bytes;
    }
    ASSERT_TRUE(file->Sync({}, nullptr).ok());
    const std::string now = files_.read(path, SIZE_MAX);
    ASSERT_EQ(now.compare(0, expected.size(), expected), 0) << size;
    ASSERT_EQ(now.find_first_not_of('\0', expected.size()), std::string::npos) << size;
    EXPECT_EQ(file->GetFileSize({}, nullptr), expected.size());
  }
  ASSERT_TRUE(file->Append("end", {}, nullptr).ok());
  ASSERT_TRUE(file->Close({}, nullptr).ok());
  EXPECT_EQ(files_.read(path, SIZE_MAX), expected + "end");
}

}  // namespace
}  // namespace thimble::store
