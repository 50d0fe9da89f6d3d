// Literals, parameters and paths of PartiQL statements.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "lang/expression/partiql_condition.h"
#include "lang/expression/token.h"

namespace thimble::lang::expression {

using base::ApiError;
using base::Json;
using base::Result;
using TokenKind = StatementToken::Type;

namespace {

constexpr std::array<std::string_view, 34> kKeywords = {
    "select",  "from",   "where",    "and",    "or",     "not",   "in",     "is",     "between",
    "order",   "by",     "set",      "remove", "insert", "into",  "update", "delete", "null",
    "missing", "true",   "false",    "exists", "as",     "on",    "asc",    "desc",   "returning",
    "value",   "values", "distinct", "group",  "having", "limit", "like"};

// What cannot stand behind a dot without quotes: the words of SQL-92 and PartiQL's own, each with a blank around it.
constexpr std::string_view kReservedMembers =
    " "
    "absolute action add all allocate alter and any are as asc assertion at authorization avg bag begin between "
    "bit bit_length by cascade cascaded case cast catalog char char_length character character_length check "
    "close coalesce collate collation column commit conflict connect connection constraint constraints continue "
    "convert corresponding count create cross current current_date current_time current_timestamp current_user "
    "cursor date deallocate dec decimal declare default deferrable deferred delete desc describe descriptor "
    "diagnostics disconnect distinct domain double drop else end escape except exception exec execute exists "
    "external extract false fetch first float for foreign found from full get global go goto grant group having "
    "identity immediate in index indicator initially inner input insensitive insert int integer intersect "
    "interval into is isolation join key language last left let level like limit local lower match max min "
    "missing modified module names national natural nchar new next no not null nullif numeric octet_length of "
    "old on only open option or order outer output overlaps pad partial pivot position precision prepare "
    "preserve primary prior privileges procedure public read real references relative remove restrict returning "
    "revoke right rollback rows schema scroll section select session session_user set size smallint some space "
    "sql sqlcode sqlerror sqlstate substring sum system_user table temporary then time timestamp to transaction "
    "translate translation trim true tuple union unique unknown unpivot update upper usage user using value "
    "values varchar varying view when whenever where with work write zone ";

std::string lowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

bool isReservedMember(std::string_view word) {
  return kReservedMembers.find(" " + lowerCase(std::string(word)) + " ") != std::string_view::npos;
}

}  // namespace

bool isStatementKeyword(std::string_view word) {
  for (const std::string_view keyword : kKeywords) {
    if (equalsIgnoringCase(word, keyword)) return true;
  }
  return false;
}

const StatementToken& StatementReader::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const StatementToken& StatementReader::next() {
  const StatementToken& token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool StatementReader::accept(std::string_view symbol) {
  if (!peek().is(symbol)) return false;
  next();
  return true;
}

bool StatementReader::acceptKeyword(std::string_view keyword) {
  if (!peek().isKeyword(keyword)) return false;
  next();
  return true;
}

Result<void, ApiError> StatementReader::expect(std::string_view symbol) {
  if (accept(symbol)) return {};
  return malformedStatement("Expected " + std::string(symbol));
}

Result<void, ApiError> StatementReader::expectKeyword(std::string_view keyword) {
  if (acceptKeyword(keyword)) return {};
  return malformedStatement("Expected " + std::string(keyword));
}

bool StatementReader::atValue() const {
  const StatementToken& token = peek();
  if (token.type == TokenKind::String || token.type == TokenKind::Number) return true;
  if (token.type == TokenKind::Symbol) {
    return token.text == "?" || token.text == "{" || token.text == "[" || token.text == "<<" || token.text == "-" ||
           token.text == "+";
  }
  return token.isKeyword("true") || token.isKeyword("false") || token.isKeyword("null") || token.isKeyword("missing");
}

ApiError StatementReader::errorAt(const StatementToken& token, std::string message) const {
  return validationError(std::move(message) + tokenPlace(text_, token));
}

ApiError unrecognizedFunction(const StatementReader& tokens, const StatementToken& name) {
  return tokens.errorAt(name, "Unrecognized function: " + lowerCase(name.text));
}

Result<Value> StatementReader::readValue() {
  TRY_ASSIGN(const Json json, readLiteral(0, "root"));
  return Value::fromJson(json);
}

Result<Value> StatementReader::readItem() {
  TRY_ASSIGN(const Json json, readLiteral(0, ""));
  return Value::fromJson(json);
}

Result<Json> StatementReader::readLiteral(int depth, const std::string& place) {
  if (depth >= kMaxNesting) return validationError("Nesting Levels have exceeded supported limits under " + place);
  const StatementToken& token = peek();
  if (token.type == TokenKind::String) return Json::object({{"S", next().text}});
  if (token.type == TokenKind::Number || token.is("-") || token.is("+")) return readNumber(place);
  if (token.is("?")) {
    if (depth > 0) return errorAt(token, "Unsupported data type: Parameter under key " + place);
    next();
    if (taken_ == parameters_.size()) {
      return validationError("Number of parameters in request and statement don't match.");
    }
    return toJson(parameters_[taken_++]);
  }
  if (acceptKeyword("true")) return Json::object({{"BOOL", true}});
  if (acceptKeyword("false")) return Json::object({{"BOOL", false}});
  if (acceptKeyword("null")) return Json::object({{"NULL", true}});
  if (token.isKeyword("missing")) return validationError("MISSING must be compared using IS operator");
  if (accept("<<")) return readSet(place);
  if (accept("[")) return readList(depth, place);
  if (accept("{")) return readTuple(depth, place);
  if (atCall()) return errorAt(token, "Unsupported data type: " + lowerCase(token.text) + " under key " + place);
  const bool keyword = token.type == TokenKind::Identifier && isStatementKeyword(token.text);
  return malformedStatement(keyword ? "Unexpected keyword" : "Unexpected term");
}

/// With any number of signs before it.
Result<Json> StatementReader::readNumber(const std::string& place) {
  bool negative = false;
  while (peek().is("-") || peek().is("+")) negative ^= next().is("-");
  if (peek().type != TokenKind::Number) return malformedStatement("Unexpected term");
  std::string number = (negative ? "-" : "") + next().text;
  const auto read = Decimal::parse(number, NumberReader::Statement);
  if (read.ok()) return Json::object({{"N", read->isZero() ? "0" : std::move(number)}});
  if (read.error() == NumberError::NotNumeric) return malformedStatement("");
  return validationError(numberError(read.error(), number).message + " under " + place);
}

/// After "[".
Result<Json> StatementReader::readList(int depth, const std::string& place) {
  Json elements = Json::array();
  if (accept("]")) return Json::object({{"L", std::move(elements)}});
  do {
    TRY_ASSIGN(Json element, readLiteral(depth + 1, place + "[" + std::to_string(elements.size()) + "]"));
    elements.push(std::move(element));
  } while (accept(","));
  TRY(expect("]"));
  return Json::object({{"L", std::move(elements)}});
}

/// After "{".
Result<Json> StatementReader::readTuple(int depth, const std::string& place) {
  Json members = Json::object();
  if (accept("}")) return Json::object({{"M", std::move(members)}});
  do {
    const StatementToken name = next();
    if (name.type != TokenKind::String) return malformedStatement("Unexpected term");
    TRY(expect(":"));
    if (members.contains(name.text)) {
      return validationError("Duplicate keys in tuple. Key: " + name.text + " under {}");
    }
    TRY_ASSIGN(Json value, place.empty() ? readLiteral(0, "root") : readLiteral(depth + 1, place + "." + name.text));
    members.set(name.text, std::move(value));
  } while (accept(","));
  TRY(expect("}"));
  return Json::object({{"M", std::move(members)}});
}

/// After "<<".
Result<Json> StatementReader::readSet(const std::string& place) {
  if (accept(">>")) return validationError("Empty bags are not supported");
  Json members = Json::array();
  std::string kind;
  do {
    const bool text = peek().type == TokenKind::String;
    if (!text && peek().type != TokenKind::Number && !peek().is("-") && !peek().is("+")) kind = "none";
    if (kind.empty()) kind = text ? "S" : "N";
    if (kind != (text ? "S" : "N")) {
      return validationError("Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags");
    }
    TRY_ASSIGN(const Json member, readLiteral(0, place + "[" + std::to_string(members.size()) + "]"));
    members.push(member[kind]);
  } while (accept(","));
  TRY(expect(">>"));
  if (kind == "N") {
    std::set<std::string> numbers;
    std::string list;
    for (const Json& member : members.asArray()) {
      numbers.insert(Decimal::parse(member.asString())->text());
      list += (list.empty() ? "" : ", ") + member.asString();
    }
    if (numbers.size() < members.size()) {
      return validationError("One or more parameter values were invalid: Input collection [" + list +
                             "] contains duplicates! under " + place);
    }
  }
  return Json::object({{kind + "S", std::move(members)}});
}

Result<Path> StatementReader::readPath() {
  Path path;
  const auto name = [&]() -> Result<std::string> {
    const StatementToken& token = peek();
    if (token.type == TokenKind::Quoted) {
      if (token.text.empty()) return validationError("Path component cannot be an empty string");
      return next().text;
    }
    if (token.type != TokenKind::Identifier) return malformedStatement("Unexpected term");
    if (isStatementKeyword(token.text)) return malformedStatement("Unexpected keyword");
    return next().text;
  };
  TRY_ASSIGN(std::string root, name());
  path.elements.push_back({std::move(root), -1, false});
  for (;;) {
    if (accept(".")) {
      if (peek().is("*")) return validationError("Unpivot path component like a.*.b are not supported");
      if (peek().type == TokenKind::Identifier && isReservedMember(peek().text)) {
        return malformedStatement("Invalid path dot component");
      }
      TRY_ASSIGN(std::string member, name());
      path.elements.push_back({std::move(member), -1, false});
    } else if (accept("[")) {
      const bool negative = accept("-");
      const StatementToken token = next();
      if (token.is("*")) return validationError("Wildcard path component like a[*].b are not supported");
      if (token.type == TokenKind::String && !negative) {
        path.elements.push_back({token.text, -1, false});
      } else if (token.type == TokenKind::Number) {
        std::int64_t index = 0;
        const char* end = token.text.data() + token.text.size();
        const auto [stop, failure] = std::from_chars(token.text.data(), end, index);
        if (failure != std::errc() || stop != end || index > INT32_MAX || (negative && index != 0)) {
          return errorAt(token, "List index is not within the allowable range; index: [" +
                                    std::string(negative ? "-" : "") + token.text + "]");
        }
        path.elements.push_back({std::string(), index, false});
      } else {
        return errorAt(token, "Unexpected path component");
      }
      TRY(expect("]"));
    } else {
      break;
    }
    if (path.elements.size() > kMaxPathElements) {
      return validationError("The document path has too many nesting levels; nesting levels: " +
                             std::to_string(path.elements.size()));
    }
  }
  return path;
}

}  // namespace thimble::lang::expression
