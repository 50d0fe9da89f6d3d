// Update expressions: text to actions, then DynamoDB's checks in its order.
#include <array>

#include "lang/expression/condition.h"
#include "lang/expression/update.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Result;

namespace {

struct Syntax {
  enum class Kind { Path, Value, Function };
  Kind kind = Kind::Path;
  std::string name;  ///< Of a value its placeholder; of a function its name, '+' or '-'.
  Path path;
  std::vector<Syntax> children;

  bool arithmetic() const { return kind == Kind::Function && (name == "+" || name == "-"); }
};

struct ActionSyntax {
  UpdateAction::Kind kind;
  Path path;
  Syntax value;
};

constexpr std::array<std::string_view, 4> kSections = {"SET", "REMOVE", "ADD", "DELETE"};

class Reader {
 public:
  explicit Reader(TokenStream& tokens) : tokens_(tokens) {}

  Result<void, ApiError> read() {
    do {
      std::size_t section = 0;
      while (section < kSections.size() && !tokens_.acceptKeyword(kSections[section])) ++section;
      if (section == kSections.size()) return tokens_.syntaxError();
      if (seen_[section] && repeated_.empty()) repeated_ = kSections[section];
      seen_[section] = true;
      do {
        TRY(readAction(static_cast<UpdateAction::Kind>(section)));
      } while (tokens_.accept(","));
    } while (!tokens_.atEnd());
    return {};
  }

  std::vector<ActionSyntax> actions;
  std::string_view repeated() const { return repeated_; }

 private:
  Result<void, ApiError> readAction(UpdateAction::Kind kind) {
    TRY(refuseKeyword());
    ActionSyntax action{kind, {}, {}};
    TRY_ASSIGN(action.path, parsePath(tokens_));
    if (kind == UpdateAction::Kind::Set) {
      if (!tokens_.accept("=")) return tokens_.syntaxError();
      TRY_ASSIGN(action.value, readSum());
    } else if (kind != UpdateAction::Kind::Remove) {
      const Token& token = tokens_.peek();
      if (token.type != TokenType::Value) return tokens_.syntaxError();
      tokens_.next();
      action.value.kind = Syntax::Kind::Value;
      action.value.name = token.text;
    }
    actions.push_back(std::move(action));
    return {};
  }

  /// An operand, or two with a sign between them; in parentheses or not.
  Result<Syntax> readSum() {
    TRY_ASSIGN(Syntax left, readOperand(true));
    const Token& token = tokens_.peek();
    if (left.arithmetic() || (!token.is("+") && !token.is("-"))) return left;
    TRY(count());
    tokens_.next();
    Syntax sum;
    sum.kind = Syntax::Kind::Function;
    sum.name = token.text;
    TRY_ASSIGN(Syntax right, readOperand(false));
    sum.children.push_back(std::move(left));
    sum.children.push_back(std::move(right));
    return sum;
  }

  Result<Syntax> readOperand(bool sum_allowed) {
    const Token& token = tokens_.peek();
    if (token.is("(")) {
      TRY(enter());
      tokens_.next();
      TRY_ASSIGN(Syntax inner, sum_allowed ? readSum() : readOperand(false));
      if (!tokens_.accept(")")) return tokens_.syntaxError();
      --depth_;
      return inner;
    }
    Syntax syntax;
    if (token.type == TokenType::Value) {
      tokens_.next();
      syntax.kind = Syntax::Kind::Value;
      syntax.name = token.text;
      return syntax;
    }
    TRY(refuseKeyword());
    if (token.type == TokenType::Identifier && tokens_.peek(1).is("(")) {
      TRY(count());
      TRY(enter());
      tokens_.next();
      tokens_.next();
      syntax.kind = Syntax::Kind::Function;
      syntax.name = token.text;
      do {
        TRY_ASSIGN(Syntax argument, readOperand(false));
        syntax.children.push_back(std::move(argument));
      } while (tokens_.accept(","));
      if (!tokens_.accept(")")) return tokens_.syntaxError();
      --depth_;
      return syntax;
    }
    TRY_ASSIGN(syntax.path, parsePath(tokens_));
    return syntax;
  }

