// WHERE: PartiQL's conditions as nodes of a Condition.
#include "lang/expression/partiql_condition.h"

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

class Reader {
 public:
  explicit Reader(StatementReader& tokens) : tokens_(tokens) {}

  Result<Condition> read() {
    TRY_ASSIGN(const std::uint32_t root, readOr());
    condition_.setRoot(root);
    return std::move(condition_);
  }

 private:
  Result<std::uint32_t> readOr() {
    TRY_ASSIGN(std::uint32_t left, readAnd());
    while (tokens_.acceptKeyword("or")) {
      TRY(count());
      TRY(expectMore());
      TRY_ASSIGN(const std::uint32_t right, readAnd());
      left = condition_.addNode({Op::Or, left, right, 0});
    }
    return left;
  }

  Result<std::uint32_t> readAnd() {
    TRY_ASSIGN(std::uint32_t left, readNot());
    while (tokens_.acceptKeyword("and")) {
      TRY(count());
      TRY(expectMore());
      TRY_ASSIGN(const std::uint32_t right, readNot());
      left = condition_.addNode({Op::And, left, right, 0});
    }
    return left;
  }

  Result<void, ApiError> expectMore() {
    if (!tokens_.atEnd()) return {};
    return malformedStatement("Missing right-hand side expression of infix operator");
  }

  Result<std::uint32_t> readNot() {
    if (!tokens_.acceptKeyword("not")) return readPrimary();
    TRY(count());
    TRY_ASSIGN(const std::uint32_t inner, readNot());
    return condition_.addNode({Op::Not, inner, 0, 0});
  }

  Result<std::uint32_t> readPrimary() {
    if (tokens_.peek().is("(") && !tokens_.peek(1).is("?")) {
      TRY(count());
      tokens_.next();
      TRY_ASSIGN(const std::uint32_t inner, readOr());
      TRY(tokens_.expect(")"));
      return inner;
    }
    if (tokens_.peek().isKeyword("exists")) {
      return validationError("EXISTS can only be used in ExecuteTransaction write requests.");
    }
    if (tokens_.peek().type == StatementToken::Type::Identifier && tokens_.peek(1).is("(") &&
        !tokens_.peek().isKeyword("size")) {
      TRY_ASSIGN(const std::uint32_t holds, readFunction());
      // Its answer may be compared with one: "contains(a, b) = false".
      const bool equal = tokens_.peek().is("=");
      const bool truth = tokens_.peek(1).isKeyword("true");
      if ((!equal && !tokens_.peek().is("<>") && !tokens_.peek().is("!=")) ||
          (!truth && !tokens_.peek(1).isKeyword("false"))) {
        return holds;
      }
      tokens_.next();
      tokens_.next();
      return negate(equal != truth, holds);
    }
    return readComparison();
  }

