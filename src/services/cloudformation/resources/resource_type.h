// What CloudFormation knows of one resource type, read from its file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace thimble::services::cloudformation {

/// One call of a recipe. See recipe.h for how steps are run.
struct Step {
  std::string service;    ///< For example "sns"; empty for a step that only saves.
  std::string operation;  ///< For example "CreateTopic".
  base::Json input;       ///< Expression; what it gives is fitted to the operation's input shape.
  base::Json condition;   ///< Expression; the step is left out when false. Null: always.
  base::Json for_each;    ///< Expression of a list: one call an element. Null: one call.
  base::Json save;        ///< Object of expressions, kept in the resource's state.
  base::Json wait_until;  ///< Expression over the result; the call is made again until it is true. Null: no waiting.
  /// Expression over the result that ends the recipe as a failure with the text of `fail_message`; of a step without a
  /// call, over the variables.
  base::Json fail_if;
  base::Json fail_message;
  int attempts = 120;                        ///< How often it is made while waiting; the default is some 5 minutes.
  std::vector<std::string> ignore;           ///< Error codes that count as success without result.
  std::vector<std::string> repeated;         ///< Error codes that mean, after a lost call, that it had been done.
  std::vector<std::string> ignore_messages;  ///< An error with one of these messages counts as success too.
  std::vector<std::string> retry;            ///< Error codes after which the call is made again a little later.
};

/// What happens when a property's value changes.
enum class Update { InPlace, Replace };

struct Property {
  Update update = Update::InPlace;
  base::Json replace_if;  ///< Expression over P and O: a change that needs a replacement all the same. Null: none does.
  bool required = false;
};

/// How a name is made when the template gives none: <stack>-<logical id>-<12 characters>.
struct GeneratedName {
  std::string property;     ///< The property that would name the resource.
  std::size_t length = 64;  ///< Longest allowed.
  bool lower_case = false;
  std::string prefix;         ///< Stands in the place of the stack's name; empty: the stack's name.
  bool alphanumeric = false;  ///< Nothing but letters and digits.
  base::Json suffix;          ///< Expression, for example ".fifo" when a property says so; or null.
};

struct ResourceType {
  std::string name;  ///< For example "AWS::SNS::Topic".
  std::map<std::string, Property, std::less<>> properties;
  std::optional<GeneratedName> generated_name;
  std::vector<Step> create, update, remove;
  base::Json id;                ///< Expression of the physical id.
  base::Json attributes;        ///< Object of expressions: what Fn::GetAtt gives.
  bool any_properties = false;  ///< Every property is accepted (AWS::CDK::Metadata).
  /// "Outputs": every attribute "Outputs.X" is member X of what was saved under that name. "*Data": every attribute X
  /// is.
  std::string any_attributes;
};

/// Whether the property `name` of the type changes from one set of properties to another in a way that needs a new
/// resource.
bool needsReplacement(const ResourceType& type, const std::string& name, const base::Json& before,
                      const base::Json& after);

/// nullptr when the type is not supported. "Custom::X" is AWS::CloudFormation::CustomResource under its own name.
const ResourceType* findResourceType(std::string_view name);

/// Names of all supported types, ascending.
std::vector<std::string> supportedResourceTypes();

/// Reads a type's file; throws std::runtime_error with its name when it is not as it should be.
ResourceType readResourceType(std::string_view text);

/// The name in the properties, or a generated one. `random`: at least 12 characters of A-Z and 0-9.
std::string resourceName(const GeneratedName& rule, const base::Json& properties, std::string_view stack_name,
                         std::string_view logical_id, std::string_view random, const base::Json& variables);

/// The texts of the embedded files (generated source).
const std::vector<std::string_view>& resourceTypeFiles();

}  // namespace thimble::services::cloudformation
