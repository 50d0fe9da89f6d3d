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
  StatementReader(std::vector<StatementToken> tokens, const std::vector<Value>& parameters)
      : tokens_(std::move(tokens)), parameters_(parameters) {}

  const StatementToken& peek(std::size_t ahead = 0) const;
  const StatementToken& next();
  bool atEnd() const { return peek().type == StatementToken::Type::End; }
  bool accept(std::string_view symbol);
  bool acceptKeyword(std::string_view keyword);
  base::Result<void, base::ApiError> expect(std::string_view symbol);
  base::Result<void, base::ApiError> expectKeyword(std::string_view keyword);

  /// True at a literal, a parameter or a container of them.
  bool atValue() const;
  base::Result<Value> readValue();
  /// "a.b[3].\"c\"['d']"
  base::Result<Path> readPath();
  base::Result<Condition> readCondition();

  std::size_t parametersTaken() const { return taken_; }

 private:
  base::Result<base::Json> readLiteral(int depth);
  base::Result<base::Json> readSet();

  std::vector<StatementToken> tokens_;
  const std::vector<Value>& parameters_;
  std::size_t at_ = 0;
  std::size_t taken_ = 0;
};

/// Whether the word has a meaning of its own, so that it is no attribute's name unless quoted.
bool isStatementKeyword(std::string_view word);

}  // namespace thimble::lang::expression
