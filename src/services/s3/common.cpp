#include "services/s3/common.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/s3/errors.h"

namespace thimble::services::s3 {

using base::Json;
using base::Result;
using proto::Bucket;
using proto::ObjectVersion;
using store::Transaction;

Result<Bucket> requireBucket(Transaction& transaction, const std::string& name,
                             const std::optional<std::string>& expected_owner) {
  if (expected_owner) {
    bool account = expected_owner->size() == 12 && std::all_of(expected_owner->begin(), expected_owner->end(),
                                                               [](char c) { return c >= '0' && c <= '9'; });
    if (!account) {
      return base::ApiError{
          "InvalidBucketOwnerAWSAccountID",
          "The value of the expected bucket owner parameter must be an AWS Account ID... [" + *expected_owner + "]",
          400};
    }
  }
  auto bucket = kBuckets.get(transaction, name);
  if (!bucket) return noSuchBucket(name);
  if (expected_owner && *expected_owner != bucket->account()) return accessDenied();
  return std::move(*bucket);
}

Json configuration(const Bucket& bucket, const std::string& name) {
  auto found = bucket.configurations().find(name);
  if (found == bucket.configurations().end()) return nullptr;
  auto parsed = Json::parse(found->second);
  return parsed.ok() ? std::move(parsed).value() : Json();
}

std::string canonicalUser(const std::string& account) {
  return base::encodeHex(base::sha256("canonical:" + account));
}

std::string randomId(platform::Random& random, std::size_t length) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
  std::string id = random.bytes(length);
  for (char& c : id) c = kAlphabet[static_cast<unsigned char>(c) & 63];
  return id;
}

std::string newVersionId(const Bucket& bucket, platform::Random& random) {
  return bucket.versioning() == "Enabled" ? randomId(random, 32) : "null";
}

std::optional<std::string> shownVersionId(const Bucket& bucket, const ObjectVersion& version) {
  if (bucket.versioning().empty()) return std::nullopt;
  return version.version_id();
}

std::optional<std::string> writtenVersionId(const Bucket& bucket, const ObjectVersion& version) {
  if (version.version_id() == "null") return std::nullopt;
  return shownVersionId(bucket, version);
}

std::string encodeListed(const std::string& text, const std::optional<std::string>& encoding_type) {
  if (encoding_type != "url") return text;
  std::string encoded = base::encodePercent(text, true);
  std::string result;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded.compare(i, 3, "%20") == 0) {
      result += '+';
      i += 2;
    } else {
      result += encoded[i];
    }
  }
  return result;
}

base::Timestamp shownTime(std::int64_t milliseconds) {
  return {milliseconds / 1000 * 1000};
}

Result<CopySource> parseCopySource(const std::string& text) {
  CopySource source;
  std::string_view rest = text;
  if (std::size_t mark = rest.find("?versionId="); mark != std::string_view::npos) {
    source.version_id = std::string(rest.substr(mark + 11));
    rest = rest.substr(0, mark);
  }
  std::string path = base::decodePercent(rest, true).value_or(std::string(rest));
  if (!path.empty() && path[0] == '/') path.erase(0, 1);
  std::size_t slash = path.find('/');
  if (slash == std::string::npos || slash + 1 >= path.size()) {
    return invalidArgument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source");
  }
  source.bucket = path.substr(0, slash);
  source.key = path.substr(slash + 1);
  return source;
}

Result<ObjectVersion> requireObject(Transaction& transaction, const Bucket& bucket, const std::string& key,
                                    const std::optional<std::string>& version_id, const std::string& method) {
  if (!version_id) {
    if (auto current = kCurrent.get(transaction, bucket.name(), key)) return std::move(*current);
    base::ApiError error = noSuchKey(key);
    return error;
  }
  if (version_id->empty() || (*version_id != "null" && version_id->size() != 32)) {
    return invalidArgument(
        version_id->empty() ? "Version id cannot be the empty string" : "Invalid version id specified", "versionId",
        *version_id);
  }
  auto version = findVersion(transaction, bucket.name(), key, *version_id);
  if (!version) return noSuchVersion(key, *version_id);
  if (version->delete_marker()) return methodNotAllowedOnMarker(method);
  return std::move(*version);
}

bool etagMatches(const std::string& list, const std::string& etag) {
  std::string_view rest = list;
  while (true) {
    std::size_t comma = rest.find(',');
    std::string_view item = rest.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (item.substr(0, 2) == "W/") item.remove_prefix(2);
    if (item.size() >= 2 && item.front() == '"' && item.back() == '"') item = item.substr(1, item.size() - 2);
    if (item == "*" || item == etag) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

Result<void> checkConditions(const ReadConditions& conditions, const ObjectVersion& object, base::Timestamp now,
                             const std::string& prefix) {
  const std::int64_t modified = object.modified() / 1000;
  // 1. If-Match decides over If-Unmodified-Since.
  if (conditions.if_match) {
    if (!etagMatches(*conditions.if_match, object.etag())) return preconditionFailed(prefix + "If-Match");
  } else if (conditions.if_unmodified_since && modified > conditions.if_unmodified_since->seconds()) {
    return preconditionFailed(prefix + "If-Unmodified-Since");
  }
  // 2. If-None-Match decides over If-Modified-Since. A copy that fails here is refused, a read is not needed.
  bool copy = !prefix.empty();
  if (conditions.if_none_match) {
    if (etagMatches(*conditions.if_none_match, object.etag())) {
      return copy ? preconditionFailed(prefix + "If-None-Match") : notModified();
    }
  } else if (conditions.if_modified_since && *conditions.if_modified_since <= now &&
             modified <= conditions.if_modified_since->seconds()) {
    // (A date in the future says nothing.)
    return copy ? preconditionFailed(prefix + "If-Modified-Since") : notModified();
  }
  return {};
}

Result<void> checkWriteConditions(Transaction& transaction, const Bucket& bucket, const std::string& key,
                                  const std::optional<std::string>& if_match,
                                  const std::optional<std::string>& if_none_match) {
  if (if_match && if_none_match) {
    return notImplementedHeader("If-Match,If-None-Match",
                                "Multiple conditional request headers present in the request");
  }
  if (if_none_match) {
    if (*if_none_match != "*") {
      return notImplementedHeader("If-None-Match",
                                  "We don't accept the provided value of If-None-Match header for this API");
    }
    if (kCurrent.has(transaction, bucket.name(), key)) return preconditionFailed("If-None-Match");
  }
  if (if_match) {
    if (*if_match == "*") {
      return notImplementedHeader("If-Match", "We don't accept the provided value of If-Match header for this API");
    }
    auto current = kCurrent.get(transaction, bucket.name(), key);
    if (!current) return noSuchKey(key);
    if (!etagMatches(*if_match, current->etag())) return preconditionFailed("If-Match");
  }
  return {};
}

}  // namespace thimble::services::s3
