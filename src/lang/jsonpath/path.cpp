#include "lang/jsonpath/path.h"

#include <algorithm>
#include <cctype>

#include "lang/jsonpath/filter.h"

namespace thimble::lang::jsonpath {

using base::Json;
using base::Result;

namespace {

constexpr int kMaxFilterDepth = 24;

/// Recursive-descent reader of one path.
class PathReader {
 public:
  PathReader(std::string_view text, std::size_t position, int depth) : text_(text), at_(position), depth_(depth) {}

  /// Steps after the leading "$" or "@", as long as they go on.
  Result<std::vector<Path::Step>, ParseError> steps() {
    std::vector<Path::Step> steps;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '.') {
        if (peek(1) == '.') {
          at_ += 2;
          steps.push_back({.kind = Path::StepKind::Descend});
          if (peek() == '[') continue;
          TRY(name(steps));
        } else {
          ++at_;
          TRY(name(steps));
        }
      } else if (c == '[') {
        TRY(bracket(steps));
      } else {
        break;
      }
    }
    if (!steps.empty() && steps.back().kind == Path::StepKind::Descend) return error("Path must not end with '..'");
    return steps;
  }

  std::size_t position() const { return at_; }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void spaces() {
    while (peek() == ' ') ++at_;
  }
  ParseError error(std::string message) const { return {std::move(message) + " at character " + std::to_string(at_)}; }

  // A member after a dot. Ends where the grammar of the surroundings may go on.
  Result<void, ParseError> name(std::vector<Path::Step>& steps) {
    if (peek() == '*') {
      ++at_;
      steps.push_back({.kind = Path::StepKind::Wildcard});
      return {};
    }
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '(' && peek(1) == ')') {
        // Functions are not supported; "length()" is taken as a name, which then is not found.
        at_ += 2;
        continue;
      }
      if (std::string_view(".[]()' \"=!<>&|,*?\t\n\r").find(c) != std::string_view::npos) break;
      ++at_;
    }
    if (at_ == begin) return error("Property name expected");
    steps.push_back({.kind = Path::StepKind::Member, .names = {std::string(text_.substr(begin, at_ - begin))}});
    return {};
  }

  Result<void, ParseError> bracket(std::vector<Path::Step>& steps) {
    ++at_;
    spaces();
    const char c = peek();
    if (c == '*') {
      ++at_;
      steps.push_back({.kind = Path::StepKind::Wildcard});
    } else if (c == '?') {
      ++at_;
      spaces();
      if (peek() != '(') return error("'(' expected");
      ++at_;
      if (depth_ >= kMaxFilterDepth) return error("Filters are nested too deeply");
      auto filter = Filter::parse(text_, at_, depth_ + 1);
      if (!filter.ok()) return filter.error();
      if (peek() != ')') return error("')' expected");
      ++at_;
      steps.push_back({.kind = Path::StepKind::Filter, .filter = std::move(filter).value()});
    } else if (c == '\'' || c == '"') {
      Path::Step step;
      while (true) {
        std::string text;
        TRY(quoted(text));
        step.names.push_back(std::move(text));
        spaces();
        if (peek() != ',') break;
        ++at_;
        spaces();
        if (peek() != '\'' && peek() != '"') return error("Quoted name expected");
      }
      step.kind = step.names.size() == 1 ? Path::StepKind::Member : Path::StepKind::Members;
      steps.push_back(std::move(step));
    } else {
      TRY(numbers(steps));
    }
    spaces();
    if (peek() != ']') return error("']' expected");
    ++at_;
    return {};
  }

  Result<void, ParseError> quoted(std::string& out) {
    const char quote = peek();
    ++at_;
    while (true) {
      if (at_ >= text_.size()) return error("Name is not closed");
      const char c = text_[at_];
      // A backslash keeps the quote that follows it from closing; before anything else it stands for itself.
      if (c == '\\' && peek(1) == quote) {
        out += quote;
        at_ += 2;
        continue;
      }
      if (c == quote) break;
      out += c;
      ++at_;
    }
    ++at_;
    return {};
  }

  bool integer(std::int64_t& out) {
    std::size_t end = at_;
    if (end < text_.size() && text_[end] == '-') ++end;
    const std::size_t digits = end;
    while (end < text_.size() && std::isdigit(static_cast<unsigned char>(text_[end]))) ++end;
    if (end == digits || end - digits > 18) return false;
    out = std::stoll(std::string(text_.substr(at_, end - at_)));
    at_ = end;
    return true;
  }

  Result<void, ParseError> numbers(std::vector<Path::Step>& steps) {
    Path::Step step;
    std::int64_t value = 0;
    const bool first = integer(value);
    if (first) step.from = value;
    spaces();
    if (peek() == ':') {
      ++at_;
      spaces();
      std::int64_t end = 0;
      if (integer(end)) step.to = end;
      if (!step.from && !step.to) return error("Slice without bounds");
      step.kind = Path::StepKind::Slice;
      steps.push_back(std::move(step));
      return {};
    }
    if (!first) return error("Index, name, '*' or filter expected");
    step.from.reset();
    step.indexes.push_back(value);
    while (peek() == ',') {
      ++at_;
      spaces();
      if (!integer(value)) return error("Index expected");
      step.indexes.push_back(value);
      spaces();
    }
    step.kind = step.indexes.size() == 1 ? Path::StepKind::Index : Path::StepKind::Indexes;
    steps.push_back(std::move(step));
    return {};
  }

  std::string_view text_;
  std::size_t at_;
  int depth_;
};

