// Where the statements of a policy stand in its text, as the policy simulator answers it.
#pragma once

#include <string_view>
#include <vector>

namespace thimble::lang::policy {

struct TextPosition {
  int line = 1;    ///< From 1.
  int column = 1;  ///< From 1, in characters of one byte.
  bool operator==(const TextPosition&) const = default;
};

/// From just behind the statement's opening brace to just behind its closing one.
struct StatementPosition {
  TextPosition start;
  TextPosition end;
  bool operator==(const StatementPosition&) const = default;
};

/// One for each statement, in order. The text must be a valid document; of others some positions are missing.
std::vector<StatementPosition> statementPositions(std::string_view text);

}  // namespace thimble::lang::policy
