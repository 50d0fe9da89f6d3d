// The parts of PartiQL statements that have values: literals, paths and WHERE. Used by partiql.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "lang/expression/condition.h"
#include "lang/expression/partiql_lexer.h"

namespace thimble::lang::expression {

/// A position in a statement's tokens, and the parameters not yet taken.
class StatementReader {
 public:
  /// The tokens are the text's, which outlives the reader as the parameters do.
  StatementReader(std::string_view text, std::vector<StatementToken> tokens, const std::vector<Value>& parameters)
      : text_(text), tokens_(std::move(tokens)), parameters_(parameters) {}

  const StatementToken& peek(std::size_t ahead = 0) const;
  const StatementToken& next();
  bool atEnd() const { return peek().type == StatementToken::Type::End; }
  /// Whether a function's name and its parenthesis come next.
  bool atCall() const { return peek().type == StatementToken::Type::Identifier && peek(1).is("("); }
  /// The message, and where the token stands.
  base::ApiError errorAt(const StatementToken& token, std::string message) const;
  bool accept(std::string_view symbol);
  bool acceptKeyword(std::string_view keyword);
  base::Result<void, base::ApiError> expect(std::string_view symbol);
  base::Result<void, base::ApiError> expectKeyword(std::string_view keyword);

  /// True at a literal, a parameter or a container of them.
  bool atValue() const;
  base::Result<Value> readValue();
  /// The item of an INSERT, whose attributes' values each are a literal.
  base::Result<Value> readItem();
  /// "a.b[3].\"c\"['d']"
  base::Result<Path> readPath();
  base::Result<Condition> readCondition();

  std::size_t parametersTaken() const { return taken_; }

 private:
  /// `place`: the literal's way from the value that it is a part of, "root[0].name"; empty of an INSERT's item.
  base::Result<base::Json> readLiteral(int depth, const std::string& place);
  base::Result<base::Json> readNumber(const std::string& place);
  base::Result<base::Json> readSet(const std::string& place);
  base::Result<base::Json> readList(int depth, const std::string& place);
  base::Result<base::Json> readTuple(int depth, const std::string& place);

  std::string_view text_;
  std::vector<StatementToken> tokens_;
  const std::vector<Value>& parameters_;
  std::size_t at_ = 0;
  std::size_t taken_ = 0;
};

/// "Unrecognized function: name at 1:8:4"
base::ApiError unrecognizedFunction(const StatementReader& tokens, const StatementToken& name);

/// Whether the word has a meaning of its own, so that it is no attribute's name unless quoted.
bool isStatementKeyword(std::string_view word);

}  // namespace thimble::lang::expression