  Result<std::uint32_t> readFunction() {
    const std::string name = tokens_.next().text;
    const Function* function = nullptr;
    for (const Function& candidate : kFunctions) {
      if (equalsIgnoringCase(name, candidate.name)) function = &candidate;
    }
    if (function == nullptr) return validationError("Unrecognized function: " + name);
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
    if (operands.size() != function->operands) {
      return validationError("Incorrect number of operands for operator or function; operator or function: " + name +
                             ", number of operands: " + std::to_string(operands.size()));
    }
    for (const ConditionOperand& operand : operands) {
      const auto type = typeOf(operand);
      if (function->op == Op::BeginsWith && type && *type != Type::S && *type != Type::B) return wrongType(name, *type);
    }
    const bool about_path = function->op == Op::AttributeExists || function->op == Op::AttributeNotExists;
    if (about_path && operands[0].kind != Kind::Path) {
      return validationError("Operator or function requires a document path; operator or function: " + name);
    }
    if (function->op == Op::AttributeType) {
      const auto type = typeOf(operands[1]);
      if (operands[1].kind != Kind::Value || *type != Type::S) return wrongType(name, type.value_or(Type::S));
      const std::string type_name(condition_.values()[operands[1].index].view().text());
      if (!typeFromName(type_name)) {
        return validationError("Invalid attribute type name found; type: " + type_name +
                               ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
      }
    }
    return addLeaf(function->op, operands);
  }

  Result<std::uint32_t> readComparison() {
    TRY_ASSIGN(const ConditionOperand left, readOperand());
    const StatementToken token = tokens_.peek();
    struct Sign {
      std::string_view text;
      Op op;
    };
    for (const Sign sign :
         {Sign{"=", Op::Equal}, Sign{"<>", Op::NotEqual}, Sign{"!=", Op::NotEqual}, Sign{"<", Op::Less},
          Sign{"<=", Op::LessOrEqual}, Sign{">", Op::Greater}, Sign{">=", Op::GreaterOrEqual}}) {
      if (!token.is(sign.text)) continue;
      tokens_.next();
      TRY(count());
      TRY_ASSIGN(const ConditionOperand right, readOperand());
      if (sign.op != Op::Equal && sign.op != Op::NotEqual) {
        TRY(checkOrdered(left, sign.text));
        TRY(checkOrdered(right, sign.text));
      }
      return addLeaf(sign.op, {left, right});
    }
    const bool negated =
        tokens_.peek().isKeyword("not") && (tokens_.peek(1).isKeyword("between") || tokens_.peek(1).isKeyword("in"));
    if (negated) tokens_.next();
    if (tokens_.acceptKeyword("between")) {
      TRY(count());
      TRY_ASSIGN(const ConditionOperand low, readOperand());
      TRY(tokens_.expectKeyword("AND"));
      TRY_ASSIGN(const ConditionOperand high, readOperand());
      for (const ConditionOperand& operand : {left, low, high}) TRY(checkOrdered(operand, "BETWEEN"));
      return negate(negated, addLeaf(Op::Between, {left, low, high}));
    }
    if (tokens_.acceptKeyword("in")) {
      TRY(count());
      TRY_ASSIGN(const std::uint32_t in, readIn(left));
      return negate(negated, in);
    }
    if (tokens_.acceptKeyword("is")) {
      TRY(count());
      return readIs(left);
    }
    return validationError("WHERE clause must contain an expression that resolves to a boolean");
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
    if (left.kind == Kind::Size) {
      return validationError("The left hand side argument to IS must be a Variable Reference, Literal, or Path");
    }
    const bool negated = tokens_.acceptKeyword("not");
    const StatementToken token = tokens_.next();
    if (token.isKeyword("missing")) {
      return negate(negated, addLeaf(Op::AttributeNotExists, {left}));
    }
    for (const TypeTest& test : kTypeTests) {
      if (!token.isKeyword(test.keyword)) continue;
      const ConditionOperand type{Kind::Value, condition_.addValue(Value::string(test.type))};
      return negate(negated, addLeaf(Op::AttributeType, {left, type}));
    }
    return validationError(
        "Unsupported data type for IS operator: " + token.text +
        ". Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]");
  }

  Result<ConditionOperand> readOperand() {
    if (tokens_.peek().is("(")) {
      TRY(count());
      tokens_.next();
      TRY_ASSIGN(const ConditionOperand inner, readOperand());
      TRY(tokens_.expect(")"));
      return inner;
    }
    if (tokens_.peek().isKeyword("size") && tokens_.peek(1).is("(")) {
      TRY(count());
      tokens_.next();
      tokens_.next();
      TRY_ASSIGN(const ConditionOperand inner, readOperand());
      TRY(tokens_.expect(")"));
      const auto type = typeOf(inner);
      if (type && (*type == Type::N || *type == Type::Bool || *type == Type::Null)) return wrongType("size", *type);
      return ConditionOperand{Kind::Size, condition_.addOperands({inner})};
    }
    if (tokens_.atValue()) {
      TRY_ASSIGN(Value value, tokens_.readValue());
      return ConditionOperand{Kind::Value, condition_.addValue(std::move(value))};
    }
    TRY_ASSIGN(Path path, tokens_.readPath());
    return ConditionOperand{Kind::Path, condition_.addPath(std::move(path))};
  }

  std::optional<Type> typeOf(const ConditionOperand& operand) const {
    if (operand.kind == Kind::Value) return condition_.values()[operand.index].type();
    if (operand.kind == Kind::Size) return Type::N;
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
