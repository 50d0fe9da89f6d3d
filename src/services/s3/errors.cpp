#include "services/s3/errors.h"

namespace thimble::services::s3 {

using base::ApiError;
using base::Json;

ApiError noSuchBucket(const std::string& bucket) {
  return {"NoSuchBucket", "The specified bucket does not exist", 404, Json::object({{"BucketName", bucket}})};
}

ApiError noSuchKey(const std::string& key) {
  return {"NoSuchKey", "The specified key does not exist.", 404, Json::object({{"Key", key}})};
}

ApiError noSuchVersion(const std::string& key, const std::string& version_id) {
  return {"NoSuchVersion", "The specified version does not exist.", 404,
          Json::object({{"Key", key}, {"VersionId", version_id}})};
}

ApiError noSuchUpload(const std::string& upload_id) {
  return {"NoSuchUpload",
          "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
          "completed.",
          404, Json::object({{"UploadId", upload_id}})};
}

ApiError noSuchConfiguration(const std::string& code, const std::string& message, const std::string& bucket) {
  return {code, message, 404, Json::object({{"BucketName", bucket}})};
}

ApiError bucketAlreadyOwnedByYou(const std::string& bucket) {
  return {"BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.", 409,
          Json::object({{"BucketName", bucket}})};
}

ApiError bucketAlreadyExists(const std::string& bucket) {
  return {"BucketAlreadyExists",
          "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
          "Please select a different name and try again.",
          409, Json::object({{"BucketName", bucket}})};
}

ApiError bucketNotEmpty(const std::string& bucket, bool versioned) {
  return {"BucketNotEmpty",
          std::string("The bucket you tried to delete is not empty") +
              (versioned ? ". You must delete all versions in the bucket." : ""),
          409, Json::object({{"BucketName", bucket}})};
}

ApiError invalidBucketName(const std::string& bucket) {
  return {"InvalidBucketName", "The specified bucket is not valid.", 400, Json::object({{"BucketName", bucket}})};
}

ApiError invalidArgument(const std::string& message, const std::string& name, const std::string& value) {
  return {"InvalidArgument", message, 400, Json::object({{"ArgumentName", name}, {"ArgumentValue", value}})};
}

ApiError invalidRequest(const std::string& message) {
  return {"InvalidRequest", message, 400};
}

ApiError preconditionFailed(const std::string& condition) {
  return {"PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412,
          Json::object({{"Condition", condition}})};
}

ApiError notModified() {
  return {"NotModified", "Not Modified", 304};
}

ApiError methodNotAllowedOnMarker(const std::string& method) {
  return {"MethodNotAllowed", "The specified method is not allowed against this resource.", 405,
          Json::object({{"Method", method}, {"ResourceType", "DeleteMarker"}})};
}

ApiError badDigest(const std::string& message) {
  return {"BadDigest", message, 400};
}

ApiError invalidDigest(const std::string& digest) {
  return {"InvalidDigest", "The Content-MD5 you specified was invalid.", 400, Json::object({{"Content-MD5", digest}})};
}

ApiError invalidRange(const std::string& range, std::uint64_t size) {
  return {"InvalidRange", "The requested range is not satisfiable", 416,
          Json::object({{"ActualObjectSize", std::to_string(size)}, {"RangeRequested", range}})};
}

ApiError malformedXml() {
  return {"MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema",
          400};
}

ApiError malformedPolicy(const std::string& message) {
  return {"MalformedPolicy", message, 400};
}

ApiError accessDenied(const std::string& message) {
  return {"AccessDenied", message, 403};
}

ApiError notImplementedHeader(const std::string& header, const std::string& additional) {
  Json details = Json::object({{"Header", header}});
  if (!additional.empty()) details.set("additionalMessage", additional);
  return {"NotImplemented", "A header you provided implies functionality that is not implemented", 501, details};
}

ApiError notImplemented(const std::string& what) {
  return {"NotImplemented", "Thimble does not implement " + what + ".", 501};
}

}  // namespace thimble::services::s3
