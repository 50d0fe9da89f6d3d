// PartiQL for DynamoDB: one statement, read with its parameters into what the other expressions become.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lang/expression/condition.h"
#include "lang/expression/key_condition.h"
#include "lang/expression/update.h"

namespace thimble::lang::expression {

/// RETURNING (ALL | MODIFIED) (OLD | NEW) *
struct Returning {
  bool modified = false;  ///< Only what the statement changed.
  bool is_new = false;    ///< The item after the change.
  /// "MODIFIED OLD *"
  std::string text() const;
};

/// One element of a SELECT list. A nested path is shown under its last name.
struct SelectedPath {
  Path path;
  std::string name;
};

/// One element of ORDER BY.
struct Ordering {
  std::string attribute;
  bool descending = false;
};

struct Statement {
  /// Exists is EXISTS(SELECT ...), a condition check of a transaction.
  enum class Kind { Select, Insert, Update, Delete, Exists };
  Kind kind = Kind::Select;
  std::string table;
  std::string index;  ///< Empty: the table itself.

  std::vector<SelectedPath> selected;  ///< Empty: all attributes.
  Condition where;                     ///< Of Select, Update, Delete and Exists; empty without WHERE.
  bool has_where = false;
  std::vector<Ordering> order;
  Item item;      ///< Of Insert.
  Update update;  ///< Of Update.
  std::optional<Returning> returning;

  /// What a Select shows of an item.
  Item select(ItemView item) const;
};

/// Bytes of one statement.
inline constexpr std::size_t kMaxStatementSize = 8192;

/// Reads one statement. Each '?' takes the next parameter. Errors are AWS's ValidationException.
base::Result<Statement> parseStatement(std::string_view text, const std::vector<Value>& parameters);

/// One read that answers a part of a WHERE: the keys' conditions. The WHERE itself still filters what is found.
struct KeyLookup {
  Value partition;
  std::optional<KeyPart> sort;
};

/// The reads that together find everything a WHERE can hold for, when each names the partition key; nothing when only
/// a scan does. An error when they are more than 50. `sort`: null when there is none.
base::Result<std::optional<std::vector<KeyLookup>>> planLookups(const Condition& where, const KeyAttribute& partition,
                                                                const KeyAttribute* sort);

/// The key that an Update, Delete or Exists names, out of equalities joined by AND; an error when it does not name all
/// of it. What else the WHERE says is a condition on the item.
base::Result<Item> wholeKey(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort);

}  // namespace thimble::lang::expression
