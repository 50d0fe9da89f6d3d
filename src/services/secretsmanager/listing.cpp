// ListSecrets, ListSecretVersionIds.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
#include <algorithm>

#include "base/encoding.h"
#include "services/secretsmanager/secrets.h"
#include "services/secretsmanager/service.h"
#include "services/secretsmanager/shown.h"

namespace thimble::services::secretsmanager {
namespace {

using namespace shapes::secretsmanager;  // NOLINT: the operations of this file

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// Whether one value of a filter is in the secret: a prefix, "!" before it for the opposite.
bool hasValue(const rows::Secret& secret, const std::string& key, std::string value) {
  const bool negated = value.starts_with("!");
  if (negated) value.erase(0, 1);
  const auto begins = [&](const std::string& text) { return lower(text).starts_with(lower(value)); };
  const auto anyTag = [&](auto part) {
    return std::any_of(secret.tags().begin(), secret.tags().end(),
                       [&](const rows::Tag& tag) { return (tag.*part)().starts_with(value); });
  };
  bool found = false;
  if (key == "name" || key == "all") found = found || begins(secret.name());
  if (key == "description" || key == "all") found = found || begins(secret.description());
  if (key == "tag-key" || key == "all") found = found || anyTag(&rows::Tag::key);
  if (key == "tag-value" || key == "all") found = found || anyTag(&rows::Tag::value);
  return found != negated;
}

base::Result<bool> passes(const rows::Secret& secret, const std::optional<std::vector<Filter>>& filters) {
  for (const Filter& filter : filters.value_or(std::vector<Filter>())) {
    const std::string key = filter.Key_.value_or("");
    if (key == "primary-region" || key == "owning-service") {
      return base::ApiError{"NotImplemented", "Thimble does not implement the filter " + key + " of secrets yet.", 501};
    }
    const auto values = filter.Values_.value_or(std::vector<std::string>());
    if (std::none_of(values.begin(), values.end(),
                     [&](const std::string& value) { return hasValue(secret, key, value); })) {
      return false;
    }
  }
  return true;
}

base::Result<ListSecrets::Output> list(dispatch::SealedContext& context, const ListSecrets::Input& input) {
  const std::int64_t most = input.MaxResults_.value_or(100);
  std::string after;
  if (input.NextToken_) {
    const auto token = base::decodeBase64(*input.NextToken_);
    if (!token) return base::ApiError{"InvalidNextTokenException", "The token is not valid.", 400};
    after = *token;
  }
  std::vector<rows::Secret> found;
  for (auto& entry : kSecrets.scan(context.transaction(), {}, context.account(), context.region())) {
    if (isGone(entry.record, context.now())) continue;
    if (entry.record.deleted() != 0 && !input.IncludePlannedDeletion_.value_or(false)) continue;
    TRY_ASSIGN(const bool wanted, passes(entry.record, input.Filters_));
    if (wanted) found.push_back(std::move(entry.record));
  }
  // In order of creation, newest first unless asked otherwise; the name decides between equals.
  const bool ascending = input.SortOrder_.value_or("desc") == "asc";
  const auto order = [&](const rows::Secret& secret) {
    const std::string time = std::to_string(ascending ? secret.created() : 9'999'999'999'999 - secret.created());
    return time + "/" + secret.name();
  };
  std::sort(found.begin(), found.end(),
            [&](const rows::Secret& a, const rows::Secret& b) { return order(a) < order(b); });
  ListSecrets::Output output;
  output.SecretList_.emplace();
  std::string last;
  for (const rows::Secret& secret : found) {
    if (order(secret) <= after) continue;
    if (output.SecretList_->size() == static_cast<std::size_t>(most)) {
      output.NextToken_ = base::encodeBase64(last);
      break;
    }
    last = order(secret);
    SecretListEntry& entry = output.SecretList_->emplace_back();
    showSecret(entry, secret);
    entry.SecretVersionsToStages_ = stagesOf(secret);
  }
  return output;
}

base::Result<ListSecretVersionIds::Output> listVersions(dispatch::SealedContext& context,
                                                        const ListSecretVersionIds::Input& input) {
  TRY_ASSIGN(const rows::Secret secret, findSecret(context, input.SecretId_, "secretsmanager:ListSecretVersionIds"));
  ListSecretVersionIds::Output output;
  output.ARN_ = secret.arn();
  output.Name_ = secret.name();
  output.Versions_.emplace();
  for (const rows::Version& version : secret.versions()) {
    if (version.stages().empty() && !input.IncludeDeprecated_.value_or(false)) continue;
    SecretVersionsListEntry& entry = output.Versions_->emplace_back();
    entry.VersionId_ = version.id();
    entry.CreatedDate_ = base::Timestamp{version.created()};
    if (version.accessed() != 0) entry.LastAccessedDate_ = base::Timestamp{version.accessed()};
    if (!version.stages().empty()) {
      entry.VersionStages_ = std::vector<std::string>(version.stages().begin(), version.stages().end());
    }
  }
  return output;
}

}  // namespace

void registerListing(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<ListSecrets>(registry, sealer, list);
  dispatch::addSealed<ListSecretVersionIds>(registry, sealer, listVersions);
}

}  // namespace thimble::services::secretsmanager
