// JSON patterns: `{ ($.user.id = 1) && $.errors[0].code != "E*" || $.trace NOT EXISTS }`.
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "services/logs/filter_condition.h"
#include "services/logs/filter_matchers.h"

namespace thimble::services::logs {
namespace {

using base::Json;
using Tree = ConditionTree<Json>;

struct Step {
  std::string name;
  std::int64_t index = -1;  ///< Not negative: an array's element.
  bool any = false;         ///< [*]: one element suffices.
};

std::optional<std::vector<Step>> readSelector(PatternReader& reader) {
  std::vector<Step> steps;
  reader.skipBlanks();
  if (!reader.take("$")) return std::nullopt;
  for (;;) {
    if (reader.take(".")) {
      Step step;
      step.name = reader.takeUntil(" \t.[=!<>&|(){}");
      if (step.name.empty()) return std::nullopt;
      steps.push_back(std::move(step));
    } else if (reader.take("[")) {
      Step step;
      reader.skipBlanks();
      if (reader.take("*")) {
        step.any = true;
      } else if (reader.peek() == '"' || reader.peek() == '\'') {
        auto name = reader.takeDelimited();
        if (!name) return std::nullopt;
        step.name = *std::move(name);
      } else {
        const auto index = asNumber(reader.takeUntil("]"));
        if (!index || *index < 0 || *index > 1e6) return std::nullopt;
        step.index = static_cast<std::int64_t>(*index);
      }
      if (!reader.take("]")) return std::nullopt;
      steps.push_back(std::move(step));
    } else {
      return steps.empty() ? std::nullopt : std::optional(std::move(steps));
    }
  }
}

/// The values that a selector finds.
void select(const Json& value, const std::vector<Step>& steps, std::size_t at, std::vector<const Json*>& found) {
  if (at == steps.size()) {
    found.push_back(&value);
    return;
  }
  const Step& step = steps[at];
  if (step.any) {
    if (!value.isArray()) return;
    for (const Json& item : value.asArray()) select(item, steps, at + 1, found);
  } else if (step.index >= 0) {
    const auto index = static_cast<std::size_t>(step.index);
    if (value.isArray() && index < value.size()) select(value.asArray()[index], steps, at + 1, found);
  } else if (const Json* member = value.find(step.name)) {
    select(*member, steps, at + 1, found);
  }
}

/// As it is written: `$.user.ids[0]`.
std::string textOf(const std::vector<Step>& selector) {
  std::string text = "$";
  for (const Step& step : selector) {
    text += step.any ? "[*]" : step.index >= 0 ? "[" + std::to_string(step.index) + "]" : "." + step.name;
  }
  return text;
}

/// Adds what it selects to `selectors`.
std::optional<Tree::Leaf> readLeaf(PatternReader& reader, std::vector<std::vector<Step>>& selectors) {
  auto selector = readSelector(reader);
  if (!selector) return std::nullopt;
  selectors.push_back(*selector);
  const auto any = [steps = *std::move(selector)](auto holds) {
    return [steps, holds](const Json& event) {
      std::vector<const Json*> found;
      select(event, steps, 0, found);
      return holds(found);
    };
  };
  using Found = std::vector<const Json*>;
  reader.skipBlanks();
  if (reader.takeWord("NOT")) {
    reader.skipBlanks();
    if (!reader.takeWord("EXISTS")) return std::nullopt;
    return any([](const Found& found) { return found.empty(); });
  }
  if (reader.takeWord("EXISTS")) return any([](const Found& found) { return !found.empty(); });
  if (reader.takeWord("IS")) {
    reader.skipBlanks();
    if (reader.takeWord("NULL")) {
      return any([](const Found& found) { return !found.empty() && found.front()->isNull(); });
    }
    const bool wanted = reader.takeWord("TRUE");
    if (!wanted && !reader.takeWord("FALSE")) return std::nullopt;
    return any([wanted](const Found& found) {
      return !found.empty() && found.front()->isBool() && found.front()->asBool() == wanted;
    });
  }
  auto value = ComparedValue::read(reader, " \t&|(){}");
  if (!value) return std::nullopt;
  return any([compared = *std::move(value)](const Found& found) {
    for (const Json* one : found) {
      if (one->isString() ? compared.holds(one->asString()) : one->isNumber() && compared.holds(one->write())) {
        return true;
      }
    }
    return false;
  });
}

class JsonMatcher final : public FilterPattern::Matcher {
 public:
  JsonMatcher(Tree tree, std::vector<std::vector<Step>> selectors)
      : tree_(std::move(tree)), selectors_(std::move(selectors)) {}

  bool matches(std::string_view message) const override {
    const auto event = Json::parse(message, {.max_depth = 64});
    return event.ok() && event->isObject() && tree_.holds(*event);
  }

  std::map<std::string, std::string> extract(std::string_view message) const override {
    std::map<std::string, std::string> values;
    const auto event = Json::parse(message, {.max_depth = 64});
    if (!event.ok()) return values;
    for (const std::vector<Step>& selector : selectors_) {
      std::vector<const Json*> found;
      select(*event, selector, 0, found);
      if (found.empty()) continue;
      values[textOf(selector)] = found.front()->isString() ? found.front()->asString() : found.front()->write();
    }
    return values;
  }

 private:
  Tree tree_;
  std::vector<std::vector<Step>> selectors_;
};

}  // namespace

std::shared_ptr<const FilterPattern::Matcher> parseJsonPattern(std::string_view text) {
  PatternReader reader(text);
  reader.take("{");
  std::vector<std::vector<Step>> selectors;
  auto tree = Tree::read(reader, [&](PatternReader& from) { return readLeaf(from, selectors); });
  reader.skipBlanks();
  if (!tree || !reader.take("}")) return nullptr;
  reader.skipBlanks();
  if (!reader.atEnd()) return nullptr;
  return std::make_shared<JsonMatcher>(*std::move(tree), std::move(selectors));
}

}  // namespace thimble::services::logs
