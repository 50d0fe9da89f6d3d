// Condition expressions: text to nodes, then DynamoDB's checks in its order.
//
// Reading makes a syntax tree in which functions may stand anywhere and operands may be in parentheses, since DynamoDB
// reads so and refuses misuse only afterwards, after redundant parentheses and unknown functions.
#include <array>
#include <memory>

#include "lang/expression/condition.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Result;

namespace {

struct Function {
  std::string_view name;
  ConditionOperator op;
  std::size_t operands;
};
constexpr std::array<Function, 5> kFunctions = {{
    {"attribute_exists", ConditionOperator::AttributeExists, 1},
    {"attribute_not_exists", ConditionOperator::AttributeNotExists, 1},
    {"attribute_type", ConditionOperator::AttributeType, 2},
    {"begins_with", ConditionOperator::BeginsWith, 2},
    {"contains", ConditionOperator::Contains, 2},
}};
constexpr std::string_view kSize = "size";

const Function* findFunction(std::string_view name) {
  for (const Function& function : kFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

struct Syntax {
  enum class Kind { Path, Value, Function, Comparison, Between, In, And, Or, Not };
  Kind kind;
  bool parenthesized = false;
  std::string name;  ///< Of a value its placeholder, of a function its name, of a comparison its sign.
  Path path;
  std::vector<std::unique_ptr<Syntax>> children;

  bool isOperand() const { return kind == Kind::Path || kind == Kind::Value || kind == Kind::Function; }
  bool isCondition() const { return kind != Kind::Path && kind != Kind::Value; }
};
using SyntaxPtr = std::unique_ptr<Syntax>;

SyntaxPtr make(Syntax::Kind kind, std::string_view name = {}) {
  auto syntax = std::make_unique<Syntax>();
  syntax->kind = kind;
  syntax->name = name;
  return syntax;
}

class Reader {
 public:
  explicit Reader(TokenStream& tokens) : tokens_(tokens) {}

  Result<SyntaxPtr> read() {
    TRY_ASSIGN(SyntaxPtr root, readOr(false));
    if (!tokens_.atEnd()) return tokens_.syntaxError();
    return root;
  }

  bool redundantParentheses() const { return redundant_; }
  int operators() const { return operators_; }

 private:
  // Each returns a condition or, where `operand_allowed` and a closing parenthesis follows, an operand.

  Result<SyntaxPtr> readOr(bool operand_allowed) { return readChain(Syntax::Kind::Or, "OR", operand_allowed); }

  Result<SyntaxPtr> readChain(Syntax::Kind kind, std::string_view keyword, bool operand_allowed) {
    const bool outer = kind == Syntax::Kind::Or;
    const auto readPart = [&](bool operand) -> Result<SyntaxPtr> {
      return outer ? readChain(Syntax::Kind::And, "AND", operand) : readNot(operand);
    };
    TRY_ASSIGN(SyntaxPtr left, readPart(operand_allowed));
    while (left->isCondition() && tokens_.acceptKeyword(keyword)) {
      TRY(count());
      TRY_ASSIGN(SyntaxPtr right, readPart(false));
      SyntaxPtr joined = make(kind);
      joined->children.push_back(std::move(left));
      joined->children.push_back(std::move(right));
      left = std::move(joined);
    }
    return left;
  }

  Result<SyntaxPtr> readNot(bool operand_allowed) {
    // "not" before a dot or a sign would be an attribute; it is reserved, so it never is one.
    if (tokens_.acceptKeyword("NOT")) {
      TRY(count());
      TRY_ASSIGN(SyntaxPtr inner, readNot(false));
      SyntaxPtr negated = make(Syntax::Kind::Not);
      negated->children.push_back(std::move(inner));
      return negated;
    }
    return readComparison(operand_allowed);
  }

  Result<SyntaxPtr> readComparison(bool operand_allowed) {
    TRY_ASSIGN(SyntaxPtr left, readPrimary());
    if (!left->isOperand()) return left;
    const Token& token = tokens_.peek();
    for (const std::string_view sign : {"=", "<>", "<", "<=", ">", ">="}) {
      if (!token.is(sign)) continue;
      tokens_.next();
      TRY(count());
      SyntaxPtr comparison = make(Syntax::Kind::Comparison, sign);
      TRY_ASSIGN(SyntaxPtr right, readOperand());
      comparison->children.push_back(std::move(left));
      comparison->children.push_back(std::move(right));
      return comparison;
    }
    if (tokens_.acceptKeyword("BETWEEN")) {
      TRY(count());
      SyntaxPtr between = make(Syntax::Kind::Between, "BETWEEN");
      TRY_ASSIGN(SyntaxPtr low, readOperand());
      if (!tokens_.acceptKeyword("AND")) return tokens_.syntaxError();
      TRY_ASSIGN(SyntaxPtr high, readOperand());
      between->children.push_back(std::move(left));
      between->children.push_back(std::move(low));
      between->children.push_back(std::move(high));
      return between;
    }
    if (tokens_.acceptKeyword("IN")) {
      TRY(count());
      SyntaxPtr in = make(Syntax::Kind::In, "IN");
      in->children.push_back(std::move(left));
      if (!tokens_.accept("(")) return tokens_.syntaxError();
      TRY(readArguments(*in));
      return in;
    }
    if (left->kind == Syntax::Kind::Function) return left;
    if (operand_allowed && token.is(")")) return left;
    return tokens_.syntaxError();
  }

  /// An operand, or a whole condition in parentheses.
  Result<SyntaxPtr> readPrimary() {
    if (!tokens_.peek().is("(")) return readBareOperand();
    TRY(enter());
    tokens_.next();
    TRY_ASSIGN(SyntaxPtr inner, readOr(true));
    if (!tokens_.accept(")")) return tokens_.syntaxError();
    return leave(std::move(inner));
  }

  Result<SyntaxPtr> readOperand() {
    if (!tokens_.peek().is("(")) return readBareOperand();
    TRY(enter());
    tokens_.next();
    TRY_ASSIGN(SyntaxPtr inner, readOperand());
    if (!tokens_.accept(")")) return tokens_.syntaxError();
    return leave(std::move(inner));
  }

  Result<SyntaxPtr> readBareOperand() {
    const Token& token = tokens_.peek();
    if (token.type == TokenType::Value) {
      tokens_.next();
      return make(Syntax::Kind::Value, token.text);
    }
    if (token.type == TokenType::Identifier) {
      for (const std::string_view keyword : {"AND", "OR", "NOT", "IN", "BETWEEN"}) {
        if (token.isKeyword(keyword)) return tokens_.syntaxError();
      }
      if (tokens_.peek(1).is("(")) {
        TRY(count());
        TRY(enter());
        tokens_.next();
        tokens_.next();
        SyntaxPtr function = make(Syntax::Kind::Function, token.text);
        TRY(readArguments(*function));
        --depth_;
        return function;
      }
    }
    SyntaxPtr syntax = make(Syntax::Kind::Path);
    TRY_ASSIGN(syntax->path, parsePath(tokens_));
    return syntax;
  }

  /// Operands with commas between them, and the closing parenthesis.
  Result<void, ApiError> readArguments(Syntax& syntax) {
    do {
      TRY_ASSIGN(SyntaxPtr argument, readOperand());
      syntax.children.push_back(std::move(argument));
    } while (tokens_.accept(","));
    if (!tokens_.accept(")")) return tokens_.syntaxError();
    return {};
  }

  /// After a closing parenthesis. A path may go on behind it: "(a.b).c".
  Result<SyntaxPtr> leave(SyntaxPtr inner) {
    --depth_;
    if (inner->parenthesized) redundant_ = true;
    inner->parenthesized = true;
    if (inner->kind == Syntax::Kind::Path && (tokens_.peek().is(".") || tokens_.peek().is("["))) {
      TRY(parsePathSteps(tokens_, inner->path));
      inner->parenthesized = false;
    }
    return inner;
  }

  Result<void, ApiError> count() {
    if (++operators_ <= kMaxOperators) return {};
    return tokens_.error("The expression contains too many operators; operator count: " + std::to_string(operators_));
  }

  /// Each level has an operator of its own, or its parentheses are redundant.
  Result<void, ApiError> enter() {
    if (++depth_ <= 2 * kMaxOperators) return {};
    return tokens_.error("The expression has redundant parentheses;");
  }

  TokenStream& tokens_;
  bool redundant_ = false;
  int operators_ = 0;
  int depth_ = 0;
};

/// The checks that need all of the tree, then those of single conditions; then the compiled nodes.
class Compiler {
 public:
  Compiler(const TokenStream& tokens, Placeholders& placeholders) : tokens_(tokens), placeholders_(placeholders) {}

  Result<Condition> compile(Syntax& root) {
    TRY(checkFunctionNames(root));
    TRY(checkUse(root, true));
    TRY(checkReserved(root));
    TRY_ASSIGN(const std::uint32_t node, compileCondition(root));
    condition_.setRoot(node);
    return std::move(condition_);
  }

 private:
  using Kind = Syntax::Kind;

  Result<void, ApiError> checkFunctionNames(const Syntax& syntax) const {
    for (const SyntaxPtr& child : syntax.children) TRY(checkFunctionNames(*child));
    if (syntax.kind != Kind::Function || syntax.name == kSize || findFunction(syntax.name) != nullptr) return {};
    if (syntax.name == "if_not_exists" || syntax.name == "list_append") {
      return tokens_.error("The function is not allowed in a condition expression; function: " + syntax.name);
    }
    return tokens_.error("Invalid function name; function: " + syntax.name);
  }

  /// size gives an operand, all other functions a condition.
  Result<void, ApiError> checkUse(const Syntax& syntax, bool as_condition) const {
    const bool children_conditions = syntax.kind == Kind::And || syntax.kind == Kind::Or || syntax.kind == Kind::Not;
    for (const SyntaxPtr& child : syntax.children) TRY(checkUse(*child, children_conditions));
    if (syntax.kind != Kind::Function || (syntax.name == kSize) != as_condition) return {};
    return tokens_.error("The function is not allowed to be used this way in an expression; function: " + syntax.name);
  }

  Result<void, ApiError> checkReserved(const Syntax& syntax) const {
    TRY(expression::checkReserved(tokens_, syntax.path));
    for (const SyntaxPtr& child : syntax.children) TRY(checkReserved(*child));
    return {};
  }

  Result<std::uint32_t> compileCondition(Syntax& syntax) {
    if (syntax.kind == Kind::And || syntax.kind == Kind::Or || syntax.kind == Kind::Not) {
      TRY_ASSIGN(const std::uint32_t first, compileCondition(*syntax.children[0]));
      std::uint32_t second = 0;
      if (syntax.kind != Kind::Not) {
        TRY_ASSIGN(second, compileCondition(*syntax.children[1]));
      }
      const ConditionOperator op = syntax.kind == Kind::And  ? ConditionOperator::And
                                   : syntax.kind == Kind::Or ? ConditionOperator::Or
                                                             : ConditionOperator::Not;
      return condition_.addNode({op, first, second, 0});
    }
    // 1. Placeholders, 2. numbers of operands, 3. distinct operands, 4. types.
    TRY(resolve(syntax));
    TRY(checkCounts(syntax));
    TRY(checkDistinct(syntax));
    TRY(checkTypes(syntax));
    std::vector<ConditionOperand> operands;
    for (const SyntaxPtr& child : syntax.children) operands.push_back(compileOperand(*child));
    const auto count = static_cast<std::uint32_t>(operands.size());
    return condition_.addNode({operatorOf(syntax), condition_.addOperands(operands), 0, count});
  }

  static ConditionOperator operatorOf(const Syntax& syntax) {
    if (syntax.kind == Kind::Between) return ConditionOperator::Between;
    if (syntax.kind == Kind::In) return ConditionOperator::In;
    if (syntax.kind == Kind::Function) return findFunction(syntax.name)->op;
    if (syntax.name == "=") return ConditionOperator::Equal;
    if (syntax.name == "<>") return ConditionOperator::NotEqual;
    if (syntax.name == "<") return ConditionOperator::Less;
    if (syntax.name == "<=") return ConditionOperator::LessOrEqual;
    if (syntax.name == ">") return ConditionOperator::Greater;
    return ConditionOperator::GreaterOrEqual;
  }

  ConditionOperand compileOperand(Syntax& syntax) {
    if (syntax.kind == Kind::Value) {
      return {ConditionOperand::Kind::Value, condition_.addValue(*placeholders_.value(syntax.name))};
    }
    if (syntax.kind == Kind::Path) return {ConditionOperand::Kind::Path, condition_.addPath(std::move(syntax.path))};
    const ConditionOperand inner = compileOperand(*syntax.children[0]);
    return {ConditionOperand::Kind::Size, condition_.addOperands({inner})};
  }

  Result<void, ApiError> resolve(Syntax& syntax) {
    if (syntax.kind == Kind::Value && placeholders_.value(syntax.name) == nullptr) {
      return tokens_.error("An expression attribute value used in expression is not defined; attribute value: " +
                           syntax.name);
    }
    if (const auto message = resolvePlaceholders(syntax.path, placeholders_)) return tokens_.error(*message);
    TRY(checkDepth(tokens_, syntax.path));
    for (const SyntaxPtr& child : syntax.children) TRY(resolve(*child));
    return {};
  }

  Result<void, ApiError> checkCounts(const Syntax& syntax) const {
    for (const SyntaxPtr& child : syntax.children) TRY(checkCounts(*child));
    if (syntax.kind == Kind::Function) {
      const std::size_t wanted = syntax.name == kSize ? 1 : findFunction(syntax.name)->operands;
      if (syntax.children.size() != wanted) {
        return tokens_.error("Incorrect number of operands for operator or function; operator or function: " +
                             syntax.name + ", number of operands: " + std::to_string(syntax.children.size()));
      }
    }
    if (syntax.kind == Kind::In && syntax.children.size() - 1 > kMaxInOperands) {
      return tokens_.error("The IN operator is provided with too many operands; number of operands: " +
                           std::to_string(syntax.children.size() - 1));
    }
    return {};
  }

  Result<void, ApiError> checkDistinct(const Syntax& syntax) const {
    for (const SyntaxPtr& child : syntax.children) TRY(checkDistinct(*child));
    if (syntax.children.size() < 2 || syntax.children[0]->kind != Kind::Path) return {};
    for (std::size_t i = 1; i < syntax.children.size(); ++i) {
      if (syntax.children[i]->kind == Kind::Path && syntax.children[i]->path == syntax.children[0]->path) {
        return tokens_.error(
            "The first operand must be distinct from the remaining operands for this operator or function; operator: " +
            syntax.name + ", first operand: " + syntax.children[0]->path.text());
      }
    }
    return {};
  }

  /// The type of an operand, where it is known without an item.
  std::optional<Type> typeOf(const Syntax& syntax) const {
    if (syntax.kind == Kind::Value) return placeholders_.value(syntax.name)->type();
    if (syntax.kind == Kind::Function) return syntax.name == kSize ? Type::N : Type::Bool;
    return std::nullopt;
  }

  ApiError wrongType(std::string_view function, std::string_view type) const {
    return tokens_.error(operandTypeMessage(function, type));
  }

  Result<void, ApiError> checkTypes(const Syntax& syntax) const {
    for (const SyntaxPtr& child : syntax.children) TRY(checkTypes(*child));
    if (syntax.kind == Kind::Between) return checkBounds(syntax);
    if (syntax.kind == Kind::Comparison && syntax.name != "=" && syntax.name != "<>") {
      for (const SyntaxPtr& child : syntax.children) {
        const auto type = typeOf(*child);
        if (type && *type != Type::S && *type != Type::N && *type != Type::B)
          return wrongType(syntax.name, typeName(*type));
      }
    }
    if (syntax.kind != Kind::Function) return {};
    const Syntax& first = *syntax.children[0];
    if (syntax.name == "attribute_exists" || syntax.name == "attribute_not_exists") {
      if (first.kind != Kind::Path) {
        return tokens_.error("Operator or function requires a document path; operator or function: " + syntax.name);
      }
    } else if (syntax.name == "begins_with") {
      for (const SyntaxPtr& child : syntax.children) {
        const auto type = typeOf(*child);
        if (type && *type != Type::S && *type != Type::B) return wrongType(syntax.name, typeName(*type));
      }
    } else if (syntax.name == "attribute_type") {
      const Syntax& second = *syntax.children[1];
      const auto type = typeOf(second);
      if (!type) return wrongType(syntax.name, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
      if (*type != Type::S) return wrongType(syntax.name, typeName(*type));
      const std::string name(placeholders_.value(second.name)->view().text());
      if (!typeFromName(name)) {
        return tokens_.error("Invalid attribute type name found; type: " + name +
                             ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
      }
    } else if (syntax.name == kSize) {
      const auto type = typeOf(first);
      if (type && (*type == Type::N || *type == Type::Bool || *type == Type::Null)) {
        return wrongType(syntax.name, typeName(*type));
      }
    }
    return {};
  }

  /// Bounds that are both given as values.
  Result<void, ApiError> checkBounds(const Syntax& syntax) const {
    const auto bound = [&](std::size_t i) -> const Value* {
      return syntax.children[i]->kind == Kind::Value ? placeholders_.value(syntax.children[i]->name) : nullptr;
    };
    const Value* low = bound(1);
    const Value* high = bound(2);
    if (low == nullptr || high == nullptr) return {};
    for (const Value* value : {low, high}) {
      const Type type = value->type();
      if (type != Type::S && type != Type::N && type != Type::B) return wrongType("BETWEEN", typeName(type));
    }
    const std::string texts =
        "lower bound operand: " + attributeValueText(*low) + ", upper bound operand: " + attributeValueText(*high);
    if (low->type() != high->type()) {
      return tokens_.error("The BETWEEN operator requires same data type for lower and upper bounds; " + texts);
    }
    if (compareValues(*low, *high).value_or(0) > 0) {
      return tokens_.error("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " +
                           texts);
    }
    return {};
  }

  const TokenStream& tokens_;
  Placeholders& placeholders_;
  Condition condition_;
};

}  // namespace

Result<void, ApiError> checkExpressionSize(const TokenStream& tokens, std::string_view text) {
  if (text.empty()) return tokens.error("The expression can not be empty;");
  if (text.size() <= kMaxExpressionSize) return {};
  std::string message = "Expression size has exceeded the maximum allowed size;";
  if (tokens.kind() == ExpressionKind::Condition || tokens.kind() == ExpressionKind::Filter) {
    message += " expression size: " + std::to_string(text.size());
  }
  return tokens.error(message);
}

Result<Condition> Condition::parse(ExpressionKind kind, std::string_view text, Placeholders& placeholders) {
  TokenStream tokens(kind, text);
  TRY(checkExpressionSize(tokens, text));
  Reader reader(tokens);
  TRY_ASSIGN(SyntaxPtr root, reader.read());
  if (reader.redundantParentheses()) return tokens.error("The expression has redundant parentheses;");
  return Compiler(tokens, placeholders).compile(*root);
}

}  // namespace thimble::lang::expression
