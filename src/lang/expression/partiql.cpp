// PartiQL statements.
#include "lang/expression/partiql.h"

#include <set>

#include "lang/expression/partiql_condition.h"
#include "lang/expression/token.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Result;

namespace {

/// Table and index names are checked where the table is looked up, but for these.
bool validTableName(std::string_view name) {
  if (name.size() < 3 || name.size() > 255) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<StatementToken> tokens, const std::vector<Value>& parameters)
      : tokens_(text, std::move(tokens), parameters), parameters_(parameters) {}

  Result<Statement> parse() {
    if (tokens_.acceptKeyword("select")) {
      statement_.kind = Statement::Kind::Select;
      TRY(readSelect());
    } else if (tokens_.acceptKeyword("insert")) {
      statement_.kind = Statement::Kind::Insert;
      TRY(readInsert());
    } else if (tokens_.acceptKeyword("update")) {
      statement_.kind = Statement::Kind::Update;
      TRY(readUpdate());
    } else if (tokens_.acceptKeyword("from")) {
      statement_.kind = Statement::Kind::Update;
      TRY(readUpdateOfSource());
    } else if (tokens_.acceptKeyword("delete")) {
      statement_.kind = Statement::Kind::Delete;
      TRY(readDelete());
    } else if (tokens_.peek().isKeyword("exists") && tokens_.peek(1).is("(")) {
      statement_.kind = Statement::Kind::Exists;
      tokens_.next();
      tokens_.next();
      TRY(tokens_.expectKeyword("SELECT"));
      TRY(readSelect());
      TRY(tokens_.expect(")"));
    } else {
      return malformedStatement("Expected data manipulation");
    }
    tokens_.accept(";");
    if (!tokens_.atEnd()) return malformedStatement("Unexpected token after expression");
    if (!statement_.order.empty() && !statement_.has_where) {
      return validationError("Must have WHERE clause in the statement when using ORDER BY clause.");
    }
    if (tokens_.parametersTaken() != parameters_.size()) {
      return validationError("Number of parameters in request and statement don't match.");
    }
    return std::move(statement_);
  }

 private:
  Result<void, ApiError> readSelect() {
    if (tokens_.acceptKeyword("distinct")) return validationError("Unsupported clause: DISTINCT");
    if (tokens_.peek().isKeyword("value")) {
      return validationError("Select projection doesn't support value or pivot keywords");
    }
    if (tokens_.accept("*")) {
      if (tokens_.peek().is(",")) {
        return validationError("Other attributes should not be present in the projection when '*' is used.");
      }
    } else {
      std::set<std::string> names;
      do {
        if (tokens_.peek().is("*")) {
          return validationError("Other attributes should not be present in the projection when '*' is used.");
        }
        if (tokens_.atCall() || tokens_.atValue()) {
          return tokens_.errorAt(tokens_.peek(), "Unexpected path component");
        }
        TRY_ASSIGN(Path path, tokens_.readPath());
        if (tokens_.peek().isKeyword("as")) return validationError("Aliasing is not supported");
        std::string name;
        for (const PathElement& element : path.elements) {
          name = element.isIndex() ? name + "[" + std::to_string(element.index) + "]" : element.name;
        }
        if (!names.insert(name).second) return validationError("Duplicate identifiers in select clause: " + name);
        statement_.selected.push_back({std::move(path), std::move(name)});
      } while (tokens_.accept(","));
    }
    TRY(tokens_.expectKeyword("FROM"));
    TRY(readSource(true));
    if (tokens_.peek().is(",")) return validationError("Only select from a single table or index is supported.");
    TRY(readWhere());
    if (tokens_.acceptKeyword("order")) {
      TRY(tokens_.expectKeyword("BY"));
      do {
        TRY_ASSIGN(Path path, tokens_.readPath());
        if (path.nested()) {
          return validationError("Argument to ORDER BY must be of type VariableReference. Type: Path");
        }
        Ordering ordering{path.root(), false};
        if (tokens_.acceptKeyword("desc")) {
          ordering.descending = true;
        } else {
          tokens_.acceptKeyword("asc");
        }
        statement_.order.push_back(std::move(ordering));
      } while (tokens_.accept(","));
    }
    for (const std::string_view clause : {"group", "having", "limit"}) {
      if (tokens_.peek().isKeyword(clause)) {
        return validationError("Unsupported clause: " + std::string(clause == "group"    ? "GROUP BY"
                                                                    : clause == "having" ? "HAVING"
                                                                                         : "LIMIT"));
      }
    }
    return {};
  }

