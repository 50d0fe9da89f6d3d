// Running a resource type's recipe: from what is known and the last call's outcome to what is to be done next.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/api_error.h"
#include "base/json.h"
#include "base/result.h"
#include "services/cloudformation/resources/resource_type.h"

namespace thimble::services::cloudformation {

enum class RecipeKind { Create, Update, Delete };

/// What a recipe works on; kept with the resource between calls.
struct RecipeState {
  RecipeKind kind = RecipeKind::Create;
  base::Json properties;      ///< New ones; when deleting, those the resource has.
  base::Json old_properties;  ///< Update: those the resource has.
  base::Json saved;           ///< Object: what steps saved.
  /// Object: Region, Account, ..., LogicalId, Name, Token; StackTags and, when updating, OldStackTags.
  base::Json surroundings;
  std::size_t step = 0;
  std::size_t element = 0;  ///< Of the step's for_each.
  int attempts = 0;         ///< Of the call in hand: repeats while waiting or after an error to retry.
  bool lost = false;        ///< The call in hand had been started before a crash, so it may have been done.
};

/// The call to make next; its outcome goes into the next advance().
struct NextCall {
  std::string service;
  std::string operation;
  base::Json input;
  int delay_milliseconds = 0;  ///< Make it that much later.
};
struct RecipeDone {};
struct RecipeFailed {
  std::string reason;  ///< What the resource's event says.
};
using Next = std::variant<NextCall, RecipeDone, RecipeFailed>;

using Outcome = base::Result<base::Json, base::ApiError>;

/// The outcome of the call in hand (nothing at the beginning and to make the same call once more after it was lost) to
/// the next thing to do. Changes `state`.
Next advance(const ResourceType& type, RecipeState& state, const std::optional<Outcome>& outcome);

/// Whether the steps up to the one in hand change nothing: their calls describe, get or list.
bool onlyLooked(const ResourceType& type, const RecipeState& state);

/// The physical id, when what it is made of is known.
std::optional<std::string> physicalId(const ResourceType& type, const RecipeState& state);

/// An attribute's value; nothing when the type has none of that name or its value is missing.
std::optional<base::Json> attributeValue(const ResourceType& type, const RecipeState& state, const std::string& name);

/// Checks names and presence of top-level properties: AWS's message, or nothing.
std::optional<std::string> checkProperties(const ResourceType& type, const base::Json& properties);

}  // namespace thimble::services::cloudformation