  /// A section's name is never an attribute's.
  Result<void, ApiError> refuseKeyword() const {
    for (const std::string_view section : kSections) {
      if (tokens_.peek().isKeyword(section)) return tokens_.syntaxError();
    }
    return {};
  }

  Result<void, ApiError> count() {
    if (++operators_ <= kMaxOperators) return {};
    return tokens_.error("The expression contains too many operators; operator count: " + std::to_string(operators_));
  }

  Result<void, ApiError> enter() {
    if (++depth_ <= kMaxOperators) return {};
    return tokens_.error("The expression has redundant parentheses;");
  }

  TokenStream& tokens_;
  std::array<bool, 4> seen_{};
  std::string_view repeated_;
  int operators_ = 0;
  int depth_ = 0;
};

class Compiler {
 public:
  Compiler(const TokenStream& tokens, Placeholders& placeholders) : tokens_(tokens), placeholders_(placeholders) {}

  /// 1. Reserved words, 2. functions' names, 3. repeated sections, 4. names, 5. values, 6. paths that overlap or
  /// conflict, 7. operands of ADD and DELETE, 8. operands of functions.
  Result<std::vector<UpdateAction>> compile(std::vector<ActionSyntax>& actions, std::string_view repeated) {
    for (const ActionSyntax& action : actions) {
      TRY(checkReserved(tokens_, action.path));
      TRY(checkReservedIn(action.value));
    }
    for (const ActionSyntax& action : actions) TRY(checkFunctionNames(action.value));
    if (!repeated.empty()) {
      return tokens_.error("The \"" + std::string(repeated) +
                           "\" section can only be used once in an update expression;");
    }
    for (ActionSyntax& action : actions) {
      TRY(resolveNames(action.path));
      TRY(resolveNamesIn(action.value));
    }
    for (const ActionSyntax& action : actions) TRY(checkValues(action.value));
    std::vector<const Path*> targets;
    for (const ActionSyntax& action : actions) targets.push_back(&action.path);
    if (const auto message = overlapMessage(targets)) return tokens_.error(*message);
    for (const ActionSyntax& action : actions) TRY(checkSetOperand(action));
    for (const ActionSyntax& action : actions) TRY(checkFunction(action.value));

    std::vector<UpdateAction> compiled;
    for (ActionSyntax& action : actions) {
      UpdateAction out;
      out.kind = action.kind;
      out.path = std::move(action.path);
      if (out.kind != UpdateAction::Kind::Remove) {
        out.type = typeOf(action.value);
        out.operand = compileOperand(action.value);
      }
      compiled.push_back(std::move(out));
    }
    return compiled;
  }

 private:
  using Kind = Syntax::Kind;

  Result<void, ApiError> checkReservedIn(const Syntax& syntax) const {
    TRY(checkReserved(tokens_, syntax.path));
    for (const Syntax& child : syntax.children) TRY(checkReservedIn(child));
    return {};
  }

