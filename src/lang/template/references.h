// What a template value refers to, and the syntax of Fn::Sub.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "lang/template/error.h"

namespace thimble::lang::template_ {

/// A piece of Fn::Sub's text: as it stands, or a variable ("Name", "Name.Attribute", "AWS::Region").
struct SubPiece {
  bool variable = false;
  std::string text;
};

/// Splits at ${...}; ${!Name} stays as the text "${Name}".
Outcome<std::vector<SubPiece>> splitSub(std::string_view text);

/// One reference and where it came from.
struct Reference {
  enum class Kind { Ref, GetAtt, Condition };
  Kind kind = Kind::Ref;
  std::string name;       ///< Parameter, resource, pseudo parameter or condition.
  std::string attribute;  ///< GetAtt's; empty otherwise or when it is computed.
  bool operator==(const Reference&) const = default;
};

/// The name when the value is an object of one member that is a function ("Ref", "Condition", "Fn::..."); else empty.
std::string_view functionName(const base::Json& value);

/// All references within, in order of appearance, Fn::Sub's included, repeats too. Malformed functions are passed over
/// (validate.h reports them).
std::vector<Reference> collectReferences(const base::Json& value);

/// ["Resource", "Attribute"] of an Fn::GetAtt's argument in either form; false when it has another shape. The
/// attribute may be a function, then `attribute` is that value.
bool splitGetAtt(const base::Json& argument, std::string& resource, base::Json& attribute);

/// "AWS::Region" and the other pseudo parameters.
bool isPseudoParameter(std::string_view name);

}  // namespace thimble::lang::template_
