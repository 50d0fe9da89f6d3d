// The end of a blob, for those that nothing else can share: blobs are named by their content, so whoever removes one
// has put something into it that no other has.
#pragma once

#include <string>

#include "store/blob_store.h"

namespace thimble::store {

/// One that is gone already is fine.
void removeBlob(const BlobStore& blobs, const std::string& name);

}  // namespace thimble::store
