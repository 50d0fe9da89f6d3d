#include "store/store.h"

#include <gtest/gtest.h>

#include <thread>

#include "platform/files.h"
#include "platform/random.h"
#include "store/blob_store.h"
#include "store/recent_writes.h"

namespace thimble::store {
namespace {

std::string temporaryFolder() {
  std::string pattern = testing::TempDir() + "thimble-store-XXXXXX";
  return mkdtemp(pattern.data());
}

/// The same suite for every engine.
class StoreTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = temporaryFolder();
    open();
  }
  void TearDown() override {
    store_.reset();
    platform::RealFileSystem().removeTree(folder_);
  }
  void open() {
    store_.reset();
    store_ = std::make_unique<Store>(std::string_view(GetParam()) == "memory" ? makeMemoryEngine()
                                                                              : openRocksEngine(folder_ + "/rows"));
  }
  void put(const std::string& key, const std::string& value) {
    store_->transact([&](Transaction& t) { t.put(key, value); });
  }
  std::string get(const std::string& key) { return store_->begin().get(key).value_or("(none)"); }

  std::string folder_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreTest, ReadsItsOwnWritesAndScansThem) {
  for (const char* key : {"a1", "a3", "a5", "b1"}) put(key, key);
  Transaction t = store_->begin();
  t.put("a2", "new");
  t.erase("a3");
  auto keys = [](const std::vector<Row>& rows) {
    std::string out;
    for (const Row& row : rows) out += row.key + " ";
    return out;
  };
  EXPECT_EQ(t.get("a2"), "new");
  EXPECT_EQ(t.get("a3"), std::nullopt);
  EXPECT_EQ(keys(t.scanPrefix("a")), "a1 a2 a5 ");
  EXPECT_EQ(keys(t.scanPrefix("a", {.limit = 2})), "a1 a2 ");
  EXPECT_EQ(keys(t.scanPrefix("a", {.limit = 2, .reverse = true})), "a5 a2 ");
  EXPECT_EQ(keys(t.scan({"a2", ""})), "a2 a5 b1 ");
  EXPECT_EQ(keys(t.scan({"b", "a"})), "");
}

TEST_P(StoreTest, RefusesWhatReadSomethingThatChanged) {
  put("k", "0");
  Transaction first = store_->begin();
  Transaction second = store_->begin();
  first.get("k");
  first.put("k", "1");
  second.get("k");
  second.put("k", "2");
  EXPECT_EQ(store_->commitAndWait(std::move(first)), CommitOutcome::Committed);
  EXPECT_EQ(store_->commitAndWait(std::move(second)), CommitOutcome::Conflict);
  EXPECT_EQ(get("k"), "1");
}

TEST_P(StoreTest, RefusesAPhantomInAScannedRange) {
  Transaction scanning = store_->begin();
  EXPECT_TRUE(scanning.scanPrefix("list/").empty());
  scanning.put("count", "0");
  put("list/x", "1");
  EXPECT_EQ(store_->commitAndWait(std::move(scanning)), CommitOutcome::Conflict);
}

TEST_P(StoreTest, RefusesAChangeInAnyPartOfWhatIsReadOn) {
  for (const char* key : {"a1", "a2", "a3", "a4", "a5"}) put(key, "0");
  const struct {
    const char* changed;
    CommitOutcome outcome;
  } cases[] = {
      {"a0", CommitOutcome::Committed}, {"a1", CommitOutcome::Conflict},  {"a2", CommitOutcome::Conflict},
      {"a25", CommitOutcome::Conflict}, {"a4", CommitOutcome::Conflict},  {"a45", CommitOutcome::Committed},
      {"a5", CommitOutcome::Committed}, {"a05", CommitOutcome::Conflict},
  };
  for (const auto& each : cases) {
    Transaction reading = store_->begin();
    Range range{"a05", "a9"};
    for (int part = 0; part < 2; ++part) {
      const auto rows = reading.scan(range, {.limit = 2});
      ASSERT_EQ(rows.size(), 2U);
      range.begin = rows.back().key + std::string(1, '\0');
    }
    reading.put("count", "4");
    store_->transact([&](Transaction& t) {
      const auto was = t.get(each.changed);
      t.put(each.changed, was.value_or("") + "1");
    });
    EXPECT_EQ(store_->commitAndWait(std::move(reading)), each.outcome) << each.changed;
    // Only the first keys are there for the next.
    if (std::string_view(each.changed).size() > 2) store_->transact([&](Transaction& t) { t.erase(each.changed); });
  }
}

TEST_P(StoreTest, BlindWritesDoNotConflict) {
  Transaction a = store_->begin();
  Transaction b = store_->begin();
  a.put("x", "a");
  b.put("x", "b");
  EXPECT_EQ(store_->commitAndWait(std::move(a)), CommitOutcome::Committed);
  EXPECT_EQ(store_->commitAndWait(std::move(b)), CommitOutcome::Committed);
  EXPECT_EQ(get("x"), "b");
}

TEST_P(StoreTest, SnapshotsStandStill) {
  put("k", "old");
  Transaction t = store_->begin();
  put("k", "new");
  EXPECT_EQ(t.get("k"), "old");
  EXPECT_EQ(get("k"), "new");
}

