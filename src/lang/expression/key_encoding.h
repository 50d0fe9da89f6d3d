// Key values as bytes in DynamoDB's order, for rows of an ordered store.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lang/expression/value.h"

namespace thimble::lang::expression {

/// Appends a key value (S, N or B) so that encoded keys sort as DynamoDB sorts the values and none is another's
/// beginning: more may follow. Values of one type only compare with each other. Bytes below 2 in S and B take two.
void appendKey(std::string& out, ValueView key);

/// Appends S or B as its plain bytes, N encoded: for the last part of a row's key.
void appendLastKey(std::string& out, ValueView key);

/// Appends the beginning that all encoded keys have whose value begins with `prefix` (S or B).
void appendKeyPrefix(std::string& out, ValueView prefix);

/// Reads and removes a key that appendKey wrote; nothing when the bytes are damaged.
std::optional<Value> takeKey(std::string_view& bytes, Type type);

}  // namespace thimble::lang::expression
