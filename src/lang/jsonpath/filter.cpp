#include "lang/jsonpath/filter.h"

#include <re2/re2.h>

#include <cctype>
#include <optional>
#include <utility>
#include <vector>

namespace thimble::lang::jsonpath {

using base::Json;
using base::Result;
using FilterPtr = std::shared_ptr<const Filter>;

namespace {

constexpr int kMaxExpressionDepth = 24;

/// One side of a comparison: a literal, or a path from "@" or "$".
struct Operand {
  std::optional<Path> path;
  bool from_node = true;  ///< "@" rather than "$".
  Json literal;

  /// Nothing when a path finds nothing.
  std::optional<Json> value(const Json& node, const Json& root, std::size_t& budget) const {
    if (!path) return literal;
    auto found = readWithin(*path, from_node ? node : root, root, budget);
    if (!found.ok()) return std::nullopt;
    return std::move(found).value();
  }
};

std::optional<int> order(const Json& left, const Json& right) {
  if (left.isNumber() && right.isNumber()) {
    const double a = left.asDouble(), b = right.asDouble();
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (left.isString() && right.isString()) {
    const int difference = left.asString().compare(right.asString());
    return difference < 0 ? -1 : difference > 0 ? 1 : 0;
  }
  return std::nullopt;
}

bool within(const Json& value, const Json& list) {
  if (!list.isArray()) return false;
  for (const Json& item : list.asArray()) {
    if (item == value) return true;
  }
  return false;
}

class Comparison final : public Filter {
 public:
  Comparison(Operand left, std::string operation, Operand right)
      : left_(std::move(left)), operation_(std::move(operation)), right_(std::move(right)) {}

  bool matches(const Json& node, const Json& root, std::size_t& budget) const override {
    const std::optional<Json> left = left_.value(node, root, budget);
    const std::optional<Json> right = right_.value(node, root, budget);
    // A list is looked through item by item; that is work too.
    const std::size_t work = (left ? left->size() : 0) + (right ? right->size() : 0);
    budget = budget > work ? budget - work : 0;
    if (operation_ == "!=") return !(left.has_value() == right.has_value() && (!left || *left == *right));
    if (!left || !right) return operation_ == "==" && !left && !right;
    if (operation_ == "==") return *left == *right;
    if (operation_ == "in") return within(*left, *right);
    if (operation_ == "nin") return !within(*left, *right);
    if (operation_ == "contains") {
      if (left->isString() && right->isString()) return left->asString().find(right->asString()) != std::string::npos;
      return within(*right, *left);
    }
    if (operation_ == "size") return right->isInt() && static_cast<std::int64_t>(sizeOf(*left)) == right->asInt();
    if (operation_ == "empty") return right->isBool() && (sizeOf(*left) == 0) == right->asBool();
    if (operation_ == "subsetof" || operation_ == "anyof" || operation_ == "noneof") return sets(*left, *right);
    const std::optional<int> difference = order(*left, *right);
    if (!difference) return false;
    if (operation_ == "<") return *difference < 0;
    if (operation_ == "<=") return *difference <= 0;
    if (operation_ == ">") return *difference > 0;
    return *difference >= 0;
  }

 private:
  static std::size_t sizeOf(const Json& value) { return value.isString() ? value.asString().size() : value.size(); }

  bool sets(const Json& left, const Json& right) const {
    if (!left.isArray() || !right.isArray()) return false;
    bool any = false, all = true;
    for (const Json& item : left.asArray()) (within(item, right) ? any : all) = within(item, right);
    return operation_ == "subsetof" ? all : operation_ == "anyof" ? any : !any;
  }

  Operand left_;
  std::string operation_;
  Operand right_;
};

class Matching final : public Filter {
 public:
  Matching(Operand left, std::shared_ptr<RE2> pattern) : left_(std::move(left)), pattern_(std::move(pattern)) {}
  bool matches(const Json& node, const Json& root, std::size_t& budget) const override {
    const std::optional<Json> left = left_.value(node, root, budget);
    return left && left->isString() && RE2::FullMatch(left->asString(), *pattern_);
  }

 private:
  Operand left_;
  std::shared_ptr<RE2> pattern_;
};

class Presence final : public Filter {
 public:
  explicit Presence(Operand operand) : operand_(std::move(operand)) {}
  bool matches(const Json& node, const Json& root, std::size_t& budget) const override {
    const std::optional<Json> value = operand_.value(node, root, budget);
    return value && (!operand_.path || operand_.path->isDefinite() || value->size() > 0);
  }

 private:
  Operand operand_;
};

class Combination final : public Filter {
 public:
  enum class Kind { And, Or, Not };
  Combination(Kind kind, std::vector<FilterPtr> parts) : kind_(kind), parts_(std::move(parts)) {}
  bool matches(const Json& node, const Json& root, std::size_t& budget) const override {
    if (kind_ == Kind::Not) return !parts_[0]->matches(node, root, budget);
    for (const FilterPtr& part : parts_) {
      if (part->matches(node, root, budget) == (kind_ == Kind::Or)) return kind_ == Kind::Or;
    }
    return kind_ == Kind::And;
  }

 private:
  Kind kind_;
  std::vector<FilterPtr> parts_;
};

class FilterReader {
 public:
  FilterReader(std::string_view text, std::size_t position, int depth) : text_(text), at_(position), depth_(depth) {}

  std::size_t position() const { return at_; }

  Result<FilterPtr, ParseError> any(int nesting) {
    if (nesting > kMaxExpressionDepth) return error("Expression is nested too deeply");
    return chain(nesting, "||", Combination::Kind::Or);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void spaces() {
    while (std::isspace(static_cast<unsigned char>(peek()))) ++at_;
  }
  bool take(std::string_view word) {
    spaces();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  ParseError error(std::string message) const { return {std::move(message) + " at character " + std::to_string(at_)}; }

  Result<FilterPtr, ParseError> chain(int nesting, std::string_view separator, Combination::Kind kind) {
    std::vector<FilterPtr> parts;
    do {
      auto part = kind == Combination::Kind::Or ? chain(nesting, "&&", Combination::Kind::And) : unary(nesting);
      if (!part.ok()) return part.error();
      parts.push_back(std::move(part).value());
    } while (take(separator));
    spaces();
    if (parts.size() == 1) return parts[0];
    return FilterPtr(std::make_shared<Combination>(kind, std::move(parts)));
  }

  Result<FilterPtr, ParseError> unary(int nesting) {
    if (nesting > kMaxExpressionDepth) return error("Expression is nested too deeply");
    spaces();
    if (peek() == '!' && peek(1) != '=') {
      ++at_;
      TRY_ASSIGN(FilterPtr inner, unary(nesting + 1));
      return FilterPtr(std::make_shared<Combination>(Combination::Kind::Not, std::vector<FilterPtr>{inner}));
    }
    if (take("(")) {
      TRY_ASSIGN(FilterPtr inner, any(nesting + 1));
      if (!take(")")) return error("')' expected");
      return inner;
    }
    TRY_ASSIGN(Operand left, operand());
    if (take("=~")) return matching(std::move(left));
    for (const std::string_view operation : {"==", "!=", "<=", ">=", "<", ">", "nin ", "nin[", "in ", "in[",
                                             "contains ", "subsetof ", "anyof ", "noneof ", "size ", "empty "}) {
      if (!take(operation)) continue;
      std::string word(operation);
      if (word.back() == '[') --at_;
      if (word.back() == '[' || word.back() == ' ') word.pop_back();
      TRY_ASSIGN(Operand right, operand());
      return FilterPtr(std::make_shared<Comparison>(std::move(left), std::move(word), std::move(right)));
    }
    return FilterPtr(std::make_shared<Presence>(std::move(left)));
  }

  Result<FilterPtr, ParseError> matching(Operand left) {
    spaces();
    if (peek() != '/') return error("'/' expected");
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '/') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return error("Pattern is not closed");
    const std::string pattern(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    if (peek() == 'i') {
      options.set_case_sensitive(false);
      ++at_;
    }
    auto compiled = std::make_shared<RE2>(pattern, options);
    if (!compiled->ok()) return error("Pattern is not valid");
    return FilterPtr(std::make_shared<Matching>(std::move(left), std::move(compiled)));
  }

  Result<Operand, ParseError> operand() {
    spaces();
    Operand out;
    const char c = peek();
    if (c == '@' || c == '$') {
      out.from_node = c == '@';
      auto path = Path::parsePrefix(text_, at_, depth_);
      if (!path.ok()) return path.error();
      out.path = std::move(path).value();
      return out;
    }
    if (c == '\'' || c == '"') {
      ++at_;
      std::string text;
      while (at_ < text_.size() && text_[at_] != c) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        text += text_[at_++];
      }
      if (at_ >= text_.size()) return error("String is not closed");
      ++at_;
      out.literal = Json(std::move(text));
      return out;
    }
    if (c == '[') {
      ++at_;
      Json::Array items;
      spaces();
      while (peek() != ']') {
        if (peek() == '[') return error("Lists in lists are not supported");
        TRY_ASSIGN(Operand item, operand());
        items.push_back(std::move(item.literal));
        if (!take(",")) break;
        spaces();
      }
      if (!take("]")) return error("']' expected");
      out.literal = Json(std::move(items));
      return out;
    }
    const std::size_t begin = at_;
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '-' || peek() == '+' || peek() == '.') ++at_;
    auto literal = Json::parse(text_.substr(begin, at_ - begin));
    if (at_ == begin || !literal.ok()) return error("Value expected");
    out.literal = std::move(literal).value();
    return out;
  }

  std::string_view text_;
  std::size_t at_;
  int depth_;
};

}  // namespace

Result<FilterPtr, ParseError> Filter::parse(std::string_view text, std::size_t& position, int depth) {
  FilterReader reader(text, position, depth);
  TRY_ASSIGN(FilterPtr filter, reader.any(0));
  position = reader.position();
  return filter;
}

}  // namespace thimble::lang::jsonpath
