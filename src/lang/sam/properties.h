// Checks of a serverless resource's (or event's) properties against its table.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

/// What a property must be.
enum class Is {
  Anything,
  Text,
  TextInternal,  ///< A string; the message does not say so.
  Map,
  Boolean,
  Integer,
  List,
  TextOrMap,
  TextOrList,  ///< A string or a list of strings.
  BooleanOrMap,
  MapOfMaps,
  MapOfTexts,
  MapOfIntegersOrMaps,
  MapOfAnything,
  MapOrListOfMaps,
  ListOfTexts,
  ListOfTextsOrMaps,
  Policies,       ///< A string, a map, or a list of both.
  PoliciesNoMap,  ///< A string, or a list of strings and maps.
  DeleteOrRetain,
};

/// Intrinsics: a map of one member is taken for an intrinsic function and is not checked.
enum class Intrinsics { Allowed, Refused };
enum class Presence { Optional, Required };

struct PropertyRule {
  std::string_view name;
  Is is = Is::Anything;
  Presence presence = Presence::Optional;
  Intrinsics intrinsics = Intrinsics::Allowed;
};
using PropertyRules = std::span<const PropertyRule>;

/// A serverless resource or an event of one, as the template has it.
struct Macro {
  std::string type;
  Text logical_id;
  Text relative_id;                 ///< Of an event: its name within the function.
  Value properties = Value::map();  ///< Its own map; deeper values are shared with the template.
  Value attributes = Value::map();  ///< Condition, DeletionPolicy, UpdatePolicy, UpdateReplacePolicy, Metadata.
  Value depends_on;

  Value operator[](std::string_view name) const { return properties[name]; }
};

/// Reads a resource and fails on an unknown, missing or ill-typed property. Bodies that are no map fail as AWS's
/// answer does for them.
Macro readMacro(std::string_view type, const Text& logical_id, const Value& body, PropertyRules rules);

}  // namespace thimble::lang::sam
