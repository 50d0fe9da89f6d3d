#include "services/codebuild/document_rows.h"

#include <utility>

#include "base/json_binary.h"
#include "store/table.h"

namespace thimble::services::codebuild {

using base::Json;

rows::Record pack(const Json& document) {
  rows::Record record;
  record.set_document(base::encodeJsonBinary(document));
  return record;
}

Json unpack(const rows::Record& record) {
  std::optional<Json> document = base::decodeJsonBinary(record.document());
  if (!document) throw store::DamagedRow("a row of CodeBuild's is damaged");
  return std::move(*document);
}

std::optional<Json> unpackFound(const std::optional<rows::Record>& record) {
  if (!record) return std::nullopt;
  return unpack(*record);
}

}  // namespace thimble::services::codebuild