  Result<void, ApiError> readInsert() {
    TRY(tokens_.expectKeyword("INTO"));
    TRY(readSource(false));
    if (tokens_.acceptKeyword("values") || tokens_.peek().is("(") || tokens_.peek().is("<<")) {
      return validationError(
          "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO "
          "tableName VALUE item\" instead");
    }
    TRY(tokens_.expectKeyword("VALUE"));
    if (tokens_.peek().is("<<")) {
      return validationError(
          "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO "
          "tableName VALUE item\" instead");
    }
    TRY_ASSIGN(const Value value, tokens_.readItem());
    if (value.type() != Type::M) {
      return validationError(
          "Unsupported format in item expression. Please use struct format {...} to express item values for insert "
          "statement.");
    }
    statement_.item = Item(value.view().map());
    if (tokens_.peek().isKeyword("returning")) return validationError("RETURNING is not supported in INSERT");
    if (tokens_.peek().isKeyword("on")) return validationError("Unsupported clause: ON CONFLICT");
    return {};
  }

  Result<void, ApiError> readUpdate() {
    TRY(readSource(false));
    TRY(readActions());
    TRY(readWhere());
    return readReturning();
  }

  /// After FROM: "table WHERE condition SET path = value", an UPDATE the other way round.
  Result<void, ApiError> readUpdateOfSource() {
    TRY(readSource(false));
    TRY(readWhere());
    TRY(readActions());
    return readReturning();
  }

  Result<void, ApiError> readActions() {
    std::vector<UpdateAction> actions;
    for (bool first = true;; first = false) {
      if (!first) tokens_.accept(",");
      if (tokens_.acceptKeyword("set")) {
        do {
          TRY_ASSIGN(UpdateAction action, readAssignment());
          actions.push_back(std::move(action));
        } while (tokens_.peek().is(",") && !tokens_.peek(1).isKeyword("set") && !tokens_.peek(1).isKeyword("remove") &&
                 tokens_.accept(","));
      } else if (tokens_.acceptKeyword("remove")) {
        do {
          UpdateAction action;
          action.kind = UpdateAction::Kind::Remove;
          TRY_ASSIGN(action.path, tokens_.readPath());
          actions.push_back(std::move(action));
        } while (tokens_.peek().is(",") && !tokens_.peek(1).isKeyword("set") && !tokens_.peek(1).isKeyword("remove") &&
                 tokens_.accept(","));
      } else if (first) {
        return malformedStatement("Expected data manipulation");
      } else {
        break;
      }
      if (actions.size() > kMaxOperators) return validationError("The expression contains too many operators");
    }
    std::vector<const Path*> targets;
    for (const UpdateAction& action : actions) targets.push_back(&action.path);
    if (const auto message = overlapMessage(targets)) return validationError(*message);
    statement_.update = Update(std::move(actions));
    return {};
  }

  Result<void, ApiError> readDelete() {
    TRY(tokens_.expectKeyword("FROM"));
    TRY(readSource(false));
    TRY(readWhere());
    TRY(readReturning());
    if (statement_.returning && (statement_.returning->modified || statement_.returning->is_new)) {
      return validationError("Invalid returning clause: RETURNING " + statement_.returning->text() +
                             ". Only RETURNING ALL OLD * is allowed in DELETE statements.");
    }
    return {};
  }

