// The words of a PartiQL statement.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::lang::expression {

struct StatementToken {
  enum class Type { Identifier, Quoted, String, Number, Symbol, End };
  Type type = Type::End;
  std::string text;  ///< Without quotes, and with doubled quotes made single.
  /// The bytes of the statement that it is.
  std::size_t begin = 0;
  std::size_t size = 0;

  bool is(std::string_view symbol) const { return type == Type::Symbol && text == symbol; }
  bool isKeyword(std::string_view keyword) const;
};

/// Where a token stands, as errors end: " at 1:8:5", line, column and length in characters.
std::string tokenPlace(std::string_view statement, const StatementToken& token);

/// "Statement wasn't well formed, can't be processed: <detail>"
base::ApiError malformedStatement(std::string_view detail);

/// All tokens, an End last. An error at a quote that does not close and at characters that begin nothing.
base::Result<std::vector<StatementToken>> readStatementTokens(std::string_view text);

}  // namespace thimble::lang::expression
