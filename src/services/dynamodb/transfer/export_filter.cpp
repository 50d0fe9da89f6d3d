#include "services/dynamodb/transfer/export_filter.h"

#include <algorithm>

#include "lang/expression/request.h"
#include "services/dynamodb/pages.h"

namespace thimble::services::dynamodb {

using lang::expression::Item;
using lang::expression::ItemView;
using lang::expression::KeyPart;

base::Result<ExportFilter> ExportFilter::read(const base::Json& specification, const TableInfo& table) {
  ExportFilter out;
  if (specification.isNull()) return out;
  TRY(lang::expression::checkParameters(specification,
                                        {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"}, {}));
  TRY_ASSIGN(auto expressions, lang::expression::readExpressions(specification));
  out.keys_ = std::move(expressions.key_condition);
  out.filter_ = std::move(expressions.filter);
  out.projection_ = std::move(expressions.projection);
  if (out.keys_) {
    TRY(out.keys_->checkCount(table.keys));
    TRY(out.keys_->checkPartition(table.keys));
    TRY(out.keys_->checkSort(table.keys));
  }
  if (out.projection_) TRY(checkPaths(table, out.projection_->paths()));
  if (out.filter_) {
    if (out.keys_) TRY(checkNoKeys(table.keys, *out.filter_, "Filter Expression"));
    TRY(checkPaths(table, out.filter_->paths()));
  }
  return out;
}

bool ExportFilter::reads(ItemView item) const {
  const auto matches = [&](const KeyPart& part) { return part.matches(*item.find(part.attribute)); };
  return !keys_ || std::all_of(keys_->parts().begin(), keys_->parts().end(), matches);
}

Item ExportFilter::shown(ItemView item) const {
  return projection_ ? projection_->apply(item) : Item(item);
}

}  // namespace thimble::services::dynamodb
