#include "store/blob_collector.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "platform/random.h"
#include "store/blob_marks.h"
#include "store/blob_store.h"

namespace thimble::store {
namespace {

std::string repeated(char digit) {
  return std::string(BlobMarks::kDigits, digit);
}

TEST(BlobMarks, FindsNamesWhereverTheyStand) {
  const std::string a = repeated('a'), b = repeated('b'), zero = repeated('0');
  const std::string mixed = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde1";
  const struct {
    std::string bytes;
    std::set<std::string> unnamed;
  } cases[] = {
      {"", {a, b, zero, mixed}},
      {a, {b, zero, mixed}},
      {"{\"Code\":\"" + b + "\"}", {a, zero, mixed}},
      {"x" + mixed + std::string(1, '\0') + a, {b, zero}},
      {a.substr(1) + "g" + a.substr(0, 1), {a, b, zero, mixed}},
      {a.substr(0, 63), {a, b, zero, mixed}},
      {mixed.substr(0, 63) + "2", {a, b, zero, mixed}},
      {a + b, {zero, mixed}},                          // One after the other.
      {"ffff" + mixed + "0000" + zero + "1", {a, b}},  // In the middle of digits.
      {std::string(200, 'x') + zero + std::string(200, 'x'), {a, b, mixed}},
      {std::string(64, 'A') + std::string(64, 'B'), {a, b, zero, mixed}},
  };
  for (const auto& each : cases) {
    BlobMarks marks({mixed, a, b, zero, "staging", ""});
    marks.look(each.bytes);
    const std::vector<std::string> unnamed = marks.unnamed();
    EXPECT_EQ(std::set<std::string>(unnamed.begin(), unnamed.end()), each.unnamed) << each.bytes;
  }
}

TEST(BlobMarks, FindsWhatASlowSearchFinds) {
  std::mt19937 random(7);
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    std::string name;
    while (name.size() < BlobMarks::kDigits) name += "01"[random() % 2];
    names.push_back(name);
  }
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    while (bytes.size() < 600) {
      const auto what = random() % 10;
      if (what < 2) bytes += names[random() % names.size()];
      if (what == 2) bytes += names[random() % names.size()].substr(random() % 10);
      if (what == 3) bytes += 'z';
      if (what > 3) bytes += "01"[random() % 2];
    }
    BlobMarks marks(names);
    marks.look(bytes);
    std::vector<std::string> expected;
    for (const std::string& name : names) {
      if (bytes.find(name) == std::string::npos) expected.push_back(name);
    }
    EXPECT_EQ(marks.unnamed(), expected);
  }
}

/// A file system that lets something happen whenever a folder is listed.
class Interrupted final : public platform::FileSystem {
 public:
  std::function<void()> at_list = [] {};

  std::unique_ptr<platform::WritableFile> create(const std::string& path) override { return files_.create(path); }
  std::string read(const std::string& path, std::uint64_t most) override { return files_.read(path, most); }
  bool exists(const std::string& path) override { return files_.exists(path); }
  void createFolders(const std::string& path) override { files_.createFolders(path); }
  void rename(const std::string& from, const std::string& to) override { files_.rename(from, to); }
  void remove(const std::string& path) override { files_.remove(path); }
  void removeTree(const std::string& path) override { files_.removeTree(path); }
  void syncFolder(const std::string& path) override { files_.syncFolder(path); }
  std::vector<std::string> list(const std::string& path) override {
    std::vector<std::string> names = files_.list(path);
    at_list();
    return names;
  }

 private:
  platform::RealFileSystem files_;
};

class BlobCollectorTest : public testing::Test {
 protected:
  BlobCollectorTest() {
    std::string pattern = testing::TempDir() + "thimble-blobs-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    start();
  }
  ~BlobCollectorTest() override { platform::RealFileSystem().removeTree(folder_); }

  /// A start of the server: the rows and the blobs are what they were, and all else is new.
  void start() {
    collector_.reset();
    blobs_.reset();
    files_ = std::make_unique<BlobFiles>(disk_);
    blobs_ = std::make_unique<BlobStore>(*files_, random_, folder_);
    collector_ = std::make_unique<BlobCollector>(store_, *files_, folder_);
  }
  void name(const std::string& row, const std::string& blob) {
    store_.transact([&](Transaction& t) { t.put(row, "before" + blob + "\x01"); });
  }
  void forget(const std::string& row) {
    store_.transact([&](Transaction& t) { t.erase(row); });
  }
  bool isThere(const std::string& blob) { return platform::RealFileSystem().exists(blobs_->path(blob)); }

