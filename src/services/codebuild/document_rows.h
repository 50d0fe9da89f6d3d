// A row of CodeBuild's is one document: a value in the API's form with what is ours beside.
#pragma once

#include <optional>

#include "base/json.h"
#include "services/codebuild/codebuild.pb.h"

namespace thimble::services::codebuild {

rows::Record pack(const base::Json& document);
/// Throws store::DamagedRow.
base::Json unpack(const rows::Record& record);
/// Nothing for no row.
std::optional<base::Json> unpackFound(const std::optional<rows::Record>& record);

}  // namespace thimble::services::codebuild
