// The compiled form of a template: a tree of statements and expressions. Variables are numbered slots.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lang/vtl/value.h"

namespace thimble::lang::vtl {

struct Expression;
struct Statement;
using Expressions = std::vector<Expression>;
using Statements = std::vector<Statement>;

/// One step of a reference after its variable: .name, .name(arguments) or [index].
struct Access {
  enum class Kind { Property, Method, Index };
  Kind kind = Kind::Property;
  std::string name;
  Expressions arguments;  ///< Index: exactly one.
};

/// $variable.step.step; `source` is its text in the template.
struct Reference {
  std::size_t slot = 0;
  std::vector<Access> path;
  std::string source;
};

struct Expression {
  enum class Kind {
    Literal,
    Interpolated,
    Reference,
    ListLiteral,
    MapLiteral,
    Range,
    Not,
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo
  };
  Kind kind = Kind::Literal;
  Value literal;
  Reference reference;
  Expressions operands;  ///< Operands; elements of a list; keys and values of a map in turn; both ends of a range.
  Statements body;       ///< Interpolated: the string's own template.
};

/// The body of #define or #macro.
struct Block {
  Statements body;
};

struct Macro {
  std::vector<std::size_t> parameters;
  Statements body;
};

struct Statement {
  enum class Kind { Text, Reference, Set, If, Foreach, Define, MacroCall, Break, Stop };
  Kind kind = Kind::Text;
  std::string text;             ///< Text; MacroCall: the macro's name.
  std::size_t backslashes = 0;  ///< Reference: how many stand before it.
  Reference reference;          ///< Reference; Set: the target.
  std::size_t slot = 0;         ///< Foreach: the loop's variable; Define: the block's.
  Expressions expressions;      ///< Set: the value; Foreach: the collection; If: the conditions; MacroCall: arguments.
  std::vector<Statements> bodies;  ///< If: one a condition, and one more for #else; Foreach: one.
  std::shared_ptr<Block> block;    ///< Define.
  std::string source;              ///< MacroCall: its text, printed when there is no such macro.
};

struct Program {
  Statements body;
  std::map<std::string, std::size_t, std::less<>> slots;
  std::map<std::string, Macro, std::less<>> macros;
  // Slots that every #foreach sets; made for each program.
  std::size_t foreach_slot = 0;
  std::size_t count_slot = 0;
  std::size_t has_next_slot = 0;
};

}  // namespace thimble::lang::vtl
