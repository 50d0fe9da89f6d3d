// Where code and definitions lie.
#include <optional>

#include "base/encoding.h"
#include "lang/sam/fault.h"
#include "lang/sam/macros.h"

namespace thimble::lang::sam {
namespace {

constexpr const char* kNotAnS3Uri =
    "' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.";

/// The one value of versionId in a query; nothing when there is none or several.
std::optional<std::string> versionId(std::string_view query) {
  std::optional<std::string> version;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (!pair.starts_with("versionId=") || pair.size() == 10) continue;
    if (version) return std::nullopt;
    version = base::decodePercent(pair.substr(10), true).value_or(std::string(pair.substr(10)));
  }
  return version;
}

bool looksLikeDynamicPath(const std::string& text) {
  for (const char* service : {"{{resolve:ssm:", "{{resolve:ssm-secure:", "{{resolve:secretsmanager:"}) {
    const std::size_t at = text.find(service);
    if (at == std::string::npos) continue;
    const std::size_t end = text.find("}}", at);
    if (end != std::string::npos && text.substr(at, end - at).find('/') != std::string::npos) return true;
  }
  return false;
}

void requireBucketAndKey(const Value& location, const std::string& logical_id, const std::string& property) {
  if (!location["Bucket"].truthy() || !location["Key"].truthy()) {
    failResource(logical_id, "'" + property + "' requires Bucket and Key properties to be specified.");
  }
}

}  // namespace

Value parseS3Uri(const Value& uri) {
  if (!uri.isText() || !uri.str().starts_with("s3://")) return {};
  std::string_view rest = std::string_view(uri.str()).substr(5);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t question = rest.find('?');
  const std::string_view query = question == std::string_view::npos ? "" : rest.substr(question + 1);
  rest = rest.substr(0, question);
  const std::size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos) return {};
  std::string_view key = rest.substr(slash);
  while (key.starts_with("/")) key.remove_prefix(1);
  const bool marked = uri.asText().marked;
  Value location = Value::map();
  location.set("Bucket", Text(std::string(rest.substr(0, slash)), marked));
  location.set("Key", Text(std::string(key), marked));
  if (const auto version = versionId(query)) location.set("Version", Text(*version, marked));
  return location;
}

Value s3Location(const Value& uri, const std::string& logical_id, const std::string& property) {
  Value location = uri;
  if (uri.isMap()) {
    requireBucketAndKey(uri, logical_id, property);
  } else {
    location = parseS3Uri(uri);
    if (location.isNull()) failResource(logical_id, "'" + property + kNotAnS3Uri);
  }
  Value made = Value::hashedMap({{"Bucket", location["Bucket"]}, {"Key", location["Key"]}});
  if (location.has("Version")) made.set("Version", location["Version"]);
  return made;
}

Value codeLocation(const Value& uri, const std::string& logical_id, const std::string& property) {
  Value location = uri;
  if (uri.isMap()) {
    requireBucketAndKey(uri, logical_id, property);
  } else if (uri.isText()) {
    if (looksLikeDynamicPath(uri.str())) {
      failResource(logical_id, "Unsupported dynamic reference detected in '" + property +
                                   "'. Please consider using alternative 'FunctionCode' object format.");
    }
    location = parseS3Uri(uri);
    if (location.isNull()) failResource(logical_id, "'" + property + kNotAnS3Uri);
  } else {
    failResource(logical_id, "'" + property + "' must be of type dict or string.");
  }
  Value code = Value::map({{"S3Bucket", location["Bucket"]}, {"S3Key", location["Key"]}});
  if (location.has("Version")) code.set("S3ObjectVersion", location["Version"]);
  return code;
}

Value tagsWithMark(const Macro& macro, const Value& tags, const Value& additional) {
  for (const char* reserved : {"lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"}) {
    if (tags.has(reserved)) {
      failResource(macro.logical_id.text, std::string(reserved) +
                                              " is a reserved Tag key name and cannot be set on your resource. "
                                              "Please change the tag key in the input.");
    }
  }
  Value list = tagList(Value::map({{"lambda:createdBy", "SAM"}}));
  for (const Value& source : {additional, tags}) {
    for (const Value& tag : tagList(source).items()) list.push(tag);
  }
  return list;
}

}  // namespace thimble::lang::sam