  Result<void, ApiError> readSource(bool index_allowed) {
    std::vector<std::string> names;
    do {
      const StatementToken token = tokens_.peek();
      const bool selects = statement_.kind == Statement::Kind::Select;
      const bool keyword = token.type == StatementToken::Type::Identifier && isStatementKeyword(token.text);
      if (tokens_.atEnd() && selects) return malformedStatement("Unexpected term");
      if ((token.type != StatementToken::Type::Quoted && token.type != StatementToken::Type::Identifier) ||
          (keyword && statement_.kind == Statement::Kind::Delete)) {
        return malformedStatement("Expected identifier for simple path");
      }
      if (keyword) return malformedStatement("Unexpected keyword");
      if (token.text.empty()) return validationError("Path component cannot be an empty string");
      names.push_back(tokens_.next().text);
    } while (tokens_.accept("."));
    if (tokens_.peek().is("[")) return validationError("Unexpected from source");
    if (names.size() > 2) return validationError("A path may contain at most 2 components in the FROM clause");
    const StatementToken& behind = tokens_.peek();
    const bool alias = behind.type == StatementToken::Type::Quoted ||
                       (behind.type == StatementToken::Type::Identifier && !isStatementKeyword(behind.text));
    if (alias && statement_.kind == Statement::Kind::Insert) {
      return malformedStatement("Unexpected token after expression");
    }
    if (alias || behind.isKeyword("as")) return validationError("Aliasing is not supported");
    if (names.size() == 2 && !index_allowed) {
      return validationError(statement_.kind == Statement::Kind::Insert
                                 ? "FROM clause may only contain a single table name"
                                 : "This operation is not supported on an index");
    }
    if (!validTableName(names[0])) {
      return validationError(
          "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.");
    }
    statement_.table = names[0];
    if (names.size() == 2) statement_.index = names[1];
    return {};
  }

  Result<void, ApiError> readWhere() {
    if (!tokens_.acceptKeyword("where")) return {};
    statement_.has_where = true;
    TRY_ASSIGN(statement_.where, tokens_.readCondition());
    return {};
  }

  Result<void, ApiError> readReturning() {
    if (!tokens_.acceptKeyword("returning")) return {};
    Returning returning;
    if (tokens_.acceptKeyword("modified")) {
      returning.modified = true;
    } else if (!tokens_.acceptKeyword("all")) {
      return malformedStatement("Expected ALL or MODIFIED");
    }
    if (tokens_.acceptKeyword("new")) {
      returning.is_new = true;
    } else if (!tokens_.acceptKeyword("old")) {
      return malformedStatement("Expected OLD or NEW");
    }
    if (!tokens_.accept("*")) {
      return validationError("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause");
    }
    if (tokens_.peek().is(",")) {
      return validationError("Invalid syntax with multiple returning elements in RETURNING clause");
    }
    statement_.returning = returning;
    return {};
  }

  /// "path = value", where SET_ADD and SET_DELETE become ADD and DELETE.
  Result<UpdateAction> readAssignment() {
    UpdateAction action;
    TRY_ASSIGN(action.path, tokens_.readPath());
    TRY(tokens_.expect("="));
    for (const bool add : {true, false}) {
      if (!tokens_.atCall() || !tokens_.peek().isKeyword(add ? "set_add" : "set_delete")) continue;
      action.kind = add ? UpdateAction::Kind::Add : UpdateAction::Kind::Delete;
      TRY_ASSIGN(action.operand.value, readSetFunction(action.path, add ? "SET_ADD" : "SET_DELETE"));
      action.type = action.operand.value.type();
      return action;
    }
    TRY_ASSIGN(action.operand, readSum(0));
    action.type = typeOf(action.operand);
    return action;
  }

  /// "set_add(path, set)", its path the one that is assigned to; gives the set.
  Result<Value> readSetFunction(const Path& assigned, const std::string& name) {
    const StatementToken& function = tokens_.next();
    tokens_.next();
    const StatementToken& first = tokens_.peek();
    struct Argument {
      std::optional<Path> path;
      std::optional<Value> value;
    };
    std::vector<Argument> arguments;
    do {
      Argument& argument = arguments.emplace_back();
      if (tokens_.atValue()) {
        TRY_ASSIGN(argument.value, tokens_.readValue());
      } else {
        TRY_ASSIGN(argument.path, tokens_.readPath());
      }
    } while (tokens_.accept(","));
    TRY(tokens_.expect(")"));
    if (arguments.size() != 2) return tokens_.errorAt(function, name + " must have exactly two arguments");
    if (!arguments[0].path || !(*arguments[0].path == assigned)) {
      return tokens_.errorAt(function, "The first argument to " + name + " must equal the assignment value");
    }
    if (!arguments[1].value || !isSet(arguments[1].value->type())) {
      return tokens_.errorAt(first, "The second argument to " + name + " must be a value with type SET");
    }
    return *std::move(arguments[1].value);
  }

