// Operations of our own that actions use as their calls, because they handle bytes: service "thimble.codepipeline".
// Each works as the caller (the action's role), by calls to S3, and may be made again: the effect is the
// same.
//
//   ReadArtifactFiles  {"Files": [{"Artifact", "Bucket", "Key", "Path"}], "Large": {"File", "Bucket", "Key"}}
//                      -> {"Files": {"Artifact::Path": text}}; a Large file of more than 51,200 bytes is put at that
//                      key instead and answered as "LargeUrl".
//   StoreArtifactFile  {"Bucket", "Key", "Path", "Content"}: makes an artifact of one file.
//   ExtractArtifact    {"Artifact", "Bucket", "Key", "Folder", "Object"}: puts each file of an artifact as an object
//                      under Folder; Object: the other members of PutObject's input.
#pragma once

#include "dispatch/registry.h"

namespace thimble::services::codepipeline {

void registerArtifactOperations(dispatch::Registry& registry);

}  // namespace thimble::services::codepipeline
