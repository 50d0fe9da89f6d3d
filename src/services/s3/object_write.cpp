#include "services/s3/object_write.h"

namespace thimble::services::s3 {

base::Result<void> checkKey(const std::string& key) {
  if (key.size() <= kMaxKeyBytes) return {};
  return base::ApiError{
      "KeyTooLongError", "Your key is too long", 400,
      base::Json::object({{"MaxSizeAllowed", std::to_string(kMaxKeyBytes)}, {"Size", std::to_string(key.size())}})};
}

base::Result<void> checkStorageClass(const std::string& storage_class) {
  static constexpr std::string_view kClasses[] = {"STANDARD",     "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                                  "ONEZONE_IA",   "INTELLIGENT_TIERING", "GLACIER",
                                                  "DEEP_ARCHIVE", "GLACIER_IR"};
  for (std::string_view known : kClasses) {
    if (known == storage_class) return {};
  }
  return base::ApiError{"InvalidStorageClass", "The storage class you specified is not valid", 400,
                        base::Json::object({{"StorageClassRequested", storage_class}})};
}

base::Result<void> checkRedirect(const std::optional<std::string>& location) {
  if (!location || location->starts_with('/') || location->starts_with("http://") ||
      location->starts_with("https://")) {
    return {};
  }
  return base::ApiError{"InvalidRedirectLocation",
                        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.", 400};
}

base::Result<void> checkMetadata(const std::map<std::string, std::string>& metadata) {
  constexpr std::size_t kMaxBytes = 2048;
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) size += name.size() + value.size();
  if (size <= kMaxBytes) return {};
  return base::ApiError{
      "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", 400,
      base::Json::object({{"Size", std::to_string(size)}, {"MaxSizeAllowed", std::to_string(kMaxBytes)}})};
}

}  // namespace thimble::services::s3
