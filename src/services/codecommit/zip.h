// The files of a tree as a zip archive.
#pragma once

#include <cstdint>

#include "services/codecommit/git/repository.h"
#include "store/blob_store.h"

namespace thimble::services::codecommit {

/// Writes the tree's files to `out`, with their modes and symbolic links, all dated `seconds` after the epoch.
void writeZip(const git::Repository& repository, git_tree* tree, std::int64_t seconds, store::BlobStore::Staging& out);

}  // namespace thimble::services::codecommit
