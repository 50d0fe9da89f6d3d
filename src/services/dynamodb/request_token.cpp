#include "services/dynamodb/request_token.h"

#include "base/encoding.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {
namespace {

/// (account, region, token).
constexpr store::Table<rows::Token> kTokens("dynamodb.token");
/// (when it expires, account, region, token): the same, in the order in which they go.
constexpr store::Table<rows::Number> kTokenEnds("dynamodb.tokenend");

constexpr std::int64_t kTokenMilliseconds = 10LL * 60 * 1000;
// Expired tokens that one transaction takes away: more than the one it adds, so that none gather.
constexpr std::size_t kTokensSwept = 2;

}  // namespace

base::Result<bool> checkToken(dispatch::Context& context, const std::string& token, const std::string& content) {
  if (token.empty()) return false;
  const std::int64_t now = context.now().milliseconds;
  const std::string digest = base::sha256(content);
  if (const auto row = kTokens.get(context.transaction(), context.account(), context.region(), token);
      row && row->expires() > now) {
    if (row->digest() == digest) return true;
    return idempotentParameterMismatch();
  }
  rows::Token row;
  row.set_digest(digest);
  row.set_expires(now + kTokenMilliseconds);
  kTokens.put(context.transaction(), row, context.account(), context.region(), token);
  kTokenEnds.put(context.transaction(), rows::Number(), row.expires(), context.account(), context.region(), token);
  // Looked for in a transaction of their own: nobody else's token is a reason to conflict.
  store::Transaction aside = context.environment().store.begin();
  for (const auto& entry : kTokenEnds.scan(aside, {.limit = kTokensSwept})) {
    store::KeyReader reader(entry.key);
    reader.text();
    const auto end = reader.number();
    if (!end || *end > now) break;
    const std::string account = reader.text().value_or("");
    const std::string region = reader.text().value_or("");
    const std::string old = reader.text().value_or("");
    if (old == token) continue;
    context.transaction().erase(entry.key);
    // The token may have been used anew since.
    const auto current = kTokens.get(aside, account, region, old);
    if (current && current->expires() <= *end) kTokens.erase(context.transaction(), account, region, old);
  }
  return false;
}

}  // namespace thimble::services::dynamodb
