// Update expressions: SET, REMOVE, ADD and DELETE; also what AttributeUpdates is translated to.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/path.h"
#include "lang/expression/placeholders.h"
#include "lang/expression/projection.h"
#include "lang/expression/value.h"

namespace thimble::lang::expression {

/// What SET puts in a place: an operand, or a function or sum of operands.
struct UpdateOperand {
  enum class Kind : std::uint8_t { Path, Value, IfNotExists, ListAppend, Plus, Minus };
  Kind kind = Kind::Value;
  expression::Path path;  ///< Of Path, and the first operand of IfNotExists.
  expression::Value value;
  std::vector<UpdateOperand> operands;  ///< Two; of IfNotExists only the second.
};

struct UpdateAction {
  enum class Kind : std::uint8_t { Set, Remove, Add, Delete };
  Kind kind = Kind::Set;
  Path path;
  UpdateOperand operand;  ///< Nothing of it is used by Remove.
  /// The type that the value will have, where that is known without an item.
  std::optional<Type> type;
};

class Update {
 public:
  Update() = default;
  static base::Result<Update> parse(std::string_view text, Placeholders& placeholders);
  /// AttributeUpdates in model form. Differs in errors, and in that ADD appends to lists.
  static base::Result<Update> fromAttributeUpdates(const base::Json& updates);

  /// The item after the update. All right-hand sides are read from `item`, which is empty when there is none yet; its
  /// key attributes must be in it already.
  base::Result<Item> apply(ItemView item) const;

  const std::vector<UpdateAction>& actions() const { return actions_; }
  /// Whether there are actions, all of which take something away: they make no item where there is none.
  bool onlyTakesAway() const;
  /// Every path that occurs, targets first.
  std::vector<const Path*> paths() const;
  /// What UPDATED_OLD and UPDATED_NEW show of an item.
  Item touched(ItemView item) const { return targets_.apply(item); }

  /// Takes the actions as they are.
  explicit Update(std::vector<UpdateAction> actions, bool legacy = false);

 private:
  std::vector<UpdateAction> actions_;
  Projection targets_;
  bool legacy_ = false;
};

}  // namespace thimble::lang::expression
