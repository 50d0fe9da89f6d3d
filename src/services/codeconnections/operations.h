// The operations, by file, and what they share. Each is registered under both names of the service.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/json.h"
#include "dispatch/registry.h"
#include "services/codeconnections/tables.h"

namespace thimble::services::codeconnections {

void registerConnections(dispatch::Registry& registry);
void registerHosts(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);

template <class Handler>
void addUnderBothNames(dispatch::Registry& registry, std::string_view operation, Handler handler) {
  registry.addPlain("codeconnections", operation, handler);
  registry.addPlain("codestarconnections", operation, handler);
}

/// The service in the ARNs of what the caller makes: the name by which it calls.
inline std::string arnService(const dispatch::Context& context) {
  return context.call().service == "codestarconnections" ? "codestar-connections" : "codeconnections";
}

using TagRows = google::protobuf::RepeatedPtrField<rows::Tag>;

/// Adds or replaces. Errors: LimitExceededException.
base::Result<void> addTags(TagRows& tags, const base::Json& added);
base::Json shownTags(const TagRows& tags);

/// A page of a table's rows of the caller's account and region, shown by `show`, in the member `list` of the output.
/// The token is the last row's key. Errors: InvalidNextTokenException (as ValidationException, the only one these
/// know).
template <class Record, class Show>
base::Result<base::Json> listRows(dispatch::Context& context, const store::Table<Record>& table,
                                  const base::Json& input, const char* list, Show show) {
  constexpr std::int64_t kDefaultPage = 100;
  const std::int64_t given = input["MaxResults"].isInt() ? input["MaxResults"].asInt() : 0;
  const auto wanted = static_cast<std::size_t>(given > 0 ? given : kDefaultPage);
  std::string after;
  if (input.contains("NextToken")) {
    const auto token = base::decodeBase64(input.stringAt("NextToken"));
    if (!token) return base::ApiError{"ValidationException", "The next token is not valid."};
    after = *token;
  }
  base::Json shown = base::Json::array();
  base::Json output = base::Json::object();
  for (const auto& entry : table.scanAfter(context.transaction(), after, {}, context.account(), context.region())) {
    base::Json one = show(entry.record);
    if (one.isNull()) continue;
    if (shown.size() == wanted) {
      output.set("NextToken", base::encodeBase64(after));
      break;
    }
    after = entry.key;
    shown.push(std::move(one));
  }
  output.set(list, std::move(shown));
  return output;
}

}  // namespace thimble::services::codeconnections