  std::string folder_;
  platform::SeededRandom random_{1};
  Store store_{makeMemoryEngine()};
  Interrupted disk_;
  std::unique_ptr<BlobFiles> files_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<BlobCollector> collector_;
};

TEST_F(BlobCollectorTest, WhatNoRowNamedAtTheStartIsRemoved) {
  const std::string kept = blobs_->put("kept"), lost = blobs_->put("its row was never committed");
  const std::string replaced = blobs_->put("replaced"), in_key = blobs_->put("named by a key");
  name("object", replaced);
  name("object", kept);
  store_.transact([&](Transaction& t) { t.put("code/" + in_key, ""); });
  for (int i = 0; i < 300; ++i) name("other" + std::to_string(i), "none");
  start();
  const auto staged = blobs_->stage();
  EXPECT_EQ(collector_->collect(), 2U);
  EXPECT_TRUE(isThere(kept) && isThere(in_key));
  EXPECT_FALSE(isThere(lost) || isThere(replaced));
  staged->append("on its way");
  EXPECT_TRUE(isThere(staged->finish()));
}

TEST_F(BlobCollectorTest, WhatBecomesGarbageMeanwhileIsLeftToTheNextStart) {
  const std::string blob = blobs_->put("bytes");
  name("object", blob);
  start();
  forget("object");
  EXPECT_EQ(collector_->collect(), 0U);
  EXPECT_TRUE(isThere(blob));
  start();
  EXPECT_EQ(collector_->collect(), 1U);
  EXPECT_FALSE(isThere(blob));
}

TEST_F(BlobCollectorTest, ANameThatIsGivenOutAgainIsSpared) {
  const std::string before = blobs_->put("put again before"), during = blobs_->put("put again during");
  const std::string asked = blobs_->put("asked for"), garbage = blobs_->put("garbage");
  start();
  EXPECT_EQ(blobs_->put("put again before"), before);
  std::string fresh;
  disk_.at_list = [&] {
    EXPECT_EQ(blobs_->put("put again during"), during);
    EXPECT_TRUE(blobs_->has(asked));
    fresh = blobs_->put("new");  // Its row is none of those that are looked through.
    name("new", fresh);
  };
  EXPECT_EQ(collector_->collect(), 1U);
  disk_.at_list = [] {};
  EXPECT_TRUE(isThere(before) && isThere(during) && isThere(asked) && isThere(fresh));
  EXPECT_FALSE(isThere(garbage));
  // Put once it was removed, it is there again.
  EXPECT_EQ(blobs_->put("garbage"), garbage);
  EXPECT_TRUE(isThere(garbage));
}

TEST_F(BlobCollectorTest, OfRowsAndBlobsThatChangeAllTheWhileNoneIsLost) {
  constexpr int kContents = 30, kWriters = 3, kStarts = 30;
  for (int round = 0; round < kStarts; ++round) {
    start();
    std::atomic<bool> stopping{false};
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        std::mt19937 random(static_cast<unsigned>(round * kWriters + writer));
        while (!stopping) {
          const std::string row = "row" + std::to_string(random() % 20);
          if (random() % 3 == 0) {
            forget(row);
            continue;
          }
          const std::string blob = blobs_->put("content " + std::to_string(random() % kContents));
          if (random() % 4 != 0) name(row, blob);  // Else a crash came between.
        }
      });
    }
    collector_->collect();
    stopping = true;
    for (std::thread& writer : writers) writer.join();
    for (const Row& row : store_.begin().scan({})) {
      ASSERT_TRUE(isThere(row.value.substr(6, BlobMarks::kDigits))) << round << " " << row.key;
    }
  }
  start();
  collector_->collect();
  std::set<std::string> named;
  for (const Row& row : store_.begin().scan({})) named.insert(row.value.substr(6, BlobMarks::kDigits));
  std::size_t files = 0;
  for (const std::string& folder : disk_.list(folder_)) {
    if (folder.size() == 2) files += disk_.list(folder_ + "/" + folder).size();
  }
  EXPECT_EQ(files, named.size());
}

TEST_F(BlobCollectorTest, AnEndInTheMiddleLeavesTheRestForTheNextStart) {
  for (int i = 0; i < 100; ++i) blobs_->put("garbage " + std::to_string(i));
  start();
  collector_->start([] {});
  start();  // Ends the one before.
  collector_->collect();
  for (const std::string& folder : disk_.list(folder_)) {
    if (folder.size() != 2) continue;
    EXPECT_TRUE(disk_.list(folder_ + "/" + folder).empty());
  }
}

}  // namespace
}  // namespace thimble::store
