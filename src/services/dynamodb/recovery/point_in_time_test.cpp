#include "services/dynamodb/recovery/point_in_time.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "services/dynamodb/keys.h"
#include "store/engine.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::Item;

class PointInTimeTest : public testing::Test {
 protected:
  PointInTimeTest() {
    row_.set_name("t");
    row_.set_number(7);
    row_.set_hash("p");
    rows::Attribute& attribute = *row_.add_attributes();
    attribute.set_name("p");
    attribute.set_type("S");
    row_.set_recovery(true);
    row_.set_recovery_since(1);
    row_.set_recovery_days(35);
    info_ = makeTableInfo(row_.SerializeAsString());
  }

  /// Puts the item, or deletes it when the value is empty.
  void write(const std::string& key, const std::string& value, std::int64_t time) {
    store::Transaction transaction = store_.begin();
    Json json = Json::object({{"p", Json::object({{"S", key}})}});
    if (!value.empty()) json.set("v", Json::object({{"S", value}}));
    const Item item = *Item::fromJson(json);
    const std::string row = *keyOfItem(*info_, item);
    const Stored before = transaction.get(row);
    writeItem(transaction, *data_.sequencer, {time}, {*info_, row, before, value.empty() ? nullptr : &item});
    ASSERT_EQ(store_.commitAndWait(std::move(transaction)), store::CommitOutcome::Committed);
  }

  std::map<std::string, std::string> at(std::int64_t time) {
    store::Transaction snapshot = store_.begin();
    PointInTime reader(snapshot, row_.number(), {time});
    std::map<std::string, std::string> found;
    for (auto items = reader.next(); !items.empty(); items = reader.next()) {
      for (const std::string& each : items) {
        const Json json = toJson(lang::expression::ItemView(each));
        EXPECT_TRUE(found.emplace(json["p"].stringAt("S"), json["v"].stringAt("S")).second);
      }
    }
    return found;
  }

  static std::string valueOf(const std::string& item) {
    return item.empty() ? "" : toJson(lang::expression::ItemView(item))["v"].stringAt("S");
  }

  rows::Table row_;
  std::shared_ptr<const TableInfo> info_;
  Data data_;
  store::Store store_{store::makeMemoryEngine()};
};

TEST_F(PointInTimeTest, EveryInstantComesBack) {
  std::mt19937 random(11);
  std::map<std::int64_t, std::map<std::string, std::string>> states;
  std::map<std::string, std::string> now;
  for (std::int64_t time = 10; time < 4000; ++time) {
    const std::string key = "key" + std::to_string(random() % 1300);
    const std::string value = random() % 4 == 0 ? "" : "v" + std::to_string(random() % 5);
    write(key, value, time);
    if (value.empty()) {
      now.erase(key);
    } else {
      now[key] = value;
    }
    if (time % 500 == 0) states[time] = now;
  }
  EXPECT_EQ(at(9), (std::map<std::string, std::string>{}));
  for (const auto& [time, state] : states) EXPECT_EQ(at(time), state) << time;
  EXPECT_EQ(at(5000), now);
}

// Each span against the states at its ends.
TEST_F(PointInTimeTest, WhatASpanChanged) {
  std::mt19937 random(12);
  std::vector<std::map<std::string, std::string>> states(1);
  std::map<std::string, std::vector<std::int64_t>> writes;
  for (std::int64_t time = 1; time < 2000; ++time) {
    const std::string key = "key" + std::to_string(random() % 700);
    const std::string value = random() % 4 == 0 ? "" : "v" + std::to_string(time);
    std::map<std::string, std::string> now = states.back();
    write(key, value, time);
    // To delete what is not there changes nothing.
    if (!value.empty() || now.contains(key)) writes[key].push_back(time);
    if (value.empty()) {
      now.erase(key);
    } else {
      now[key] = value;
    }
    states.push_back(std::move(now));
  }
  for (const auto& [from, to] : {std::pair(1, 2000), {1, 2}, {500, 1000}, {1000, 5000}, {1999, 2000}, {700, 700}}) {
    const auto& before = states[static_cast<std::size_t>(from - 1)];
    const auto& after = states[static_cast<std::size_t>(std::min(to - 1, 1999))];
    const auto in = [](const auto& state, const std::string& key) {
      const auto found = state.find(key);
      return found == state.end() ? std::string() : found->second;
    };
    std::map<std::string, std::string> wanted;
    for (const auto& [key, times] : writes) {
      std::int64_t last = 0;
      for (const std::int64_t time : times) {
        if (time >= from && time < to) last = time;
      }
      const std::string change = in(before, key) + ">" + in(after, key);
      if (last != 0 && change != ">") wanted[key] = change + "@" + std::to_string(last * 1000);
    }
    std::map<std::string, std::string> found;
    store::Transaction snapshot = store_.begin();
    ItemDifferences reader(snapshot, row_.number(), {from}, {to});
    for (auto some = reader.next(); !some.empty(); some = reader.next()) {
      for (const ItemDifference& each : some) {
        const std::string& image = each.after.empty() ? each.before : each.after;
        const std::string key = toJson(lang::expression::ItemView(image))["p"].stringAt("S");
        EXPECT_TRUE(
            found.emplace(key, valueOf(each.before) + ">" + valueOf(each.after) + "@" + std::to_string(each.written))
                .second);
      }
    }
    EXPECT_EQ(found, wanted) << from << " " << to;
  }
}

TEST_F(PointInTimeTest, WhatIsTooOldIsForgotten) {
  constexpr std::int64_t kDay = 24LL * 3600 * 1000;
  write("a", "1", 10);
  write("a", "2", 20);
  write("a", "3", 40 * kDay);
  store::Transaction transaction = store_.begin();
  EXPECT_EQ(trimRecovery(transaction, row_, {41 * kDay}, ""), "");
  store_.commitAndWait(std::move(transaction));
  EXPECT_EQ(store_.begin().scanPrefix(recoveryPrefix(row_.number())).size(), 1u);
  EXPECT_EQ(at(39 * kDay), (std::map<std::string, std::string>{{"a", "2"}}));
  EXPECT_EQ(earliestRestorable(row_, {41 * kDay}), 6 * kDay);
}

}  // namespace
}  // namespace thimble::services::dynamodb
