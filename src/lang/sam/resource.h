// A CloudFormation resource that the transform makes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

struct Resource {
  std::string type;
  Text logical_id;
  Value properties = Value::map();
  Value attributes = Value::map();  ///< Condition, DeletionPolicy, ...
  Value depends_on;                 ///< String, list or nothing.

  /// A property that is null is left out.
  void set(std::string_view name, const Value& value);
  Value operator[](std::string_view name) const { return properties[name]; }
  /// Its member of the template's Resources.
  Value toTemplate() const;
};
using ResourcePointer = std::shared_ptr<Resource>;
using Resources = std::vector<ResourcePointer>;

/// Fails when the logical id is not alphanumeric. The attributes are copied.
ResourcePointer makeResource(std::string_view type, const Text& logical_id, const Value& attributes = {});

/// How to name the resource at run time: its ARN. Ref for types whose reference is the ARN, else Fn::GetAtt Arn.
Value arnOf(const Resource& resource);
/// Ref, for the types that are called by name.
Value nameOf(const Resource& resource);

/// Condition, DeletionPolicy and UpdateReplacePolicy: the attributes that generated resources take over.
Value passedThrough(const Value& attributes);

/// [{"Key":, "Value":}] of a map; an empty list of null.
Value tagList(const Value& tags);

/// prefix and the first ten hexadecimal digits of the SHA-1 of `data` (a string as it is, all else as sorted JSON);
/// just the prefix when the data is empty. `given_hash` is used instead of the data's when it is not empty.
Text hashedId(const Text& prefix, const Value& data, std::string_view given_hash = {});

/// Sets Tags on all that have them.
void propagateTags(const Resources& resources, const Value& tags, const Value& propagate);

}  // namespace thimble::lang::sam
