// WHERE: PartiQL's conditions as nodes of a Condition.
#include "lang/expression/partiql_condition.h"

#include <algorithm>
#include <array>

#include "lang/expression/token.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Result;

namespace {

using Op = ConditionOperator;
using Kind = ConditionOperand::Kind;

struct Function {
  std::string_view name;
  Op op;
  std::size_t operands;
};
constexpr std::array<Function, 5> kFunctions = {{
    {"attribute_exists", Op::AttributeExists, 1},
    {"attribute_not_exists", Op::AttributeNotExists, 1},
    {"attribute_type", Op::AttributeType, 2},
    {"begins_with", Op::BeginsWith, 2},
    {"contains", Op::Contains, 2},
}};

struct TypeTest {
  std::string_view keyword;
  std::string_view type;
};
constexpr std::array<TypeTest, 9> kTypeTests = {{{"null", "NULL"},
                                                 {"boolean", "BOOL"},
                                                 {"bool", "BOOL"},
                                                 {"blob", "B"},
                                                 {"string", "S"},
                                                 {"numeric", "N"},
                                                 {"struct", "M"},
                                                 {"tuple", "M"},
                                                 {"list", "L"}}};

/// What PartiQL calls types, so that IS may name them though DynamoDB knows nothing of theirs.
constexpr std::array<std::string_view, 26> kOtherTypes = {
    "any",      "bag",   "bigint", "char",     "character", "clob", "date",      "dec",      "decimal",
    "double",   "float", "int",    "int2",     "int4",      "int8", "integer",   "integer2", "integer4",
    "integer8", "real",  "sexp",   "smallint", "symbol",    "time", "timestamp", "varchar"};

constexpr std::array<std::string_view, 6> kOperatorWords = {"and", "between", "in", "is", "like", "or"};
constexpr std::array<std::string_view, 10> kOperatorSigns = {"=", "<>", "!=", "<", "<=", ">", ">=", "||", "/", "%"};

struct Sign {
  std::string_view text;
  Op op;
};
constexpr std::array<Sign, 7> kComparisons = {{{"=", Op::Equal},
                                               {"<>", Op::NotEqual},
                                               {"!=", Op::NotEqual},
                                               {"<", Op::Less},
                                               {"<=", Op::LessOrEqual},
                                               {">", Op::Greater},
                                               {">=", Op::GreaterOrEqual}}};

class Reader {
 public:
  explicit Reader(StatementReader& tokens) : tokens_(tokens) {}

  Result<Condition> read() {
    TRY_ASSIGN(const Term term, readOr());
    if (!term.node) return validationError("WHERE clause must contain an expression that resolves to a boolean");
    condition_.setRoot(*term.node);
    return std::move(condition_);
  }

 private:
  /// A condition, or something that has a value.
  struct Term {
    std::optional<std::uint32_t> node;
    ConditionOperand operand{Kind::Value, 0};
  };

  Result<Term> readOr() {
    TRY_ASSIGN(Term left, readAnd());
    while (tokens_.acceptKeyword("or")) {
      TRY_ASSIGN(left, join(Op::Or, left, [this] { return readAnd(); }));
    }
    return left;
  }

  Result<Term> readAnd() {
    TRY_ASSIGN(Term left, readNot());
    while (tokens_.acceptKeyword("and")) {
      TRY_ASSIGN(left, join(Op::And, left, [this] { return readNot(); }));
    }
    return left;
  }

  template <class ReadRight>
  Result<Term> join(Op op, const Term& left, ReadRight read_right) {
    TRY(count());
    if (tokens_.atEnd()) return malformedStatement("Missing right-hand side expression of infix operator");
    TRY_ASSIGN(const Term right, read_right());
    if (!left.node || !right.node) return validationError("The arguments to AND/OR must be Expressions");
    return Term{condition_.addNode({op, *left.node, *right.node, 0})};
  }

  Result<Term> readNot() {
    if (!tokens_.acceptKeyword("not")) return readComparison();
    TRY(count());
    TRY_ASSIGN(const Term inner, readNot());
    if (!inner.node) return validationError("The argument to NOT must be a Type or Expression");
    return Term{negate(true, *inner.node)};
  }

