// What the requests that make objects have in common: PutObject, CopyObject, CreateMultipartUpload.
#pragma once

#include <string>

#include "base/result.h"
#include "services/s3/acl.h"
#include "services/s3/common.h"
#include "services/s3/encryption.h"
#include "services/s3/errors.h"
#include "services/s3/object_lock.h"
#include "services/s3/tags.h"

namespace thimble::services::s3 {

/// The longest key, in bytes.
inline constexpr std::size_t kMaxKeyBytes = 1024;

base::Result<void> checkKey(const std::string& key);
base::Result<void> checkStorageClass(const std::string& storage_class);
base::Result<void> checkRedirect(const std::optional<std::string>& location);
base::Result<void> checkMetadata(const std::map<std::string, std::string>& metadata);

/// Headers that are kept with an object, by model member.
template <class Input>
void takeHeaders(const Input& input, proto::ObjectVersion& object) {
  auto& headers = *object.mutable_headers();
  auto take = [&](const char* name, const std::optional<std::string>& value) {
    if (value) headers[name] = *value;
  };
  take("CacheControl", input.CacheControl_);
  take("ContentDisposition", input.ContentDisposition_);
  take("ContentEncoding", input.ContentEncoding_);
  take("ContentLanguage", input.ContentLanguage_);
  take("ContentType", input.ContentType_);
  take("Expires", input.Expires_);
  take("WebsiteRedirectLocation", input.WebsiteRedirectLocation_);
}

template <class Input>
base::Result<void> takeMetadata(const Input& input, proto::ObjectVersion& object) {
  if (!input.Metadata_) return {};
  TRY(checkMetadata(*input.Metadata_));
  for (const auto& [name, value] : *input.Metadata_) (*object.mutable_metadata())[name] = value;
  return {};
}

/// Everything of an object but its bytes and time.
template <class Input>
base::Result<proto::ObjectVersion> describeObject(const Input& input, const proto::Bucket& bucket, const WriteKey& key,
                                                  base::Timestamp now) {
  proto::ObjectVersion object;
  TRY(checkKey(input.Key_));
  object.set_key(input.Key_);
  object.set_storage_class(input.StorageClass_.value_or("STANDARD"));
  TRY(checkStorageClass(object.storage_class()));
  key.describe(object);
  TRY(checkRedirect(input.WebsiteRedirectLocation_));
  takeHeaders(input, object);
  TRY(takeMetadata(input, object));
  if (input.Tagging_) {
    TRY_ASSIGN(*object.mutable_tags(), parseTaggingHeader(*input.Tagging_));
  }
  TRY_ASSIGN(base::Json acl, requestedAcl(input, bucket.account()));
  if (!acl.isNull()) {
    TRY(checkAclAllowed(bucket, acl));
    object.set_acl(acl.write());
  }
  TRY(applyLock({input.ObjectLockMode_, input.ObjectLockRetainUntilDate_, input.ObjectLockLegalHoldStatus_}, bucket,
                now, object));
  return object;
}

}  // namespace thimble::services::s3
