#include "services/logs/insights_query.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

#include "base/json.h"
#include "base/time.h"
#include "services/logs/filter_values.h"

namespace thimble::services::logs {
namespace {

using base::Json;
using base::Result;
using Condition = InsightsQuery::Condition;

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxFields = 200;  ///< That AWS discovers in an event.

base::ApiError malformed(const std::string& why) {
  return {"MalformedQueryException", why, 400};
}
base::ApiError notImplemented(const std::string& what) {
  return {"NotImplemented", "Thimble does not implement " + what + " of CloudWatch Logs Insights yet.", 501};
}

void flatten(InsightsRecord& record, const Json& value, const std::string& name, int depth) {
  if (record.size() >= kMaxFields || depth > kMaxDepth) return;
  if (value.isObject()) {
    for (const auto& [key, member] : value.asObject()) {
      flatten(record, member, name.empty() ? key : name + "." + key, depth + 1);
    }
  } else if (value.isArray()) {
    for (std::size_t i = 0; i < value.size(); ++i) flatten(record, value[i], name + "." + std::to_string(i), depth + 1);
  } else if (!value.isNull()) {
    record.try_emplace(name, value.isString() ? value.asString() : value.write());
  }
}

std::string shownTime(std::int64_t milliseconds) {
  std::string text = base::formatIso8601Milliseconds({milliseconds});
  std::replace(text.begin(), text.end(), 'T', ' ');
  if (text.ends_with("Z")) text.pop_back();
  return text;
}

std::string shownNumber(double number) {
  char text[40];
  const bool whole = number == static_cast<double>(static_cast<std::int64_t>(number));
  const auto end = whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(number)).ptr
                         : std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

const std::string* valueOf(const InsightsRecord& record, const std::string& field) {
  const auto found = record.find(field);
  return found == record.end() ? nullptr : &found->second;
}

/// Below 0, 0 or above: as numbers where both are, else as texts.
int compare(const std::string& left, const std::string& right) {
  const auto a = asNumber(left);
  const auto b = asNumber(right);
  if (a && b) return *a < *b ? -1 : *a > *b ? 1 : 0;
  return left.compare(right);
}

/// "5m" in milliseconds; nothing when malformed.
std::optional<std::int64_t> periodOf(const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 1) return std::nullopt;
  const std::string unit(end, text.data() + text.size());
  static const std::map<std::string, std::int64_t, std::less<>> kUnits = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}, {"w", 604'800'000}};
  const auto found = kUnits.find(unit);
  if (found == kUnits.end()) return std::nullopt;
  return count * found->second;
}

/// One aggregate of stats, or one of the things that it groups by.
struct Column {
  std::string shown;
  std::string function;  ///< Empty: a field.
  std::string field;
  std::int64_t period = 0;  ///< Of bin().
};

std::string keyOf(const Column& column, const InsightsRecord& record) {
  if (column.function != "bin") {
    const std::string* value = valueOf(record, column.field);
    return value ? *value : std::string();
  }
  const std::string* time = valueOf(record, "@milliseconds");
  const auto milliseconds = static_cast<std::int64_t>(time ? asNumber(*time).value_or(0) : 0);
  return shownTime(milliseconds / column.period * column.period);
}

std::string aggregate(const Column& column, const std::vector<const InsightsRecord*>& records) {
  if (column.function == "count" && column.field == "*") return std::to_string(records.size());
  std::vector<std::string> values;
  for (const InsightsRecord* record : records) {
    if (const std::string* value = valueOf(*record, column.field)) values.push_back(*value);
  }
  if (column.function == "count") return std::to_string(values.size());
  if (column.function == "count_distinct") return std::to_string(std::set(values.begin(), values.end()).size());
  if (column.function == "min" || column.function == "max") {
    if (values.empty()) return "";
    const auto less = [](const std::string& a, const std::string& b) { return compare(a, b) < 0; };
    return column.function == "min" ? *std::min_element(values.begin(), values.end(), less)
                                    : *std::max_element(values.begin(), values.end(), less);
  }
  double sum = 0;
  std::size_t count = 0;
  for (const std::string& value : values) {
    const auto number = asNumber(value);
    if (!number) continue;
    sum += *number;
    ++count;
  }
  if (column.function == "sum") return shownNumber(sum);
  return count == 0 ? "" : shownNumber(sum / static_cast<double>(count));
}

