#include "lang/policy/position.h"

#include <string>

namespace thimble::lang::policy {

std::vector<StatementPosition> statementPositions(std::string_view text) {
  // A scan of the braces suffices for a text that parsed: the statements are the objects at depth two, or within the
  // list, of the member named Statement.
  std::vector<StatementPosition> positions;
  TextPosition here;
  int depth = 0;
  bool in_string = false;
  bool escaped = false;
  std::string name;  // The last string at depth one, which names the member that follows.
  bool in_statement = false;
  int statement_depth = 0;
  StatementPosition current;
  for (const char c : text) {
    ++here.column;
    if (c == '\n') {
      ++here.line;
      here.column = 1;
    }
    if (in_string) {
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '"') {
        in_string = false;
      } else if (depth == 1) {
        name += c;
      }
      continue;
    }
    switch (c) {
      case '"':
        in_string = true;
        if (depth == 1) name.clear();
        break;
      case '{':
      case '[':
        ++depth;
        if (c == '{' && !in_statement && depth >= 2 && depth <= 3 && name == "Statement") {
          in_statement = true;
          statement_depth = depth;
          current.start = here;
        }
        break;
      case '}':
      case ']':
        if (in_statement && depth == statement_depth) {
          in_statement = false;
          current.end = here;
          positions.push_back(current);
        }
        --depth;
        break;
      default:
        break;
    }
  }
  return positions;
}

}  // namespace thimble::lang::policy
