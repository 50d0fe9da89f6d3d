#include "services/ssm/parameters.h"

#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "dispatch/event_outbox.h"
#include "services/ssm/service.h"

namespace thimble::services::ssm {

namespace shape = shapes::ssm;

namespace {

constexpr const char* kSecureString = "SecureString";

std::string purposeOf(const dispatch::SealedContext& context, const std::string& name, std::int64_t version) {
  return "ssm/" + parameterArn(context, name) + "/" + std::to_string(version);
}

/// The time of a parameter's Expiration policy, if it has one.
std::optional<base::Timestamp> expirationOf(const rows::ParameterRecord& record) {
  const std::string& text = record.versions(record.versions_size() - 1).policies();
  if (text.empty()) return std::nullopt;
  const auto policies = base::Json::parse(text);
  if (!policies.ok() || !policies->isArray()) return std::nullopt;
  for (const base::Json& policy : policies->asArray()) {
    if (policy.stringAt("Type") == "Expiration") return base::parseIso8601(policy["Attributes"].stringAt("Timestamp"));
  }
  return std::nullopt;
}

}  // namespace

base::ApiError parameterNotFound() {
  return {"ParameterNotFound", "", 400};
}

base::ApiError validationException(std::string message) {
  return {"ValidationException", std::move(message), 400};
}

std::optional<rows::ParameterRecord> findParameter(dispatch::SealedContext& context, const std::string& name) {
  std::string plain = name;
  if (const auto arn = base::parseArn(name)) {
    if (arn->account != context.account() || arn->region != context.region()) return std::nullopt;
    // "parameter/a/b" is either "/a/b" or, for a name without a path, "a".
    plain = arn->resource.substr(std::string("parameter").size());
    if (plain.find('/', 1) == std::string::npos && plain.size() > 1 &&
        !kParameters.has(context.transaction(), context.account(), context.region(), plain)) {
      plain = plain.substr(1);
    }
  }
  auto record = kParameters.get(context.transaction(), context.account(), context.region(), plain);
  const auto expiration = record ? expirationOf(*record) : std::nullopt;
  if (expiration && *expiration <= context.now()) return std::nullopt;
  return record;
}

std::string parameterArn(const dispatch::SealedContext& context, const std::string& name) {
  const std::string slash = name.compare(0, 1, "/") == 0 ? "" : "/";
  return "arn:aws:ssm:" + context.region() + ":" + context.account() + ":parameter" + slash + name;
}

void setValue(dispatch::SealedContext& context, const std::string& name, rows::VersionRecord& version,
              const std::string& value) {
  version.clear_value();
  version.clear_sealed();
  if (version.type() == kSecureString) {
    version.set_sealed(context.sealer().seal(value, purposeOf(context, name, version.version())));
  } else {
    version.set_value(value);
  }
}

base::Result<std::string> valueOf(dispatch::SealedContext& context, const rows::ParameterRecord& record,
                                  const rows::VersionRecord& version, bool with_decryption) {
  if (version.type() != kSecureString) return version.value();
  if (!with_decryption) return base::encodeBase64(version.sealed());
  // AWS's own key is everyone's who may use the parameter; another one has to be allowed as well.
  const std::string& key = version.key_id();
  if (key.find("alias/") == std::string::npos) {
    const std::string arn =
        key.starts_with("arn:") ? key : "arn:aws:kms:" + context.region() + ":" + context.account() + ":key/" + key;
    TRY(context.authorise("kms:Decrypt", arn));
  }
  return context.sealer().open(version.sealed(), purposeOf(context, record.name(), version.version()));
}

std::optional<std::vector<shape::ParameterInlinePolicy>> shownPolicies(const rows::VersionRecord& version) {
  const auto policies = base::Json::parse(version.policies());
  if (!policies.ok() || !policies->isArray()) return std::vector<shape::ParameterInlinePolicy>();
  std::vector<shape::ParameterInlinePolicy> out;
  for (const base::Json& policy : policies->asArray()) {
    shape::ParameterInlinePolicy& shown = out.emplace_back();
    shown.PolicyText_ = policy.write();
    shown.PolicyType_ = policy.stringAt("Type");
    shown.PolicyStatus_ = "Pending";
  }
  return out;
}

void emitChange(dispatch::SealedContext& context, const std::string& operation, const rows::ParameterRecord& record) {
  const rows::VersionRecord& version = record.versions(record.versions_size() - 1);
  base::Json detail = base::Json::object({{"operation", operation}, {"name", record.name()}, {"type", version.type()}});
  if (!version.description().empty()) detail.set("description", version.description());
  dispatch::emitEvent(context, {context.account(),
                                context.region(),
                                "aws.ssm",
                                "Parameter Store Change",
                                {parameterArn(context, record.name())},
                                std::move(detail)});
}

base::Result<shape::Parameter> shownParameter(dispatch::SealedContext& context, const rows::ParameterRecord& record,
                                              const rows::VersionRecord& version, bool with_decryption) {
  shape::Parameter out;
  out.Name_ = record.name();
  out.Type_ = version.type();
  TRY_ASSIGN(out.Value_, valueOf(context, record, version, with_decryption));
  out.Version_ = version.version();
  out.LastModifiedDate_ = base::Timestamp{version.modified()};
  out.ARN_ = parameterArn(context, record.name());
  out.DataType_ = version.data_type();
  return out;
}

base::Result<shape::Parameter> selectParameter(dispatch::SealedContext& context, const std::string& selector,
                                               bool with_decryption) {
  if (selector.starts_with("/aws/service/")) {
    return base::ApiError{"NotImplemented", "Thimble has none of AWS's public parameters (" + selector + ").", 501};
  }
  if (auto record = findParameter(context, selector)) {
    return shownParameter(context, *record, record->versions(record->versions_size() - 1), with_decryption);
  }
  const std::size_t colon = selector.rfind(':');
  if (colon == std::string::npos) return parameterNotFound();
  auto record = findParameter(context, selector.substr(0, colon));
  if (!record) return parameterNotFound();
  const std::string wanted = selector.substr(colon + 1);
  const bool is_number = !wanted.empty() && wanted.find_first_not_of("0123456789") == std::string::npos;
  for (const rows::VersionRecord& version : record->versions()) {
    const auto& labels = version.labels();
    if (is_number ? std::to_string(version.version()) != wanted
                  : std::find(labels.begin(), labels.end(), wanted) == labels.end()) {
      continue;
    }
    TRY_ASSIGN(shape::Parameter out, shownParameter(context, *record, version, with_decryption));
    out.Selector_ = ":" + wanted;
    return out;
  }
  return base::ApiError{"ParameterVersionNotFound",
                        "Systems Manager could not find " + std::string(is_number ? "version " : "label ") + wanted +
                            " of " + record->name() + ". Verify the " + (is_number ? "version" : "label") +
                            " and try again.",
                        400};
}

void registerOperations(dispatch::Registry& registry, platform::Sealer& sealer) {
  registerPutParameter(registry, sealer);
  registerGetParameters(registry, sealer);
  registerDeleteParameters(registry, sealer);
  registerDescribeParameters(registry, sealer);
  registerLabels(registry, sealer);
  registerTags(registry, sealer);
}

}  // namespace thimble::services::ssm
