// Patterns of fields between blanks: `[ip, user, ..., status_code = 4*, bytes > 1000]`.
#include <algorithm>
#include <map>
#include <vector>

#include "services/logs/filter_condition.h"
#include "services/logs/filter_matchers.h"

namespace thimble::services::logs {
namespace {

using Tree = ConditionTree<std::string_view>;

struct Field {
  bool ellipsis = false;
  std::string name;
  std::optional<Tree> condition;
};

/// The fields of a message: split at blanks; what stands in quotes or square brackets is one field.
std::vector<std::string_view> split(std::string_view message) {
  std::vector<std::string_view> fields;
  std::size_t at = 0;
  while (at < message.size()) {
    if (message[at] == ' ' || message[at] == '\t') {
      ++at;
      continue;
    }
    const char close = message[at] == '"' ? '"' : message[at] == '[' ? ']' : '\0';
    const std::size_t end = close ? message.find(close, at + 1) : message.find_first_of(" \t", at);
    if (close && end != std::string_view::npos) {
      fields.push_back(message.substr(at + 1, end - at - 1));
      at = end + 1;
      continue;
    }
    const std::size_t blank = message.find_first_of(" \t", at);
    fields.push_back(message.substr(at, blank - at));
    at = blank == std::string_view::npos ? message.size() : blank;
  }
  return fields;
}

class Fields final : public FilterPattern::Matcher {
 public:
  bool matches(std::string_view message) const override {
    const std::vector<std::string_view> values = split(message);
    std::size_t named = 0;
    bool ellipsis = false;
    for (const Field& field : fields) {
      named += field.ellipsis ? 0 : 1;
      ellipsis = ellipsis || field.ellipsis;
    }
    if (ellipsis ? values.size() < named : values.size() != named) return false;
    std::size_t at = 0;
    for (const Field& field : fields) {
      if (field.ellipsis) {
        at += values.size() - named;
        continue;
      }
      if (field.condition && !field.condition->holds(values[at])) return false;
      ++at;
    }
    return true;
  }

  std::map<std::string, std::string> extract(std::string_view message) const override {
    const std::vector<std::string_view> values = split(message);
    const std::size_t unnamed = values.size() + 1 - std::min(values.size() + 1, fields.size());
    std::map<std::string, std::string> found;
    std::size_t at = 0;
    for (const Field& field : fields) {
      const std::size_t last = field.ellipsis ? at + unnamed : at + 1;
      for (; at < last && at < values.size(); ++at) {
        const std::string name = field.ellipsis ? std::to_string(at + 1) : field.name;
        found["$" + name] = std::string(values[at]);
      }
    }
    return found;
  }

  std::vector<Field> fields;
};

}  // namespace

std::shared_ptr<const FilterPattern::Matcher> parseFields(std::string_view text) {
  auto fields = std::make_shared<Fields>();
  PatternReader reader(text);
  reader.take("[");
  bool seen_ellipsis = false;
  for (;;) {
    Field field;
    reader.skipBlanks();
    if (reader.take("...")) {
      if (std::exchange(seen_ellipsis, true)) return nullptr;
      field.ellipsis = true;
    } else {
      // Each comparison names the field again: `status = 404 || status = 410`.
      const auto leaf = [&](PatternReader& from) -> std::optional<Tree::Leaf> {
        from.skipBlanks();
        std::string name = from.takeUntil(" \t,]=!<>&|()");
        from.skipBlanks();
        if (name.empty() || (!field.name.empty() && field.name != name)) return std::nullopt;
        field.name = name;
        const char next = from.peek();
        if (next == ',' || next == ']') return [](const std::string_view&) { return true; };
        auto value = ComparedValue::read(from, " \t,]&|()");
        if (!value) return std::nullopt;
        return [compared = *std::move(value)](const std::string_view& subject) { return compared.holds(subject); };
      };
      auto condition = Tree::read(reader, leaf);
      if (!condition) return nullptr;
      field.condition = std::move(condition);
    }
    fields->fields.push_back(std::move(field));
    reader.skipBlanks();
    if (reader.take(",")) continue;
    if (!reader.take("]")) return nullptr;
    reader.skipBlanks();
    return reader.atEnd() ? fields : nullptr;
  }
}

}  // namespace thimble::services::logs
