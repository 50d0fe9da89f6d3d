// A row of CodeBuild's is one JSON document in model form, as bytes.
#pragma once

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/json_binary.h"
#include "services/codebuild/codebuild.pb.h"
#include "store/table.h"

namespace thimble::services::codebuild {

inline rows::Record pack(const base::Json& document) {
  rows::Record record;
  record.set_document(base::encodeJsonBinary(document));
  return record;
}

/// Throws store::DamagedRow.
inline base::Json unpack(const rows::Record& record) {
  std::optional<base::Json> document = base::decodeJsonBinary(record.document());
  if (!document) throw store::DamagedRow("a row of CodeBuild's is damaged");
  return std::move(*document);
}

}  // namespace thimble::services::codebuild