  /// A term, or one that is compared; what comes of that may be compared again: "contains(a, b) = false".
  Result<Term> readComparison() {
    TRY_ASSIGN(Term left, readTerm());
    for (;;) {
      const StatementToken& token = tokens_.peek();
      const auto* sign = std::find_if(kComparisons.begin(), kComparisons.end(),
                                      [&](const Sign& candidate) { return token.is(candidate.text); });
      if (sign != kComparisons.end()) {
        tokens_.next();
        TRY(count());
        const ConditionOperand first = asOperand(left);
        TRY_ASSIGN(const ConditionOperand second, readOperand());
        if (sign->op != Op::Equal && sign->op != Op::NotEqual) {
          TRY(checkOrdered(first, sign->text));
          TRY(checkOrdered(second, sign->text));
        }
        left = Term{addLeaf(sign->op, {first, second})};
        continue;
      }
      const bool negated =
          token.isKeyword("not") && (tokens_.peek(1).isKeyword("between") || tokens_.peek(1).isKeyword("in"));
      if (negated) tokens_.next();
      if (tokens_.acceptKeyword("between")) {
        TRY(count());
        TRY_ASSIGN(const std::uint32_t node, readBetween(asOperand(left)));
        left = Term{negate(negated, node)};
      } else if (tokens_.acceptKeyword("in")) {
        TRY(count());
        TRY_ASSIGN(const std::uint32_t node, readIn(asOperand(left)));
        left = Term{negate(negated, node)};
      } else if (tokens_.acceptKeyword("is")) {
        TRY(count());
        TRY_ASSIGN(const std::uint32_t node, readIs(asOperand(left)));
        left = Term{node};
      } else {
        return left;
      }
    }
  }

  Result<Term> readTerm() {
    const StatementToken& token = tokens_.peek();
    if (token.is("(")) {
      TRY(count());
      tokens_.next();
      TRY_ASSIGN(const Term inner, readOr());
      TRY(tokens_.expect(")"));
      return inner;
    }
    if (token.isKeyword("exists")) {
      if (tokens_.atCall() && !tokens_.peek(2).isKeyword("select")) return unrecognizedFunction(tokens_, token);
      return validationError("EXISTS can only be used in ExecuteTransaction write requests.");
    }
    if (tokens_.atCall()) return token.isKeyword("size") ? readSize() : readFunction();
    if (tokens_.atValue()) {
      TRY_ASSIGN(Value value, tokens_.readValue());
      return valued({Kind::Value, condition_.addValue(std::move(value))});
    }
    const bool word = token.type == StatementToken::Type::Identifier &&
                      std::any_of(kOperatorWords.begin(), kOperatorWords.end(),
                                  [&](std::string_view name) { return token.isKeyword(name); });
    const bool sign = std::any_of(kOperatorSigns.begin(), kOperatorSigns.end(),
                                  [&](std::string_view text) { return token.is(text); });
    if (word || sign) return malformedStatement("Unexpected operator");
    TRY_ASSIGN(Path path, tokens_.readPath());
    return valued({Kind::Path, condition_.addPath(std::move(path))});
  }

  static Term valued(ConditionOperand operand) {
    Term term;
    term.operand = operand;
    return term;
  }

  static ConditionOperand asOperand(const Term& term) {
    return term.node ? ConditionOperand{Kind::Truth, *term.node} : term.operand;
  }

  Result<ConditionOperand> readOperand() {
    TRY_ASSIGN(const Term term, readTerm());
    return asOperand(term);
  }