  Result<UpdateOperand> readSum(int depth) {
    TRY_ASSIGN(UpdateOperand left, readOperand(depth));
    const StatementToken token = tokens_.peek();
    if (!token.is("+") && !token.is("-")) return left;
    tokens_.next();
    UpdateOperand sum;
    sum.kind = token.is("+") ? UpdateOperand::Kind::Plus : UpdateOperand::Kind::Minus;
    TRY_ASSIGN(UpdateOperand right, readOperand(depth));
    sum.operands.push_back(std::move(left));
    sum.operands.push_back(std::move(right));
    for (const UpdateOperand& operand : sum.operands) {
      const auto type = typeOf(operand);
      if (type && *type != Type::N) return wrongType(token.text, *type);
    }
    return sum;
  }

  Result<UpdateOperand> readOperand(int depth) {
    if (depth > kMaxNesting) return malformedStatement("Nesting is too deep");
    if (tokens_.accept("(")) {
      TRY_ASSIGN(UpdateOperand inner, readSum(depth + 1));
      TRY(tokens_.expect(")"));
      return inner;
    }
    UpdateOperand operand;
    if (tokens_.atCall()) {
      const StatementToken& name = tokens_.next();
      tokens_.next();
      const bool append = name.isKeyword("list_append");
      if (!append && !name.isKeyword("if_not_exists")) return unrecognizedFunction(tokens_, name);
      operand.kind = append ? UpdateOperand::Kind::ListAppend : UpdateOperand::Kind::IfNotExists;
      if (append) {
        TRY_ASSIGN(UpdateOperand first, readSum(depth + 1));
        operand.operands.push_back(std::move(first));
      } else {
        TRY_ASSIGN(operand.path, tokens_.readPath());
      }
      TRY(tokens_.expect(","));
      TRY_ASSIGN(UpdateOperand second, readSum(depth + 1));
      operand.operands.push_back(std::move(second));
      TRY(tokens_.expect(")"));
      if (append) {
        for (const UpdateOperand& inner : operand.operands) {
          const auto type = typeOf(inner);
          if (type && *type != Type::L) return wrongType("list_append", *type);
        }
      }
      return operand;
    }
    if (tokens_.atValue()) {
      TRY_ASSIGN(operand.value, tokens_.readValue());
      return operand;
    }
    operand.kind = UpdateOperand::Kind::Path;
    TRY_ASSIGN(operand.path, tokens_.readPath());
    return operand;
  }

  static std::optional<Type> typeOf(const UpdateOperand& operand) {
    switch (operand.kind) {
      case UpdateOperand::Kind::Value:
        return operand.value.type();
      case UpdateOperand::Kind::Plus:
      case UpdateOperand::Kind::Minus:
        return Type::N;
      case UpdateOperand::Kind::ListAppend:
        return Type::L;
      case UpdateOperand::Kind::IfNotExists:
        return typeOf(operand.operands[0]);
      case UpdateOperand::Kind::Path:
        break;
    }
    return std::nullopt;
  }

  static ApiError wrongType(std::string_view op, Type type) {
    return validationError(operandTypeMessage(op, typeName(type)));
  }

  StatementReader tokens_;
  const std::vector<Value>& parameters_;
  Statement statement_;
};

}  // namespace

std::string Returning::text() const {
  return std::string(modified ? "MODIFIED" : "ALL") + (is_new ? " NEW *" : " OLD *");
}

Item Statement::select(ItemView item) const {
  if (selected.empty()) return Item(item);
  ItemBuilder shown;
  for (const SelectedPath& element : selected) {
    if (const auto value = resolve(item, element.path)) shown.set(element.name, *value);
  }
  return shown.build();
}

Result<Statement> parseStatement(std::string_view text, const std::vector<Value>& parameters) {
  if (text.size() > kMaxStatementSize) return malformedStatement("The statement is too long");
  TRY_ASSIGN(std::vector<StatementToken> tokens, readStatementTokens(text));
  return Parser(text, std::move(tokens), parameters).parse();
}

}  // namespace thimble::lang::expression
