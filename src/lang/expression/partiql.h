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

/// One read that answers a part of a WHERE. The WHERE itself still filters what is found.
struct KeyLookup {
  Value partition;
  std::vector<KeyPart> sort;         ///< All of them hold; empty: the whole partition.
  std::vector<std::string> filters;  ///< Attributes of what else this part of the WHERE says, in its order.
};

/// The reads that together find everything a WHERE can hold for, when each names the partition key; nothing when only
/// a scan does. An error when they are more than 50.
base::Result<std::optional<std::vector<KeyLookup>>> planLookups(const Condition& where, const KeyAttribute& partition,
                                                                const KeyAttribute* sort);

/// Refuses what a WHERE says of keys with values of other types than theirs.
base::Result<void, base::ApiError> checkKeyTypes(const Condition& where, const KeyAttribute& partition,
                                                 const KeyAttribute* sort);

/// What the equalities of a WHERE, joined by AND, say of one item's key. The first of an attribute counts.
struct NamedKey {
  Item key;
  bool whole = false;    ///< It has all its attributes.
  bool more = false;     ///< The WHERE says more than this key, which is a condition on the item.
  std::string repeated;  ///< The first attribute that was equal to two values; or empty.
};
/// `one_of_one`: whether an IN of one value is an equality too.
NamedKey namedKey(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort, bool one_of_one);

/// The same where the key must be whole, as an Update or Delete names it; an error when it names none or several.
base::Result<NamedKey> wholeKey(const Condition& where, const KeyAttribute& partition, const KeyAttribute* sort);

}  // namespace thimble::lang::expression