void group(std::vector<InsightsRecord>& records, const std::vector<Column>& columns, const std::vector<Column>& by) {
  std::map<std::vector<std::string>, std::vector<const InsightsRecord*>> groups;
  if (by.empty()) groups[{}] = {};
  for (const InsightsRecord& record : records) {
    std::vector<std::string> key;
    for (const Column& column : by) key.push_back(keyOf(column, record));
    groups[key].push_back(&record);
  }
  std::vector<InsightsRecord> out;
  for (const auto& [key, members] : groups) {
    InsightsRecord row;
    for (std::size_t i = 0; i < by.size(); ++i) {
      if (!key[i].empty()) row[by[i].shown] = key[i];
    }
    for (const Column& column : columns) row[column.shown] = aggregate(column, members);
    out.push_back(std::move(row));
  }
  records = std::move(out);
}

}  // namespace

class InsightsParser {
 public:
  explicit InsightsParser(std::string_view text) : reader_(text) {}

  Result<InsightsQuery> run() {
    for (;;) {
      TRY(command());
      reader_.skipBlanks();
      if (reader_.atEnd()) break;
      if (!reader_.take("|")) return malformed("unexpected symbol found " + std::string(1, reader_.peek()));
    }
    if (query_.shown_.empty()) query_.shown_ = {"@timestamp", "@message"};
    return std::move(query_);
  }

 private:
  Result<void> command() {
    reader_.skipBlanks();
    const std::string name = word();
    if (name == "fields" || name == "display") return fields(name == "display");
    if (name == "filter") {
      TRY_ASSIGN(Condition condition, disjunction(0));
      if (query_.stages_.empty()) {
        query_.admissions_.push_back(std::move(condition));
      } else {
        query_.stages_.push_back([condition](std::vector<InsightsRecord>& records) {
          std::erase_if(records, [&](const InsightsRecord& record) { return !condition(record); });
        });
      }
      return {};
    }
    if (name == "sort") return sort();
    if (name == "limit") {
      const auto count = asNumber(word());
      if (!count || *count < 1) return malformed("limit takes a positive number");
      query_.stages_.push_back([most = static_cast<std::size_t>(*count)](std::vector<InsightsRecord>& records) {
        if (records.size() > most) records.resize(most);
      });
      return {};
    }
    if (name == "stats") return stats();
    static const std::set<std::string, std::less<>> kOthers = {"parse",  "dedup",       "pattern", "diff",    "unmask",
                                                               "unnest", "filterIndex", "SOURCE",  "anomaly", "lookup"};
    if (kOthers.contains(name)) return notImplemented("the command '" + name + "'");
    return malformed("unexpected symbol found " + (name.empty() ? std::string(1, reader_.peek()) : name));
  }

  /// Letters, digits and what names of fields have besides; in backticks anything.
  std::string word() {
    reader_.skipBlanks();
    if (reader_.peek() == '`') return reader_.takeDelimited().value_or("");
    return reader_.takeUntil(" \t\r\n|,()=<>!~\"'/");
  }

  Result<std::string> name() {
    std::string text = word();
    if (text.empty()) return malformed("a field's name is missing");
    reader_.skipBlanks();
    if (reader_.peek() == '(') return notImplemented("the function '" + text + "'");
    return text;
  }

  Result<void> fields(bool only) {
    if (only) query_.shown_.clear();
    do {
      TRY_ASSIGN(const std::string field, name());
      if (!keyword("AS")) {
        query_.shown_.push_back(field);
        continue;
      }
      TRY_ASSIGN(const std::string alias, name());
      query_.shown_.push_back(alias);
      query_.stages_.push_back([field, alias](std::vector<InsightsRecord>& records) {
        for (InsightsRecord& record : records) {
          if (const std::string* value = valueOf(record, field)) record[alias] = *value;
        }
      });
    } while (comma());
    return {};
  }

  /// `word` in capitals.
  bool keyword(const char* word) {
    reader_.skipBlanks();
    return reader_.takeWord(word);
  }

  bool comma() {
    reader_.skipBlanks();
    return reader_.take(",");
  }

