// Any text as an expression, as a value and as stored bytes: no crash, no hang; what is written can be read back.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lang/expression/key_encoding.h"
#include "lang/expression/legacy.h"
#include "lang/expression/partiql.h"
#include "lang/expression/request.h"

namespace {

using namespace thimble::lang::expression;
using thimble::base::Json;

void require(bool holds) {
  if (!holds) std::abort();
}

const Item& subject() {
  static const Item item = *Item::fromJson(*Json::parse(R"({"a": {"S": "text"}, "b": {"N": "5"}, "c": {"B": "bytes"},
    "d": {"BOOL": true}, "e": {"NULL": true}, "f": {"SS": ["x", "y"]}, "g": {"NS": ["1", "2"]}, "h": {"BS": ["p"]},
    "i": {"M": {"a": {"N": "1"}, "b": {"M": {"c": {"L": []}}}}},
    "j": {"L": [{"S": "x"}, {"N": "9e125"}, {"M": {}}]}})"));
  return item;
}

/// Whatever the library makes is whole, and the same again after a way through JSON.
void checkItem(const Item& item) {
  require(Item::decode(item.bytes()).has_value());
  (void)itemSize(item);
  const auto again = Item::fromJson(toJson(item));
  require(again.ok() && *again == item);
}

void fuzzExpression(std::string_view text, const char* parameter) {
  static const Json names = *Json::parse(R"({"#a": "a", "#j": "j", "#x": "not there", "#n": "[3]"})");
  static const Json values = *Json::parse(R"({":s": {"S": "te"}, ":n": {"N": "1"}, ":m": {"M": {"a": {"N": "2"}}},
    ":l": {"L": [{"S": "x"}]}, ":ss": {"SS": ["x", "z"]}, ":ns": {"NS": ["2"]}, ":t": {"S": "NULL"},
    ":z": {"BOOL": false},
    ":big": {"N": "9e125"}, ":bs": {"BS": ["p"]}})");
  static const Placeholders all = *Placeholders::read(names, values);
  Placeholders placeholders = all;
  const std::string_view kind(parameter);
  if (kind == "update") {
    const auto update = Update::parse(text, placeholders);
    if (!update.ok()) return;
    (void)update->paths();
    for (const Item& item : {subject(), Item()}) {
      const auto updated = update->apply(item);
      if (!updated.ok()) continue;
      checkItem(*updated);
      checkItem(update->touched(*updated));
    }
  } else if (kind == "projection") {
    const auto projection = Projection::parse(text, placeholders);
    if (projection.ok()) checkItem(projection->apply(subject()));
  } else if (kind == "key") {
    const auto key = KeyCondition::parse(text, placeholders);
    static const KeySchema keys{{{"a", Type::S}}, {{"b", Type::N}, {"c", Type::S}}};
    if (key.ok() && key->checkPartition(keys).ok()) (void)key->checkSort(keys);
  } else {
    const auto condition = Condition::parse(ExpressionKind::Filter, text, placeholders);
    if (!condition.ok()) return;
    (void)condition->attributes();
    (void)condition->matches(subject());
    (void)condition->matches(Item());
  }
}

void fuzzNumber(std::string_view text) {
  const auto number = Decimal::parse(text);
  if (!number.ok()) return;
  require(*Decimal::parse(number->text()) == *number);
  std::string bytes;
  number->appendEncoded(bytes);
  require(Decimal::decode(bytes) == *number);
  const auto sum = Decimal::add(*number, *Decimal::parse("-1.5"));
  if (sum.ok()) require((*sum <=> *number) == std::strong_ordering::less);
}

void fuzzJson(std::string_view text) {
  const auto json = Json::parse(text, {.max_depth = 100});
  if (!json.ok()) return;
  const auto item = Item::fromJson(*json);
  if (item.ok()) checkItem(*item);
  const auto expected = readExpected(*json, "OR");
  if (expected.ok()) (void)expected->matches(subject());
  const auto filter = readFilter(*json, "AND");
  if (filter.ok()) (void)filter->matches(subject());
  (void)KeyCondition::fromLegacy(*json);
  const auto update = Update::fromAttributeUpdates(*json);
  if (update.ok()) {
    const auto updated = update->apply(subject());
    if (updated.ok()) checkItem(*updated);
  }
  (void)readExpressions(*json);
}

void fuzzBytes(std::string_view bytes) {
  // Views of damaged bytes end early; they never leave them.
  (void)itemSize(ItemView(bytes));
  (void)ItemView(bytes).find("a");
  const auto item = Item::decode(std::string(bytes));
  if (item) (void)toJson(*item);
  (void)Value::decode(std::string(bytes));
  for (const Type type : {Type::S, Type::N}) {
    std::string_view rest = bytes;
    if (const auto key = takeKey(rest, type)) {
      std::string again;
      appendKey(again, *key);
      if (type == Type::S) require(bytes.starts_with(again));
    }
  }
}

void fuzzStatement(std::string_view text) {
  static const std::vector<Value> parameters = {Value::string("te"), *Value::fromJson(*Json::parse(R"({"N": "1"})"))};
  for (const std::size_t count : {0, 1, 2}) {
    const auto statement = parseStatement(text, {parameters.begin(), parameters.begin() + static_cast<long>(count)});
    if (!statement.ok()) continue;
    checkItem(statement->item);
    checkItem(statement->select(subject()));
    (void)statement->where.matches(subject());
    static const KeyAttribute sort{"b", Type::N};
    (void)planLookups(statement->where, {"a", Type::S}, &sort);
    (void)wholeKey(statement->where, {"a", Type::S}, nullptr);
    const auto updated = statement->update.apply(subject());
    if (updated.ok()) checkItem(*updated);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 9) {
    case 0:
      fuzzExpression(text, "update");
      break;
    case 1:
      fuzzExpression(text, "projection");
      break;
    case 2:
      fuzzExpression(text, "key");
      break;
    case 3:
      fuzzNumber(text);
      break;
    case 4:
      fuzzJson(text);
      break;
    case 5:
      fuzzBytes(text);
      break;
    case 8:
      fuzzStatement(text);
      break;
    default:
      fuzzExpression(text, "filter");
      break;
  }
  return 0;
}
