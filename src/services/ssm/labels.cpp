// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html,
// API_UnlabelParameterVersion.html
#include <algorithm>

#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

constexpr int kMaxLabels = 10;

bool isValid(const std::string& label) {
  std::string lower = label.substr(0, 3);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return !label.empty() && (label[0] < '0' || label[0] > '9') && lower != "aws" && lower != "ssm" &&
         std::all_of(label.begin(), label.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_'; });
}

rows::VersionRecord* findVersion(rows::ParameterRecord& record, std::int64_t wanted) {
  auto& versions = *record.mutable_versions();
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const rows::VersionRecord& each) { return each.version() == wanted; });
  return found == versions.end() ? nullptr : &*found;
}

base::ApiError versionNotFound(const rows::ParameterRecord& record, std::int64_t version) {
  return {"ParameterVersionNotFound",
          "Systems Manager could not find version " + std::to_string(version) + " of " + record.name() +
              ". Verify the version and try again.",
          400};
}

bool drop(rows::VersionRecord& version, const std::string& label) {
  auto& labels = *version.mutable_labels();
  const auto end = std::remove(labels.begin(), labels.end(), label);
  const bool had = end != labels.end();
  labels.erase(end, labels.end());
  return had;
}

base::Result<shape::LabelParameterVersionResult> label(dispatch::SealedContext& context,
                                                       const shape::LabelParameterVersionRequest& input) {
  auto record = findParameter(context, input.Name_);
  if (!record) return parameterNotFound();
  const std::int64_t wanted = input.ParameterVersion_.value_or(record->versions(record->versions_size() - 1).version());
  if (findVersion(*record, wanted) == nullptr) return versionNotFound(*record, wanted);
  shape::LabelParameterVersionResult output;
  output.ParameterVersion_ = wanted;
  output.InvalidLabels_.emplace();
  for (const std::string& each : input.Labels_) {
    if (!isValid(each)) {
      output.InvalidLabels_->push_back(each);
      continue;
    }
    for (rows::VersionRecord& version : *record->mutable_versions()) drop(version, each);
    findVersion(*record, wanted)->add_labels(each);
  }
  if (findVersion(*record, wanted)->labels_size() > kMaxLabels) {
    return base::ApiError{"ParameterVersionLabelLimitExceeded",
                          "An error occurred (ParameterVersionLabelLimitExceeded) when calling the "
                          "LabelParameterVersion operation: A parameter version can have maximum 10 labels. Move one "
                          "or more labels to another version and try again.",
                          400};
  }
  kParameters.put(context.transaction(), *record, context.account(), context.region(), record->name());
  emitChange(context, "LabelParameterVersion", *record);
  return output;
}

base::Result<shape::UnlabelParameterVersionResult> unlabel(dispatch::SealedContext& context,
                                                           const shape::UnlabelParameterVersionRequest& input) {
  auto record = findParameter(context, input.Name_);
  if (!record) return parameterNotFound();
  rows::VersionRecord* version = findVersion(*record, input.ParameterVersion_);
  if (version == nullptr) return versionNotFound(*record, input.ParameterVersion_);
  shape::UnlabelParameterVersionResult output;
  output.RemovedLabels_.emplace();
  output.InvalidLabels_.emplace();
  for (const std::string& each : input.Labels_) {
    (drop(*version, each) ? output.RemovedLabels_ : output.InvalidLabels_)->push_back(each);
  }
  kParameters.put(context.transaction(), *record, context.account(), context.region(), record->name());
  return output;
}

}  // namespace

void registerLabels(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<shape::LabelParameterVersion>(registry, sealer, label);
  dispatch::addSealed<shape::UnlabelParameterVersion>(registry, sealer, unlabel);
}

}  // namespace thimble::services::ssm