  Result<void> sort() {
    std::vector<std::pair<std::string, bool>> keys;  // Field, descending.
    do {
      TRY_ASSIGN(std::string field, name());
      const bool descending = keyword("DESC");
      if (!descending) (void)keyword("ASC");
      keys.emplace_back(std::move(field), descending);
    } while (comma());
    query_.stages_.push_back([keys](std::vector<InsightsRecord>& records) {
      std::stable_sort(records.begin(), records.end(), [&](const InsightsRecord& a, const InsightsRecord& b) {
        for (const auto& [field, descending] : keys) {
          const std::string* left = valueOf(a, field);
          const std::string* right = valueOf(b, field);
          // What has not the field comes last.
          if (!left || !right) {
            if ((left != nullptr) != (right != nullptr)) return left != nullptr;
            continue;
          }
          if (const int order = compare(*left, *right)) return descending ? order > 0 : order < 0;
        }
        return false;
      });
    });
    return {};
  }

  Result<Column> column(bool aggregate) {
    static const std::set<std::string, std::less<>> kFunctions = {"count", "sum", "avg",
                                                                  "min",   "max", "count_distinct"};
    Column out;
    out.field = word();
    reader_.skipBlanks();
    if (reader_.take("(")) {
      out.function = std::move(out.field);
      const bool known = aggregate ? kFunctions.contains(out.function) : out.function == "bin";
      if (!known) return notImplemented("the function '" + out.function + "'");
      out.field = word();
      reader_.skipBlanks();
      if (!reader_.take(")")) return notImplemented("expressions inside of '" + out.function + "'");
      out.shown = out.function + "(" + out.field + ")";
      if (out.function == "bin") {
        const auto period = periodOf(out.field);
        if (!period) return malformed("bin takes a period, for example 5m");
        out.period = *period;
      } else if (out.field.empty()) {
        out.field = "*";
        out.shown = out.function + "(*)";
      }
    } else if (aggregate) {
      return malformed("stats takes functions, for example count(*)");
    } else {
      out.shown = out.field;
    }
    if (out.field.empty()) return malformed("a field's name is missing");
    if (keyword("AS")) {
      TRY_ASSIGN(out.shown, name());
    }
    return out;
  }

  Result<void> stats() {
    std::vector<Column> columns, by;
    do {
      TRY_ASSIGN(Column one, column(true));
      columns.push_back(std::move(one));
    } while (comma());
    if (keyword("BY")) {
      do {
        TRY_ASSIGN(Column one, column(false));
        by.push_back(std::move(one));
      } while (comma());
    }
    query_.shown_.clear();
    for (const Column& one : by) query_.shown_.push_back(one.shown);
    for (const Column& one : columns) query_.shown_.push_back(one.shown);
    query_.aggregated_ = true;
    query_.stages_.push_back([columns, by](std::vector<InsightsRecord>& records) { group(records, columns, by); });
    return {};
  }

  Result<Condition> disjunction(int depth) {
    if (depth > kMaxDepth) return malformed("the expression is too deep");
    TRY_ASSIGN(Condition left, conjunction(depth));
    while (keyword("OR")) {
      TRY_ASSIGN(Condition right, conjunction(depth));
      left = [left, right](const InsightsRecord& record) { return left(record) || right(record); };
    }
    return left;
  }

  Result<Condition> conjunction(int depth) {
    TRY_ASSIGN(Condition left, negation(depth));
    while (keyword("AND")) {
      TRY_ASSIGN(Condition right, negation(depth));
      left = [left, right](const InsightsRecord& record) { return left(record) && right(record); };
    }
    return left;
  }

  Result<Condition> negation(int depth) {
    reader_.skipBlanks();
    if (keyword("NOT")) {
      TRY_ASSIGN(Condition inner, negation(depth + 1));
      return Condition([inner](const InsightsRecord& record) { return !inner(record); });
    }
    if (reader_.take("(")) {
      TRY_ASSIGN(Condition inner, disjunction(depth + 1));
      reader_.skipBlanks();
      if (!reader_.take(")")) return malformed("a parenthesis is not closed");
      return inner;
    }
    return comparison();
  }

  Result<std::string> value() {
    reader_.skipBlanks();
    if (reader_.peek() == '"' || reader_.peek() == '\'') {
      auto text = reader_.takeDelimited();
      if (!text) return malformed("a text does not end");
      return *std::move(text);
    }
    std::string text = reader_.takeUntil(" \t\r\n|,()");
    if (text.empty()) return malformed("a value is missing");
    return text;
  }