bool definiteStep(const Path::Step& step) {
  return step.kind == Path::StepKind::Member || step.kind == Path::StepKind::Members ||
         step.kind == Path::StepKind::Index;
}

const Json* elementAt(const Json& array, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(array.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) return nullptr;
  return &array.asArray()[static_cast<std::size_t>(index)];
}

/// How Jayway names a value's Java class.
std::string_view javaClass(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::Null:
      return "null";
    case Json::Kind::Bool:
      return "java.lang.Boolean";
    case Json::Kind::Int:
      return value.asInt() > INT32_MAX || value.asInt() < INT32_MIN ? "java.lang.Long" : "java.lang.Integer";
    case Json::Kind::Double:
      return "java.lang.Double";
    case Json::Kind::String:
      return "java.lang.String";
    case Json::Kind::Array:
      return "java.util.ArrayList";
    case Json::Kind::Object:
      return "java.util.LinkedHashMap";
  }
  return "";
}

std::string stepText(const Path::Step& step) {
  switch (step.kind) {
    case Path::StepKind::Member:
      return "['" + step.names[0] + "']";
    case Path::StepKind::Members: {
      std::string out = "[";
      for (std::size_t i = 0; i < step.names.size(); ++i) out += (i ? ",'" : "'") + step.names[i] + "'";
      return out + "]";
    }
    case Path::StepKind::Index:
      return "[" + std::to_string(step.indexes[0]) + "]";
    case Path::StepKind::Indexes: {
      std::string out = "[";
      for (std::size_t i = 0; i < step.indexes.size(); ++i) out += (i ? "," : "") + std::to_string(step.indexes[i]);
      return out + "]";
    }
    case Path::StepKind::Slice:
      return "[" + (step.from ? std::to_string(*step.from) : "") + ":" + (step.to ? std::to_string(*step.to) : "") +
             "]";
    case Path::StepKind::Wildcard:
      return "[*]";
    case Path::StepKind::Descend:
      return "..";
    case Path::StepKind::Filter:
      return "[?]";
  }
  return "";
}

}  // namespace

/// One evaluation: the matches of a path, under a budget of visits.
class Evaluation {
 public:
  Evaluation(const Path& path, const Json& root, std::size_t& budget)
      : steps_(path.steps_), root_(root), budget_(budget) {}

  /// The first error of the definite part, if any; else `matches` holds what was found.
  std::optional<EvaluationError> run(const Json& node) {
    visit(0, node, true, "$");
    if (budget_ == 0) return EvaluationError{"The path visits too many nodes"};
    return error_;
  }