  Result<Term> readFunction() {
    const StatementToken& name = tokens_.next();
    const auto* function = std::find_if(kFunctions.begin(), kFunctions.end(),
                                        [&](const Function& candidate) { return name.isKeyword(candidate.name); });
    if (function == kFunctions.end()) return unrecognizedFunction(tokens_, name);
    TRY(count());
    tokens_.next();
    std::vector<ConditionOperand> operands;
    if (!tokens_.peek().is(")")) {
      do {
        TRY_ASSIGN(const ConditionOperand operand, readOperand());
        operands.push_back(operand);
      } while (tokens_.accept(","));
    }
    TRY(tokens_.expect(")"));
    const std::string shown(function->name);
    if (operands.size() != function->operands) {
      return validationError("Incorrect number of operands for operator or function; operator or function: " + shown +
                             ", number of operands: " + std::to_string(operands.size()));
    }
    for (const ConditionOperand& operand : operands) {
      const auto type = typeOf(operand);
      if (function->op == Op::BeginsWith && type && *type != Type::S && *type != Type::B) {
        return wrongType(shown, *type);
      }
    }
    const bool about_path = function->op == Op::AttributeExists || function->op == Op::AttributeNotExists;
    if (about_path && operands[0].kind != Kind::Path) {
      return validationError("Operator or function requires a document path; operator or function: " + shown);
    }
    if (function->op == Op::AttributeType) {
      const auto type = typeOf(operands[1]);
      if (operands[1].kind != Kind::Value || *type != Type::S) return wrongType(shown, type.value_or(Type::S));
      const std::string type_name(condition_.values()[operands[1].index].view().text());
      if (!typeFromName(type_name)) {
        return validationError("Invalid attribute type name found; type: " + type_name +
                               ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
      }
    }
    return Term{addLeaf(function->op, operands)};
  }

  Result<Term> readSize() {
    TRY(count());
    tokens_.next();
    tokens_.next();
    TRY_ASSIGN(const ConditionOperand inner, readOperand());
    TRY(tokens_.expect(")"));
    const auto type = typeOf(inner);
    if (type && (*type == Type::N || *type == Type::Bool || *type == Type::Null)) return wrongType("size", *type);
    return valued({Kind::Size, condition_.addOperands({inner})});
  }

  Result<std::uint32_t> readBetween(const ConditionOperand& left) {
    TRY_ASSIGN(const ConditionOperand low, readOperand());
    TRY(tokens_.expectKeyword("AND"));
    TRY_ASSIGN(const ConditionOperand high, readOperand());
    for (const ConditionOperand& operand : {left, low, high}) TRY(checkOrdered(operand, "BETWEEN"));
    return addLeaf(Op::Between, {left, low, high});
  }

  Result<std::uint32_t> readIn(const ConditionOperand& left) {
    const bool brackets = tokens_.accept("[");
    if (!brackets && !tokens_.accept("(")) {
      return validationError(
          "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq "
          "with at least one member");
    }
    std::vector<ConditionOperand> operands = {left};
    do {
      TRY_ASSIGN(const ConditionOperand operand, readOperand());
      operands.push_back(operand);
    } while (tokens_.accept(","));
    TRY(tokens_.expect(brackets ? "]" : ")"));
    if (operands.size() - 1 > kMaxInOperands) {
      return validationError("The IN operator is provided with too many operands; number of operands: " +
                             std::to_string(operands.size() - 1));
    }
    return addLeaf(Op::In, operands);
  }

  /// After IS.
  Result<std::uint32_t> readIs(const ConditionOperand& left) {
    if (left.kind == Kind::Size || left.kind == Kind::Truth) {
      return validationError("The left hand side argument to IS must be a Variable Reference, Literal, or Path");
    }
    const bool negated = tokens_.acceptKeyword("not");
    const StatementToken& token = tokens_.next();
    if (token.isKeyword("missing")) {
      return negate(negated, addLeaf(Op::AttributeNotExists, {left}));
    }
    for (const TypeTest& test : kTypeTests) {
      if (!token.isKeyword(test.keyword)) continue;
      const ConditionOperand type{Kind::Value, condition_.addValue(Value::string(test.type))};
      return negate(negated, addLeaf(Op::AttributeType, {left, type}));
    }
    for (const std::string_view type : kOtherTypes) {
      if (!token.isKeyword(type)) continue;
      return validationError(
          "Unsupported data type for IS operator: " + token.text +
          ". Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]");
    }
    return malformedStatement("Expected type name");
  }

  std::optional<Type> typeOf(const ConditionOperand& operand) const {
    switch (operand.kind) {
      case Kind::Value:
        return condition_.values()[operand.index].type();
      case Kind::Size:
        return Type::N;
      case Kind::Truth:
        return Type::Bool;
      case Kind::Path:
        break;
    }
    return std::nullopt;
  }

  Result<void, ApiError> checkOrdered(const ConditionOperand& operand, std::string_view op) const {
    const auto type = typeOf(operand);
    if (!type || *type == Type::S || *type == Type::N || *type == Type::B) return {};
    return wrongType(op, *type);
  }

  static ApiError wrongType(std::string_view op, Type type) {
    return validationError(operandTypeMessage(op, typeName(type)));
  }

  std::uint32_t addLeaf(Op op, const std::vector<ConditionOperand>& operands) {
    const std::uint32_t first = condition_.addOperands(operands);
    return condition_.addNode({op, first, 0, static_cast<std::uint32_t>(operands.size())});
  }

  std::uint32_t negate(bool negated, std::uint32_t node) {
    return negated ? condition_.addNode({Op::Not, node, 0, 0}) : node;
  }

  /// Bounds operators and, with them, parentheses: so also the depth.
  Result<void, ApiError> count() {
    if (++operators_ <= kMaxOperators) return {};
    return validationError("The expression contains too many operators; operator count: " + std::to_string(operators_));
  }

  StatementReader& tokens_;
  Condition condition_;
  int operators_ = 0;
};

}  // namespace

Result<Condition> StatementReader::readCondition() {
  return Reader(*this).read();
}

}  // namespace thimble::lang::expression