  /// A text that is looked for, or a /regular expression/.
  Result<std::function<bool(const std::string&)>> looked() {
    reader_.skipBlanks();
    if (reader_.peek() == '/') {
      const auto text = reader_.takeDelimited();
      const auto expression = text ? compileExpression(*text) : nullptr;
      if (!expression) return malformed("the regular expression is not valid");
      return std::function<bool(const std::string&)>(
          [expression](const std::string& value) { return containsExpression(*expression, value); });
    }
    TRY_ASSIGN(const std::string part, value());
    return std::function<bool(const std::string&)>(
        [part](const std::string& value) { return value.find(part) != std::string::npos; });
  }

  Result<Condition> comparison() {
    const std::string field = word();
    if (field.empty()) return malformed("a field's name is missing");
    reader_.skipBlanks();
    if (reader_.take("(")) {
      if (field != "ispresent") return notImplemented("the function '" + field + "'");
      TRY_ASSIGN(const std::string inner, name());
      if (!reader_.take(")")) return malformed("a parenthesis is not closed");
      return Condition([inner](const InsightsRecord& record) { return valueOf(record, inner) != nullptr; });
    }
    const bool negated = keyword("NOT");
    if (keyword("LIKE") || reader_.take("=~")) {
      TRY_ASSIGN(auto found, looked());
      return Condition([field, found, negated](const InsightsRecord& record) {
        const std::string* value = valueOf(record, field);
        return (value != nullptr && found(*value)) != negated;
      });
    }
    if (keyword("IN")) {
      reader_.skipBlanks();
      if (!reader_.take("[")) return malformed("in takes a list in brackets");
      std::set<std::string> values;
      do {
        reader_.skipBlanks();
        const bool quoted = reader_.peek() == '"' || reader_.peek() == '\'';
        const auto one = quoted ? reader_.takeDelimited() : std::optional(reader_.takeUntil(" \t\r\n|,]"));
        if (!one) return malformed("a text does not end");
        values.insert(*one);
      } while (comma());
      reader_.skipBlanks();
      if (!reader_.take("]")) return malformed("in takes a list in brackets");
      return Condition([field, values, negated](const InsightsRecord& record) {
        const std::string* value = valueOf(record, field);
        return (value != nullptr && values.contains(*value)) != negated;
      });
    }
    for (const char* text : {"!=", "<=", ">=", "=", "<", ">"}) {
      if (!reader_.take(text)) continue;
      TRY_ASSIGN(const std::string wanted, value());
      const std::string sign = text;
      return Condition([field, wanted, sign](const InsightsRecord& record) {
        const std::string* value = valueOf(record, field);
        if (value == nullptr) return sign == "!=";
        const int order = compare(*value, wanted);
        return (sign == "=" && order == 0) || (sign == "!=" && order != 0) || (sign == "<" && order < 0) ||
               (sign == ">" && order > 0) || (sign == "<=" && order <= 0) || (sign == ">=" && order >= 0);
      });
    }
    return malformed("a comparison is missing behind " + field);
  }

  PatternReader reader_;
  InsightsQuery query_;
};

InsightsRecord insightsRecord(std::int64_t timestamp, std::int64_t ingestion, const std::string& message,
                              const std::string& stream, const std::string& log, const std::string& pointer) {
  InsightsRecord record = {{"@timestamp", shownTime(timestamp)},
                           {"@milliseconds", std::to_string(timestamp)},
                           {"@ingestionTime", shownTime(ingestion)},
                           {"@message", message},
                           {"@logStream", stream},
                           {"@log", log},
                           {"@ptr", pointer}};
  if (message.starts_with('{')) {
    if (const auto json = Json::parse(message, {.max_depth = kMaxDepth}); json.ok()) flatten(record, *json, "", 0);
  }
  return record;
}

Result<InsightsQuery> InsightsQuery::parse(std::string_view text) {
  return InsightsParser(text).run();
}

bool InsightsQuery::admits(const InsightsRecord& record) const {
  return std::all_of(admissions_.begin(), admissions_.end(),
                     [&](const Condition& condition) { return condition(record); });
}

std::vector<InsightsQuery::Row> InsightsQuery::run(std::vector<InsightsRecord> records, std::size_t limit) const {
  for (const Stage& stage : stages_) stage(records);
  if (records.size() > limit) records.resize(limit);
  std::vector<Row> rows;
  for (const InsightsRecord& record : records) {
    Row row;
    for (const std::string& field : shown_) {
      if (const std::string* value = valueOf(record, field)) row.emplace_back(field, *value);
    }
    if (!aggregated_) row.emplace_back("@ptr", *valueOf(record, "@ptr"));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace thimble::services::logs
