// Patterns of terms: `ERROR "disk full" -debug`, `?one ?other`, `%expression%`.
#include <algorithm>
#include <vector>

#include "services/logs/filter_matchers.h"
#include "services/logs/filter_values.h"

namespace thimble::services::logs {
namespace {

struct Term {
  std::string text;
  std::shared_ptr<const re2::RE2> expression;  ///< Set for %...%.

  bool in(std::string_view message) const {
    return expression ? containsExpression(*expression, message) : message.find(text) != std::string_view::npos;
  }
};

class Terms final : public FilterPattern::Matcher {
 public:
  bool matches(std::string_view message) const override {
    const auto in = [&](const Term& term) { return term.in(message); };
    if (std::any_of(excluded.begin(), excluded.end(), in)) return false;
    if (!std::all_of(required.begin(), required.end(), in)) return false;
    // Beside other terms, those with a question mark have no say.
    if (!required.empty() || !excluded.empty() || optional.empty()) return true;
    return std::any_of(optional.begin(), optional.end(), in);
  }

  std::vector<Term> required, excluded, optional;
};

}  // namespace

std::shared_ptr<const FilterPattern::Matcher> parseTerms(std::string_view text) {
  auto terms = std::make_shared<Terms>();
  PatternReader reader(text);
  for (reader.skipBlanks(); !reader.atEnd(); reader.skipBlanks()) {
    std::vector<Term>& list = reader.take("-") ? terms->excluded : reader.take("?") ? terms->optional : terms->required;
    Term term;
    if (reader.peek() == '"') {
      auto quoted = reader.takeDelimited();
      if (!quoted) return nullptr;
      term.text = *std::move(quoted);
    } else if (reader.peek() == '%') {
      const auto expression = reader.takeDelimited();
      if (!expression) return nullptr;
      term.expression = compileExpression(*expression);
      if (!term.expression) return nullptr;
    } else {
      term.text = reader.takeUntil(" \t\r\n\"");
      if (term.text.empty()) return nullptr;
    }
    list.push_back(std::move(term));
  }
  return terms;
}

}  // namespace thimble::services::logs
