// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html, API_ListImports.html
#include "base/encoding.h"
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/stacks.h"
#include "store/key.h"
#include "wire/shapes/cloudformation.h"

namespace thimble::services::cloudformation {
namespace {

namespace shape = shapes::cloudformation;

constexpr std::size_t kPage = 100;

base::Result<shape::ListExportsOutput> listExports(dispatch::Context& context, const shape::ListExportsInput& input) {
  std::string after;
  if (input.NextToken_) after = base::decodeHex(*input.NextToken_).value_or("");
  shape::ListExportsOutput output;
  output.Exports_.emplace();
  const auto rows =
      kExports.scanAfter(context.transaction(), after, {.limit = kPage + 1}, context.account(), context.region());
  for (std::size_t i = 0; i < rows.size() && i < kPage; ++i) {
    store::KeyReader key(rows[i].key);
    for (int skipped = 0; skipped < 3; ++skipped) (void)key.text();  // Table, account, region.
    shape::Export exported;
    exported.ExportingStackId_ = rows[i].record.stack_id();
    exported.Name_ = key.text().value_or("");
    exported.Value_ = rows[i].record.value();
    output.Exports_->push_back(std::move(exported));
  }
  if (rows.size() > kPage) output.NextToken_ = base::encodeHex(rows[kPage - 1].key);
  return output;
}

base::Result<shape::ListImportsOutput> listImports(dispatch::Context& context, const shape::ListImportsInput& input) {
  if (!kExports.has(context.transaction(), context.account(), context.region(), input.ExportName_)) {
    return validationError("Export '" + input.ExportName_ + "' does not exist.");
  }
  shape::ListImportsOutput output;
  output.Imports_.emplace();
  for (const auto& entry :
       kImports.scan(context.transaction(), {}, context.account(), context.region(), input.ExportName_)) {
    output.Imports_->push_back(entry.record.stack_name());
  }
  if (output.Imports_->empty())
    return validationError("Export '" + input.ExportName_ + "' is not imported by any stack.");
  return output;
}

}  // namespace

void registerExports(dispatch::Registry& registry) {
  registry.add<shape::ListExports>(listExports);
  registry.add<shape::ListImports>(listImports);
}

}  // namespace thimble::services::cloudformation
