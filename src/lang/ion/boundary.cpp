#include "lang/ion/boundary.h"

#include <cstddef>

namespace thimble::lang::ion {

void Boundary::read(std::string_view lines) {
  std::size_t at = 0;
  const auto take = [&](std::string_view what) {
    if (!lines.substr(at).starts_with(what)) return false;
    at += what.size();
    return true;
  };
  while (at < lines.size()) {
    if (state_ == State::Comment) {
      if (take("*/")) {
        state_ = State::Outside;
      } else {
        ++at;
      }
      continue;
    }
    if (state_ != State::Outside) {
      const std::string_view end = state_ == State::String ? "\"" : state_ == State::Symbol ? "'" : "'''";
      if (take(end)) {
        state_ = State::Outside;
      } else if (lines[at] == '\\') {
        at += 2;
      } else {
        // Only long strings go over lines; another that does is an error, which ends with its line.
        if (lines[at] == '\n' && state_ != State::LongString) state_ = State::Outside;
        ++at;
      }
      continue;
    }
    if (take("//")) {
      at = lines.find('\n', at);
      if (at == std::string_view::npos) return;
    } else if (take("/*")) {
      state_ = State::Comment;
    } else if (take("'''")) {
      state_ = State::LongString;
    } else if (take("'")) {
      state_ = State::Symbol;
    } else if (take("\"")) {
      state_ = State::String;
    } else {
      const char c = lines[at++];
      if (c == '{' || c == '[' || c == '(') ++depth_;
      if ((c == '}' || c == ']' || c == ')') && depth_ > 0) --depth_;
    }
  }
}

}  // namespace thimble::lang::ion
