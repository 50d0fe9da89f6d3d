// ListObjects and ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
#include "base/encoding.h"
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/listing.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {

std::string keyOfRow(const std::string& row_key) {
  store::KeyReader reader(row_key);
  reader.text();  // The table.
  reader.text();  // The bucket.
  return reader.text().value_or("");
}

std::optional<std::string> commonPrefix(const std::string& key, const std::string& prefix,
                                        const std::string& delimiter) {
  if (delimiter.empty()) return std::nullopt;
  const std::size_t at = key.find(delimiter, prefix.size());
  if (at == std::string::npos) return std::nullopt;
  return key.substr(0, at + delimiter.size());
}

namespace {

using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

struct Query {
  std::string bucket;
  std::string prefix;
  std::string delimiter;
  std::string after;  ///< Keys and common prefixes up to this one are left out.
  std::int64_t max = 1000;
  std::optional<std::string> encoding;
  bool with_owner = false;
  std::string owner;
};

struct Page {
  std::vector<api::Object> contents;
  std::vector<api::CommonPrefix> prefixes;
  bool truncated = false;
  std::string last;  ///< Key or common prefix of the last entry.
};

api::Object shown(const proto::ObjectVersion& object, const Query& query) {
  api::Object result;
  result.Key_ = encodeListed(object.key(), query.encoding);
  result.LastModified_ = shownTime(object.modified());
  result.ETag_ = "\"" + object.etag() + "\"";
  result.Size_ = static_cast<std::int64_t>(object.size());
  result.StorageClass_ = object.storage_class();
  if (!object.checksum().empty()) {
    result.ChecksumAlgorithm_ = std::vector<std::string>{object.checksum_algorithm()};
    result.ChecksumType_ = object.checksum_type();
  }
  if (query.with_owner) {
    result.Owner_.emplace();
    result.Owner_->ID_ = query.owner;
  }
  return result;
}

Page list(Context& context, const Query& query) {
  Page page;
  if (query.max == 0) return page;
  std::string from;
  if (!query.after.empty()) {
    // Within a common prefix that was listed already, everything behind it is done.
    auto rolled =
        query.after.starts_with(query.prefix) ? commonPrefix(query.after, query.prefix, query.delimiter) : std::nullopt;
    from = rolled && *rolled == query.after
               ? store::prefixEnd(kCurrent.key(query.bucket).addTextPrefix(query.after).bytes())
               : kCurrent.key(query.bucket, query.after).bytes() + std::string(1, '\0');
  }
  std::int64_t count = 0;
  walkKeys<proto::ObjectVersion>(
      kCurrent, context.transaction(), query.bucket, query.prefix, query.delimiter, from,
      [&](const proto::ObjectVersion& object, const std::string& key, const std::optional<std::string>& rolled) {
        if (rolled && *rolled <= query.after) return true;
        if (count == query.max) {
          page.truncated = true;
          return false;
        }
        ++count;
        page.last = rolled ? *rolled : key;
        if (rolled) {
          api::CommonPrefix common;
          common.Prefix_ = encodeListed(*rolled, query.encoding);
          page.prefixes.push_back(std::move(common));
        } else {
          page.contents.push_back(shown(object, query));
        }
        return true;
      });
  return page;
}

template <class Input>
Result<Query> queryOf(Context& context, const Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  Query query;
  query.bucket = bucket.name();
  query.owner = canonicalUser(bucket.account());
  query.prefix = input.Prefix_.value_or("");
  query.delimiter = input.Delimiter_.value_or("");
  query.encoding = input.EncodingType_;
  if (query.encoding && *query.encoding != "url") {
    return invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", *query.encoding);
  }
  query.max = input.MaxKeys_.value_or(1000);
  if (query.max < 0) {
    return invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys",
                           std::to_string(query.max));
  }
  return query;
}

template <class Output>
void fill(Output& output, Page page, const Query& query) {
  output.Name_ = query.bucket;
  output.Prefix_ = encodeListed(query.prefix, query.encoding);
  if (!query.delimiter.empty()) output.Delimiter_ = encodeListed(query.delimiter, query.encoding);
  output.MaxKeys_ = query.max;
  output.EncodingType_ = query.encoding;
  output.IsTruncated_ = page.truncated;
  if (!page.contents.empty()) output.Contents_ = std::move(page.contents);
  if (!page.prefixes.empty()) output.CommonPrefixes_ = std::move(page.prefixes);
}

Result<api::ListObjects::Output> listObjects(Context& context, const api::ListObjects::Input& input) {
  TRY_ASSIGN(Query query, queryOf(context, input));
  query.after = input.Marker_.value_or("");
  query.with_owner = true;
  const std::int64_t asked = query.max;
  query.max = std::min<std::int64_t>(query.max, 1000);
  Page page = list(context, query);
  api::ListObjects::Output output;
  output.Marker_ = encodeListed(query.after, query.encoding);
  // NextMarker comes only with a delimiter; else the last key is the marker.
  if (page.truncated && !query.delimiter.empty()) output.NextMarker_ = encodeListed(page.last, query.encoding);
  fill(output, std::move(page), query);
  output.MaxKeys_ = std::min<std::int64_t>(asked, 1000);
  return output;
}

Result<api::ListObjectsV2::Output> listObjectsV2(Context& context, const api::ListObjectsV2::Input& input) {
  TRY_ASSIGN(Query query, queryOf(context, input));
  query.after = input.StartAfter_.value_or("");
  query.with_owner = input.FetchOwner_.value_or(false);
  if (input.ContinuationToken_) {
    auto decoded = base::decodeBase64(*input.ContinuationToken_);
    if (input.ContinuationToken_->empty() || !decoded || !decoded->starts_with("after:")) {
      return invalidArgument("The continuation token provided is incorrect", "continuation-token",
                             *input.ContinuationToken_);
    }
    query.after = decoded->substr(6);
  }
  query.max = std::min<std::int64_t>(query.max, 1000);
  Page page = list(context, query);
  api::ListObjectsV2::Output output;
  output.KeyCount_ = static_cast<std::int64_t>(page.contents.size() + page.prefixes.size());
  if (page.truncated) output.NextContinuationToken_ = base::encodeBase64("after:" + page.last);
  output.ContinuationToken_ = input.ContinuationToken_;
  if (input.StartAfter_ && !input.StartAfter_->empty()) {
    output.StartAfter_ = encodeListed(*input.StartAfter_, query.encoding);
  }
  fill(output, std::move(page), query);
  return output;
}

}  // namespace

void registerLists(dispatch::Registry& registry) {
  registry.add<api::ListObjects>(listObjects);
  registry.add<api::ListObjectsV2>(listObjectsV2);
}

}  // namespace thimble::services::s3