  Result<void, ApiError> checkFunctionNames(const Syntax& syntax) const {
    for (const Syntax& child : syntax.children) TRY(checkFunctionNames(child));
    if (syntax.kind != Kind::Function || syntax.arithmetic() || syntax.name == "if_not_exists" ||
        syntax.name == "list_append") {
      return {};
    }
    for (const std::string_view name :
         {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"}) {
      if (syntax.name != name) continue;
      return tokens_.error("The function is not allowed in an update expression; function: " + syntax.name);
    }
    return tokens_.error("Invalid function name; function: " + syntax.name);
  }

  Result<void, ApiError> resolveNames(Path& path) {
    if (const auto message = resolvePlaceholders(path, placeholders_)) return tokens_.error(*message);
    return checkDepth(tokens_, path);
  }

  Result<void, ApiError> resolveNamesIn(Syntax& syntax) {
    TRY(resolveNames(syntax.path));
    for (Syntax& child : syntax.children) TRY(resolveNamesIn(child));
    return {};
  }

  Result<void, ApiError> checkValues(const Syntax& syntax) {
    if (syntax.kind == Kind::Value && !syntax.name.empty() && placeholders_.value(syntax.name) == nullptr) {
      return tokens_.error("An expression attribute value used in expression is not defined; attribute value: " +
                           syntax.name);
    }
    for (const Syntax& child : syntax.children) TRY(checkValues(child));
    return {};
  }

  Result<void, ApiError> checkSetOperand(const ActionSyntax& action) const {
    const bool add = action.kind == UpdateAction::Kind::Add;
    if (!add && action.kind != UpdateAction::Kind::Delete) return {};
    const Type type = placeholders_.value(action.value.name)->type();
    if (isSet(type) || (add && type == Type::N)) return {};
    return tokens_.error("Incorrect operand type for operator or function; operator: " +
                         std::string(add ? "ADD" : "DELETE") + ", operand type: " + std::string(longTypeName(type)));
  }

  std::optional<Type> typeOf(const Syntax& syntax) const {
    if (syntax.kind == Kind::Value) return placeholders_.value(syntax.name)->type();
    if (syntax.kind == Kind::Path) return std::nullopt;
    if (syntax.arithmetic()) return Type::N;
    if (syntax.name == "list_append") return Type::L;
    return syntax.children.size() == 2 ? typeOf(syntax.children[1]) : std::nullopt;
  }

  Result<void, ApiError> checkFunction(const Syntax& syntax) const {
    if (syntax.kind != Kind::Function) return {};
    for (const Syntax& child : syntax.children) TRY(checkFunction(child));
    if (syntax.children.size() != 2) {
      return tokens_.error("Incorrect number of operands for operator or function; operator or function: " +
                           syntax.name + ", number of operands: " + std::to_string(syntax.children.size()));
    }
    if (syntax.name == "if_not_exists") {
      if (syntax.children[0].kind == Kind::Path) return {};
      return tokens_.error("Operator or function requires a document path; operator or function: " + syntax.name);
    }
    if (syntax.name == "list_append") {
      for (const Syntax& child : syntax.children) {
        if (child.kind != Kind::Function || child.name != "list_append") continue;
        return tokens_.error("The function is not allowed to be used this way in an expression; function: list_append");
      }
    }
    const Type wanted = syntax.arithmetic() ? Type::N : Type::L;
    // What a function gives is not looked at before there is an item.
    for (const Syntax& child : syntax.children) {
      if (child.kind != Kind::Value) continue;
      const Type type = placeholders_.value(child.name)->type();
      if (type != wanted) return tokens_.error(operandTypeMessage(syntax.name, typeName(type)));
    }
    return {};
  }

  UpdateOperand compileOperand(Syntax& syntax) const {
    UpdateOperand operand;
    switch (syntax.kind) {
      case Kind::Path:
        operand.kind = UpdateOperand::Kind::Path;
        operand.path = std::move(syntax.path);
        break;
      case Kind::Value:
        operand.kind = UpdateOperand::Kind::Value;
        operand.value = *placeholders_.value(syntax.name);
        break;
      case Kind::Function:
        operand.kind = syntax.name == "+"             ? UpdateOperand::Kind::Plus
                       : syntax.name == "-"           ? UpdateOperand::Kind::Minus
                       : syntax.name == "list_append" ? UpdateOperand::Kind::ListAppend
                                                      : UpdateOperand::Kind::IfNotExists;
        if (operand.kind == UpdateOperand::Kind::IfNotExists) {
          operand.path = std::move(syntax.children[0].path);
        } else {
          operand.operands.push_back(compileOperand(syntax.children[0]));
        }
        operand.operands.push_back(compileOperand(syntax.children[1]));
        break;
    }
    return operand;
  }

  const TokenStream& tokens_;
  Placeholders& placeholders_;
};

}  // namespace

Result<Update> Update::parse(std::string_view text, Placeholders& placeholders) {
  TokenStream tokens(ExpressionKind::Update, text);
  TRY(checkExpressionSize(tokens, text));
  Reader reader(tokens);
  TRY(reader.read());
  TRY_ASSIGN(std::vector<UpdateAction> actions,
             Compiler(tokens, placeholders).compile(reader.actions, reader.repeated()));
  return Update(std::move(actions));
}

}  // namespace thimble::lang::expression
