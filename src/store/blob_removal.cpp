#include "store/blob_removal.h"

#include <filesystem>

namespace thimble::store {

void removeBlob(const BlobStore& blobs, const std::string& name) {
  std::filesystem::remove(blobs.path(name));
}

}  // namespace thimble::store