  /// The whole path in bracket notation.
  std::string describe() const {
    std::string place = "$";
    for (const Path::Step& step : steps_) place += stepText(step);
    return place;
  }

  std::vector<Json> matches;

 private:
  void visit(std::size_t index, const Json& node, bool definite, const std::string& place) {
    if (error_ || budget_ == 0) return;
    --budget_;
    if (index == steps_.size()) {
      matches.push_back(node);
      return;
    }
    const Path::Step& step = steps_[index];
    // The place is only needed to word an error, and only the definite beginning of a path has errors.
    const std::string here = definite ? place + stepText(step) : std::string();
    switch (step.kind) {
      case Path::StepKind::Member: {
        if (!node.isObject()) {
          if (definite) notAnObject(step, node, place);
          return;
        }
        const Json* member = node.find(step.names[0]);
        if (member != nullptr) return visit(index + 1, *member, definite, here);
        if (index + 1 < steps_.size() && definite) error_ = EvaluationError{"Missing property in path " + here};
        return;
      }
      case Path::StepKind::Members: {
        if (!node.isObject()) {
          if (definite) notAnObject(step, node, place);
          return;
        }
        if (index + 1 < steps_.size()) {
          error_ = EvaluationError{"Multi properties can only be used as path leafs: " + here};
          return;
        }
        Json picked = Json::object();
        for (const std::string& name : step.names) {
          if (const Json* member = node.find(name)) picked.set(name, *member);
        }
        matches.push_back(std::move(picked));
        return;
      }
      case Path::StepKind::Index:
      case Path::StepKind::Indexes:
      case Path::StepKind::Slice:
        if (!node.isArray()) {
          if (definite) {
            error_ = EvaluationError{node.isNull()
                                         ? "The path " + place + " is null"
                                         : "Filter: " + stepText(step) +
                                               " can only be applied to arrays. Current context is: " + node.write()};
          }
          return;
        }
        if (step.kind == Path::StepKind::Slice) return slice(index, step, node);
        for (const std::int64_t position : step.indexes) {
          if (const Json* element = elementAt(node, position)) {
            visit(index + 1, *element, definite && step.indexes.size() == 1, here);
          }
        }
        return;
      case Path::StepKind::Wildcard:
        if (node.isObject()) {
          for (const auto& [name, value] : node.asObject()) visit(index + 1, value, false, here);
        } else if (node.isArray()) {
          for (const Json& value : node.asArray()) visit(index + 1, value, false, here);
        }
        return;
      case Path::StepKind::Descend:
        descend(index + 1, node);
        return;
      case Path::StepKind::Filter:
        if (node.isArray()) {
          for (const Json& value : node.asArray()) {
            if (step.filter->matches(value, root_, budget_)) visit(index + 1, value, false, here);
          }
        } else if (node.isObject()) {
          if (step.filter->matches(node, root_, budget_)) visit(index + 1, node, false, here);
        }
        return;
    }
  }

  void slice(std::size_t index, const Path::Step& step, const Json& node) {
    const auto size = static_cast<std::int64_t>(node.size());
    const auto bound = [size](std::int64_t value) {
      return std::clamp<std::int64_t>(value < 0 ? value + size : value, 0, size);
    };
    const std::int64_t from = step.from ? bound(*step.from) : 0;
    const std::int64_t to = step.to ? bound(*step.to) : size;
    for (std::int64_t i = from; i < to; ++i) visit(index + 1, node.asArray()[static_cast<std::size_t>(i)], false, {});
  }

  // The node itself and all below it, each offered to the step after "..".
  void descend(std::size_t index, const Json& node) {
    if (error_ || budget_ == 0) return;
    --budget_;
    // Jayway offers a scalar only to nothing: members, indexes and wildcards need a container.
    if (!node.isObject() && !node.isArray()) return;
    if (node.isObject() || steps_[index].kind != Path::StepKind::Member) visit(index, node, false, {});
    if (node.isObject()) {
      for (const auto& [name, value] : node.asObject()) descend(index, value);
    } else {
      for (const Json& value : node.asArray()) descend(index, value);
    }
  }

