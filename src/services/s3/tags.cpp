#include "services/s3/tags.h"

#include <set>

#include "base/encoding.h"
#include "services/s3/errors.h"

namespace thimble::services::s3 {

using base::Json;
using base::Result;
namespace api = shapes::s3;

namespace {

base::ApiError invalidTag(const std::string& message, const std::string& key) {
  return {"InvalidTag", message, 400, Json::object({{"TagKey", key}})};
}

Result<void> check(const std::vector<api::Tag>& tags, std::size_t max, const char* too_many) {
  if (tags.size() > max) return base::ApiError{"BadRequest", too_many, 400};
  std::set<std::string> keys;
  for (const api::Tag& tag : tags) {
    if (!keys.insert(tag.Key_).second) return invalidTag("Cannot provide multiple Tags with the same key", tag.Key_);
    if (tag.Key_.starts_with("aws:")) return invalidTag("System tags cannot be added/updated by requester", tag.Key_);
    if (tag.Key_.empty() || tag.Key_.size() > 128 * 4) {
      return invalidTag("The TagKey you have provided is invalid", tag.Key_);
    }
    if (tag.Value_.size() > 256 * 4) return invalidTag("The TagValue you have provided is invalid", tag.Key_);
  }
  return {};
}

}  // namespace

Result<Json> checkedBucketTags(const std::vector<api::Tag>& tags) {
  TRY(check(tags, 50, "Bucket tag count cannot be greater than 50"));
  Json set = Json::array();
  for (const api::Tag& tag : tags) set.push(Json::object({{"Key", tag.Key_}, {"Value", tag.Value_}}));
  return Json::object({{"TagSet", std::move(set)}});
}

Result<ObjectTags> checkedObjectTags(const std::vector<api::Tag>& tags) {
  TRY(check(tags, 10, "Object tags cannot be greater than 10"));
  ObjectTags result;
  for (const api::Tag& tag : tags) {
    proto::Tag* row = result.Add();
    row->set_key(tag.Key_);
    row->set_value(tag.Value_);
  }
  return result;
}

Result<ObjectTags> parseTaggingHeader(const std::string& header) {
  std::vector<api::Tag> tags;
  std::string_view rest = header;
  auto decoded = [](std::string_view text) { return base::decodePercent(text, true).value_or(std::string(text)); };
  while (!rest.empty()) {
    std::size_t end = rest.find('&');
    std::string_view pair = rest.substr(0, end);
    std::size_t equals = pair.find('=');
    api::Tag tag;
    tag.Key_ = decoded(pair.substr(0, equals));
    if (equals != std::string_view::npos) tag.Value_ = decoded(pair.substr(equals + 1));
    if (tag.Key_.empty() || tags.size() > 10) {
      return invalidArgument(
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
          "without tag name duplicates.",
          "x-amz-tagging", header);
    }
    for (const api::Tag& other : tags) {
      if (other.Key_ == tag.Key_) {
        return invalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
            "parameters without tag name duplicates.",
            "x-amz-tagging", header);
      }
    }
    tags.push_back(std::move(tag));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return checkedObjectTags(tags);
}

}  // namespace thimble::services::s3
