#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <latch>
#include <set>
#include <thread>

#include "platform/byte_source.h"
#include "platform/executor.h"
#include "platform/files.h"
#include "platform/random.h"

namespace thimble::platform {
namespace {

std::string temporaryFolder() {
  std::string pattern = testing::TempDir() + "thimble-platform-XXXXXX";
  return mkdtemp(pattern.data());
}

TEST(Random, UuidsHaveTheirFormAndDiffer) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = random.uuid();
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Random, SameSeedSameSequence) {
  SeededRandom a(7);
  SeededRandom b(7);
  EXPECT_EQ(a.bytes(100), b.bytes(100));
  EXPECT_LT(a.below(10), 10u);
}

TEST(ThreadPool, RunsWhatIsPosted) {
  SystemClock clock;
  ThreadPool pool(clock, 2);
  std::latch done(101);
  for (int i = 0; i < 100; ++i) pool.post([&] { done.count_down(); });
  pool.postAt(clock.now().plusMilliseconds(1), [&] { done.count_down(); });
  done.wait();
}

TEST(ManualExecutor, RunsTimedWorkInOrderOfTime) {
  FakeClock clock;
  ManualExecutor executor(clock);
  std::string order;
  executor.postAt(clock.now().plusMilliseconds(20), [&] { order += "b"; });
  executor.postAt(clock.now().plusMilliseconds(10), [&] { order += "a"; });
  EXPECT_EQ(executor.runUntilIdle(), 0u);
  while (executor.advanceToNext()) {
  }
  EXPECT_EQ(order, "ab");
}

TEST(Files, AtomicWriteReplacesTheWhole) {
  RealFileSystem files;
  const std::string folder = temporaryFolder();
  writeFileAtomically(files, folder + "/a", "one");
  writeFileAtomically(files, folder + "/a", "two");
  EXPECT_EQ(files.read(folder + "/a", 10), "two");
  EXPECT_THROW(files.read(folder + "/a", 2), std::system_error);
  EXPECT_EQ(files.list(folder), std::vector<std::string>{"a"});
  files.removeTree(folder);
  EXPECT_FALSE(files.exists(folder));
}

TEST(Files, AFolderIsRemovedThatSomebodyWritesTo) {
  RealFileSystem files;
  for (int round = 0; round < 50; ++round) {
    const std::string folder = temporaryFolder();
    std::thread writer([&] {
      for (int i = 0; i < 200; ++i) {
        const std::string name = folder + "/" + std::to_string(i % 7);
        std::ofstream(name) << "x";
        std::remove(name.c_str());
      }
    });
    EXPECT_NO_THROW(files.removeTree(folder));
    writer.join();
    EXPECT_FALSE(std::filesystem::exists(folder));
  }
}

TEST(Files, LockIsExclusive) {
  RealFileSystem files;
  const std::string folder = temporaryFolder();
  auto first = FileLock::tryLock(folder + "/lock", "1");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(FileLock::tryLock(folder + "/lock", "2"), nullptr);
  first.reset();
  EXPECT_NE(FileLock::tryLock(folder + "/lock", "3"), nullptr);
  files.removeTree(folder);
}

TEST(ByteSource, FileRanges) {
  RealFileSystem files;
  const std::string folder = temporaryFolder();
  writeFileAtomically(files, folder + "/a", "0123456789");
  EXPECT_EQ(FileBytes(folder + "/a", 2, 5).readAll(), "23456");
  EXPECT_EQ(FileBytes(folder + "/a").readAll(), "0123456789");
  EXPECT_EQ(MemoryBytes("abc").readAll(), "abc");
  EXPECT_THROW(FileBytes(folder + "/none"), std::system_error);
  files.removeTree(folder);
}

}  // namespace
}  // namespace thimble::platform