  void notAnObject(const Path::Step& step, const Json& node, const std::string& place) {
    error_ = EvaluationError{"Expected to find an object with property " + stepText(step) + " in path " + place +
                             " but found '" + std::string(javaClass(node)) +
                             "'. This is not a json object according to the JsonProvider: "
                             "'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'."};
  }

  const std::vector<Path::Step>& steps_;
  const Json& root_;
  std::size_t& budget_;
  std::optional<EvaluationError> error_;
};

Result<Path, ParseError> Path::parsePrefix(std::string_view text, std::size_t& position, int depth) {
  const std::size_t begin = position;
  PathReader reader(text, position + 1, depth);
  TRY_ASSIGN(auto steps, reader.steps());
  Path path;
  path.steps_ = std::move(steps);
  path.definite_ = std::all_of(path.steps_.begin(), path.steps_.end(), definiteStep);
  position = reader.position();
  path.text_ = std::string(text.substr(begin, position - begin));
  return path;
}

Result<Path, ParseError> Path::parse(std::string_view text) {
  if (text.size() > kMaxPathBytes) return ParseError{"Path is too long"};
  if (text.empty() || text[0] != '$') return ParseError{"Path must begin with '$'"};
  std::size_t position = 0;
  TRY_ASSIGN(Path path, parsePrefix(text, position, 0));
  if (position != text.size()) return ParseError{"Unexpected character at character " + std::to_string(position)};
  return path;
}

bool Path::isReference() const {
  return std::all_of(steps_.begin(), steps_.end(), [](const Step& step) {
    return step.kind == StepKind::Member || (step.kind == StepKind::Index && step.indexes[0] >= 0);
  });
}

const Json* Path::find(const Json& root) const {
  if (!definite_) return nullptr;
  const Json* node = &root;
  for (const Step& step : steps_) {
    if (step.kind == StepKind::Member) {
      node = node->isObject() ? node->find(step.names[0]) : nullptr;
    } else if (step.kind == StepKind::Index) {
      node = node->isArray() ? elementAt(*node, step.indexes[0]) : nullptr;
    } else {
      return nullptr;
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

Result<Json, EvaluationError> readWithin(const Path& path, const Json& node, const Json& root, std::size_t& budget) {
  Evaluation evaluation(path, root, budget);
  if (auto error = evaluation.run(node)) return *std::move(error);
  if (!path.isDefinite()) return Json(std::move(evaluation.matches));
  if (evaluation.matches.empty()) {
    return EvaluationError{"No results for path: " + evaluation.describe()};
  }
  return std::move(evaluation.matches.front());
}

Result<Json, EvaluationError> Path::read(const Json& root) const {
  if (const Json* node = find(root)) return *node;
  std::size_t budget = kMaxVisits;
  return readWithin(*this, root, root, budget);
}

Result<Json, EvaluationError> Path::write(Json root, Json value) const {
  Json* node = &root;
  for (const Step& step : steps_) {
    if (step.kind == StepKind::Member) {
      if (node->isNull()) *node = Json::object();
      if (!node->isObject())
        return EvaluationError{"Unable to apply ReferencePath " + text_ + " to input " + root.write()};
      Json* member = node->mutableObject().findMutable(step.names[0]);
      if (member == nullptr) {
        node->set(step.names[0], Json::object());
        member = node->mutableObject().findMutable(step.names[0]);
      }
      node = member;
    } else {
      if (step.kind != StepKind::Index || !node->isArray() || step.indexes[0] < 0 ||
          step.indexes[0] >= static_cast<std::int64_t>(node->size())) {
        return EvaluationError{"Unable to apply ReferencePath " + text_ + " to input " + root.write()};
      }
      node = &node->mutableArray()[static_cast<std::size_t>(step.indexes[0])];
    }
  }
  *node = std::move(value);
  return root;
}

}  // namespace thimble::lang::jsonpath
