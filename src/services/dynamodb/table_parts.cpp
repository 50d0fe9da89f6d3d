#include "services/dynamodb/table_parts.h"

#include "base/arn.h"
#include "base/encoding.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

std::optional<TablePart> partOf(const std::string& arn, std::string_view kind) {
  const auto parsed = base::parseArn(arn);
  if (!parsed || parsed->service != "dynamodb" || !parsed->resource.starts_with("table/")) return std::nullopt;
  const std::string infix = "/" + std::string(kind) + "/";
  const std::size_t at = parsed->resource.find(infix);
  if (at == std::string::npos) return std::nullopt;
  return TablePart{parsed->account, parsed->region, parsed->resource.substr(6, at - 6),
                   parsed->resource.substr(at + infix.size())};
}

std::string newPartArn(dispatch::Context& context, const rows::Table& table, std::string_view kind) {
  constexpr std::size_t kTimeDigits = 14;
  const std::string millis = std::to_string(context.now().milliseconds);
  return tableArn(table) + "/" + std::string(kind) + "/" + std::string(kTimeDigits - millis.size(), '0') + millis +
         "-" + context.random().hex(8);
}

std::string pageToken(std::string text) {
  constexpr std::size_t kGroup = 8;
  text.resize((text.size() + kGroup - 1) / kGroup * kGroup, '\0');
  return base::encodeHex(text);
}

std::string textOfPageToken(const std::string& token) {
  std::string text = base::decodeHex(token).value_or("");
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace thimble::services::dynamodb
