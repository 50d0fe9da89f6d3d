#include "services/s3/tags.h"

#include <algorithm>
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

// Letters of any script, digits, blanks and + - = . _ : / @
bool allowedInTag(const std::string& text) {
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && static_cast<unsigned char>(c) < 0x80 &&
        std::string_view(" +-=._:/@").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

/// In characters.
std::size_t lengthOf(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Result<void> check(const std::vector<api::Tag>& tags, std::size_t max, const char* too_many, const char* system_tag) {
  if (tags.size() > max) return base::ApiError{"BadRequest", too_many, 400};
  std::set<std::string> keys;
  for (const api::Tag& tag : tags) {
    if (!keys.insert(tag.Key_).second) return invalidTag("Cannot provide multiple Tags with the same key", tag.Key_);
    if (tag.Key_.starts_with("aws:")) return invalidTag(system_tag, tag.Key_);
    if (tag.Key_.empty() || lengthOf(tag.Key_) > 128 || !allowedInTag(tag.Key_)) {
      return invalidTag("The TagKey you have provided is invalid", tag.Key_);
    }
    if (lengthOf(tag.Value_) > 256 || !allowedInTag(tag.Value_)) {
      base::ApiError error = invalidTag("The TagValue you have provided is invalid", tag.Key_);
      error.details.set("TagValue", tag.Value_);
      return error;
    }
  }
  return {};
}

}  // namespace

Result<Json> checkedBucketTags(const std::vector<api::Tag>& tags) {
  TRY(check(tags, 50, "Bucket tag count cannot be greater than 50",
            "System tags cannot be added/updated by requester"));
  Json set = Json::array();
  for (const api::Tag& tag : tags) set.push(Json::object({{"Key", tag.Key_}, {"Value", tag.Value_}}));
  return Json::object({{"TagSet", std::move(set)}});
}

Result<ObjectTags> checkedObjectTags(const std::vector<api::Tag>& tags) {
  TRY(check(tags, 10, "Object tags cannot be greater than 10", "Your TagKey cannot be prefixed with aws:"));
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
    bool wrong = tag.Key_.empty() || tags.size() > 10 || !allowedInTag(tag.Key_) || !allowedInTag(tag.Value_);
    for (const api::Tag& other : tags) wrong = wrong || other.Key_ == tag.Key_;
    if (wrong) {
      return invalidArgument(
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
          "duplicates.",
          "x-amz-tagging", header);
    }
    tags.push_back(std::move(tag));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return checkedObjectTags(tags);
}

}  // namespace thimble::services::s3
