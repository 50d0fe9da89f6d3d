// The small language in which a resource type's file says what goes into a call and what comes out of it.
//
// An expression is a JSON value:
//   "$P.Code.S3Bucket"    the value at that path of the variables; left out when there is none
//   "arn:{$Region}:x"     text with paths put in; left out when one of them is missing
//   {"$or": [a, b]}       the first that is there
//   {"$if": [c, a, b]}    a when c is true (there, and neither false nor empty), else b
//   {"$not": a}, {"$and": [..]}, {"$equals": [a, b]}
//   {"$json": a}          a as JSON text; a text stays
//   {"$parse": a}         the value of JSON text a; missing when it is none
//   {"$text": a}          a scalar as text; {"$texts": a} a with every scalar within as text
//   {"$merge": [a, b]}    members of both objects, b's first; {"$omit": [a, names]}, {"$pick": [a, names]}
//   {"$concat": [a, b]}   both lists
//   {"$minus": [a, b, k]} elements of list a whose member k no element of list b has (k "": the elements themselves)
//   {"$split": [a, d, i]} piece i of text a cut at d; negative i counts from the end
//   {"$entries": a}       an object as a list of {"Key", "Value"}
//   {"$changed": names}   true when one of the properties differs between O and P
//   {"$patch": {"/path": "Property"}}  API Gateway's patch operations for the properties that differ
//   {"$has": a}           true when a is there, whatever it is; {"$true": a} is missing unless a is true
//   {"$in": [a, list]}    whether a is an element
//   {"$each": [a, b]}     b for each element of list a, the element as variable I
//   {"$map": [a, k, v]}   a list of objects as one object, from member k to member v
//   {"$list": a}          a list of scalars as text with commas; all else stays
//   {"$join": [a, ...]}   texts one after the other; missing when one is
//   {"$substitute": [a, m]} text a with each ${name} of object m put in
//   {"$present": [a, n]}  object a, or missing when it has no member n
//   {"$pointer": a}       text escaped for a JSON pointer; {"$methodPath": a} API Gateway's form of a resource's path
//   {"$acl": a}           S3's canned access control from CloudFormation's name of it
//   {"$zip": [a, r]}      the bytes of a zip archive with text a as the source file of runtime r (inline_code.h)
//   {"$literal": a}       a as it stands; null is missing
// All else is taken as it stands, its members and elements evaluated; missing ones are left out.
//
// Variables: P properties, O the properties before an update, S what earlier steps saved, R the call's output, I the
// element of for_each, Id the physical id, Name the generated name, Region, Account, Partition, StackId, StackName,
// LogicalId, Token (a UUID that stays the same for one resource operation).
#pragma once

#include <optional>

#include "base/json.h"

namespace thimble::services::cloudformation {

/// Nothing when the expression is missing.
std::optional<base::Json> evaluateExpression(const base::Json& expression, const base::Json& variables);

/// There, and neither false, empty nor "false".
bool isTrue(const std::optional<base::Json>& value);

}  // namespace thimble::services::cloudformation
