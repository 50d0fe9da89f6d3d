#include "services/codepipeline/actions/stack_parameters.h"

#include <set>
#include <vector>

namespace thimble::services::codepipeline {
namespace {

using base::Json;
template <class T>
using Outcome = base::Result<T, ConfigurationProblem>;

constexpr const char* kTemplate = "TemplatePath";
constexpr const char* kConfigurationFile = "TemplateConfiguration";

Outcome<const ArtifactPlace*> requireInput(const ActionInput& input, const std::string& artifact) {
  if (const ArtifactPlace* place = findInput(input, artifact)) return place;
  return ConfigurationProblem{"The artifact " + artifact + " is not an input artifact of the action " + input.action +
                              "."};
}

Json fileOf(const ArtifactPlace& place, const std::string& path) {
  return Json::object({{"Artifact", place.name}, {"Bucket", place.bucket}, {"Key", place.key}, {"Path", path}});
}

/// "ArtifactName::FileName" as a member of ReadArtifactFiles' list.
Outcome<Json> parseFile(const ActionInput& input, const std::string& text) {
  const std::size_t colons = text.find("::");
  if (colons == std::string::npos || colons == 0 || colons + 2 == text.size()) {
    return ConfigurationProblem{"The file " + text + " is not named as ArtifactName::FileName."};
  }
  TRY_ASSIGN(const ArtifactPlace* place, requireInput(input, text.substr(0, colons)));
  return fileOf(*place, text.substr(colons + 2));
}

/// ParameterOverrides; an empty object when there are none.
Outcome<Json> parseOverrides(const ActionInput& input) {
  const std::string text = input.configuration.stringAt("ParameterOverrides");
  if (text.empty()) return Json::object();
  auto parsed = Json::parse(text);
  if (!parsed.ok() || !parsed->isObject()) {
    return ConfigurationProblem{"The ParameterOverrides of the action " + input.action + " are no valid JSON object."};
  }
  return std::move(parsed).value();
}

/// Fn::GetArtifactAtt or Fn::GetParam with its arguments; `function` is empty for a plain value.
struct Reference {
  std::string function;
  std::vector<std::string> arguments;
  bool isParameter() const { return function == "Fn::GetParam"; }
};

Outcome<Reference> parseReference(const Json& value) {
  Reference reference;
  if (!value.isObject() || value.size() != 1) return reference;
  const auto& [function, arguments] = *value.asObject().begin();
  if (function != "Fn::GetArtifactAtt" && function != "Fn::GetParam") return reference;
  reference.function = function;
  for (const Json& argument : arguments.isArray() ? arguments.asArray() : Json::Array{}) {
    if (argument.isString()) reference.arguments.push_back(argument.asString());
  }
  if (reference.arguments.size() != (reference.isParameter() ? 3U : 2U)) {
    return ConfigurationProblem{function + (reference.isParameter()
                                                ? " takes the names of an artifact, of a JSON file and of a key."
                                                : " takes the names of an artifact and of an attribute.")};
  }
  return reference;
}

/// Text as a parameter's value is given; lists as CommaDelimitedList has them.
std::string parameterText(const Json& value) {
  if (value.isString()) return value.asString();
  if (!value.isArray()) return value.write();
  std::string text;
  for (const Json& item : value.asArray()) text += (text.empty() ? "" : ",") + parameterText(item);
  return text;
}

Outcome<Json> parseJsonFile(const std::string& name, const std::string& text) {
  auto parsed = Json::parse(text);
  if (parsed.ok() && parsed->isObject()) return std::move(parsed).value();
  return ConfigurationProblem{"The file " + name + " is no valid JSON object."};
}

Outcome<std::string> resolve(const ActionInput& input, const Json& value, const Json& files) {
  TRY_ASSIGN(const Reference reference, parseReference(value));
  if (reference.function.empty()) return parameterText(value);
  TRY_ASSIGN(const ArtifactPlace* place, requireInput(input, reference.arguments[0]));
  if (reference.isParameter()) {
    const std::string name = reference.arguments[0] + "::" + reference.arguments[1];
    TRY_ASSIGN(const Json document, parseJsonFile(name, files.stringAt(name)));
    const Json* found = document.find(reference.arguments[2]);
    if (found == nullptr) {
      return ConfigurationProblem{"The file " + name + " has no key " + reference.arguments[2] + "."};
    }
    return parameterText(*found);
  }
  const std::string& attribute = reference.arguments[1];
  if (attribute == "BucketName") return place->bucket;
  if (attribute == "ObjectKey") return place->key;
  if (attribute == "URL") {
    return "https://" + place->bucket + ".s3." + input.region + ".amazonaws.com/" + place->key;
  }
  return ConfigurationProblem{"Fn::GetArtifactAtt knows the attributes BucketName, ObjectKey and URL, but not " +
                              attribute + "."};
}

void setList(Json& request, const char* name, const Json& values, const char* key_name, const char* value_name) {
  if (!values.isObject() || values.empty()) return;
  Json list = Json::array();
  for (const auto& [key, value] : values.asObject()) {
    list.push(Json::object({{key_name, key}, {value_name, parameterText(value)}}));
  }
  request.set(name, std::move(list));
}

/// "CAPABILITY_IAM,CAPABILITY_NAMED_IAM".
Json capabilities(const std::string& text) {
  Json list = Json::array();
  std::string one;
  for (const char c : text + ",") {
    if (c == ' ' || c == '\t' || c == '\n') continue;
    if (c != ',') {
      one += c;
    } else if (!one.empty()) {
      list.push(one);
      one.clear();
    }
  }
  return list;
}

}  // namespace

Outcome<Json> filesToRead(const ActionInput& input) {
  Json files = Json::array();
  const std::string path = input.configuration.stringAt(kTemplate);
  TRY_ASSIGN(const Json template_file, parseFile(input, path));
  files.push(template_file);
  if (const std::string file = input.configuration.stringAt(kConfigurationFile); !file.empty()) {
    TRY_ASSIGN(Json one, parseFile(input, file));
    files.push(std::move(one));
  }
  TRY_ASSIGN(const Json overrides, parseOverrides(input));
  std::set<std::string> known;
  for (const auto& [name, value] : overrides.asObject()) {
    TRY_ASSIGN(const Reference reference, parseReference(value));
    if (reference.function.empty()) continue;
    TRY_ASSIGN(const ArtifactPlace* place, requireInput(input, reference.arguments[0]));
    if (!reference.isParameter() || !known.insert(place->name + "::" + reference.arguments[1]).second) continue;
    files.push(fileOf(*place, reference.arguments[1]));
  }
  // A template that is too large for a request is left beside the artifact and named by its address.
  Json large = Json::object({{"File", path},
                             {"Bucket", template_file["Bucket"]},
                             {"Key", template_file.stringAt("Key") + "." + input.action_id + ".template"}});
  return Json::object({{"Files", std::move(files)}, {"Large", std::move(large)}});
}

Outcome<Json> stackRequest(const ActionInput& input, const Json& answer) {
  const Json& files = answer["Files"];
  Json request = Json::object({{"StackName", input.configuration["StackName"]}});
  if (answer["LargeUrl"].isString()) {
    request.set("TemplateURL", answer["LargeUrl"]);
  } else {
    request.set("TemplateBody", files[input.configuration.stringAt(kTemplate)]);
  }
  Json parameters = Json::object();
  if (const std::string name = input.configuration.stringAt(kConfigurationFile); !name.empty()) {
    TRY_ASSIGN(const Json document, parseJsonFile(name, files.stringAt(name)));
    if (document["Parameters"].isObject()) parameters = document["Parameters"];
    setList(request, "Tags", document["Tags"], "Key", "Value");
    // Change sets have no stack policy.
    if (document["StackPolicy"].isObject() && input.configuration.stringAt("ActionMode") != "CHANGE_SET_REPLACE") {
      request.set("StackPolicyBody", document["StackPolicy"].write());
    }
  }
  TRY_ASSIGN(const Json overrides, parseOverrides(input));
  for (const auto& [name, value] : overrides.asObject()) {
    TRY_ASSIGN(std::string text, resolve(input, value, files));
    parameters.set(name, std::move(text));
  }
  setList(request, "Parameters", parameters, "ParameterKey", "ParameterValue");
  const Json given = capabilities(input.configuration.stringAt("Capabilities"));
  if (!given.empty()) request.set("Capabilities", given);
  return request;
}

}  // namespace thimble::services::codepipeline