TEST_P(StoreTest, CountersFromManyThreadsAddUp) {
  put("n", "0");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        store_->transact([](Transaction& t) { t.put("n", std::to_string(std::stoi(*t.get("n")) + 1)); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(get("n"), "400");
  EXPECT_EQ(store_->statistics().commits, 401u);
}

TEST_P(StoreTest, RunsActionsOnlyAfterACommit) {
  put("k", "0");
  int ran = 0;
  Transaction t = store_->begin();
  t.get("k");
  t.put("k", "1");
  t.onCommitted([&] { ++ran; });
  put("k", "2");
  EXPECT_EQ(store_->commitAndWait(std::move(t)), CommitOutcome::Conflict);
  EXPECT_EQ(ran, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, testing::Values("memory", "rocksdb"),
                         [](const auto& info) { return std::string(info.param); });

TEST(RocksStore, KeepsRowsOverAReopen) {
  const std::string folder = temporaryFolder();
  {
    Store(openRocksEngine(folder + "/rows")).transact([](Transaction& t) { t.put("k", "v"); });
  }
  EXPECT_EQ(Store(openRocksEngine(folder + "/rows")).begin().get("k"), "v");
  platform::RealFileSystem().removeTree(folder);
}

TEST(Key, OrderIsTheTuplesOrder) {
  const std::string ordered[] = {Key("t").add("a").bytes(),          Key("t").add("a").add(-5).bytes(),
                                 Key("t").add("a").add(0).bytes(),   Key("t").add("a").add(7).bytes(),
                                 Key("t").add("a").add("x").bytes(), Key("t").add(std::string("a\0", 2)).bytes(),
                                 Key("t").add("ab").bytes(),         Key("u").bytes()};
  for (std::size_t i = 1; i < std::size(ordered); ++i) {
    if (i == 4) continue;  // A text and a number in the same place have no promised order.
    EXPECT_LT(ordered[i - 1], ordered[i]) << i;
  }
  KeyReader reader(ordered[3]);
  EXPECT_EQ(reader.text(), "t");
  EXPECT_EQ(reader.text(), "a");
  EXPECT_EQ(reader.number(), 7);
  EXPECT_EQ(reader.number(), std::nullopt);
  EXPECT_EQ(KeyReader(Key().add(std::string("\0\0x", 3)).bytes()).text(), std::string("\0\0x", 3));
}

/// Memory that refuses writes while it is told to.
class FullEngine final : public Engine {
 public:
  std::shared_ptr<const Snapshot> snapshot() override { return inner_->snapshot(); }
  void write(const std::vector<const std::vector<Write>*>& batches) override {
    if (full) throw WriteRefused("full");
    inner_->write(batches);
  }
  bool full = false;

 private:
  std::unique_ptr<Engine> inner_ = makeMemoryEngine();
};

TEST(StoreOnAFullDisk, WhatWasRefusedCanBeWrittenOnceThereIsRoom) {
  auto engine = std::make_unique<FullEngine>();
  FullEngine& disk = *engine;
  Store store(std::move(engine), CommitMode::CallersThread);
  const auto increase = [&store] {
    Transaction transaction = store.begin();
    transaction.put("n", transaction.get("n").value_or("") + "1");
    return store.commitAndWait(std::move(transaction));
  };
  EXPECT_EQ(increase(), CommitOutcome::Committed);
  disk.full = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(increase(), CommitOutcome::Refused);
  disk.full = false;
  EXPECT_EQ(increase(), CommitOutcome::Committed);
  EXPECT_EQ(store.begin().get("n"), "11");
}

TEST(BlobStore, NamesBlobsByTheirContent) {
  platform::RealFileSystem files;
  platform::SeededRandom random(1);
  const std::string folder = temporaryFolder();
  BlobStore blobs(files, random, folder);
  const std::string name = blobs.put("hello");
  EXPECT_EQ(name, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(blobs.put("hello"), name);
  EXPECT_EQ(blobs.open(name)->readAll(), "hello");
  EXPECT_EQ(blobs.open(name, 1, 3)->readAll(), "ell");
  blobs.stage()->append("dropped");
  EXPECT_TRUE(files.list(blobs.stagingFolder()).empty());
  for (const char* bad : {"", "../x", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982Z"}) {
    EXPECT_THROW(blobs.open(bad), std::invalid_argument);
  }
  files.removeTree(folder);
}

TEST(RecentWrites, RemembersAsManyAsItPromisesAndForgetsTheRest) {
  RecentWrites recent(100);
  const auto changed = [&recent](std::uint64_t since, const std::string& key) {
    return recent.changedSince(since, {keyHash(key)}, {});
  };
  const auto scanned = [&recent](std::uint64_t since, const std::string& prefix) {
    return recent.changedSince(since, {}, {{prefix, prefixEnd(prefix)}});
  };
  for (std::uint64_t sequence = 1; sequence <= 1000; ++sequence) {
    const std::string name = std::to_string(sequence);
    recent.add(sequence, {{"a" + name, ""}, {"b" + name, std::nullopt}});
    EXPECT_TRUE(changed(sequence - 1, "a" + name));
    EXPECT_TRUE(scanned(sequence - 1, "b"));
    EXPECT_FALSE(changed(sequence, "a" + name));
    EXPECT_FALSE(scanned(sequence, "a"));
    EXPECT_FALSE(changed(sequence - 1, "c"));
    EXPECT_FALSE(scanned(sequence - 1, "c"));
    if (sequence > 50) {
      EXPECT_TRUE(changed(sequence - 50, "a" + std::to_string(sequence - 49)));
      EXPECT_FALSE(changed(sequence - 50, "x"));
      EXPECT_TRUE(scanned(sequence - 50, "b" + std::to_string(sequence - 49)));
    }
  }
  EXPECT_TRUE(changed(1, "x"));  // Too long ago to say.
}

}  // namespace
}  // namespace thimble::store
