#include "lang/vtl/parser.h"

namespace thimble::lang::vtl {
namespace {

constexpr std::size_t kMaxTemplateBytes = std::size_t{1} << 20;

bool isBlank(char c) {
  return c == ' ' || c == '\t';
}

/// The word of a directive, without braces.
bool isDirectiveWord(std::string_view word) {
  for (std::string_view known : {"set", "if", "elseif", "else", "end", "foreach", "define", "macro", "break", "stop",
                                 "include", "parse", "evaluate"}) {
    if (word == known) return true;
  }
  return false;
}

}  // namespace

base::Result<Template, TemplateError> Template::compile(std::string_view text) {
  if (text.size() > kMaxTemplateBytes) return TemplateError{"The template is too large", 0, 0};
  auto program = std::make_shared<Program>();
  program->foreach_slot = Parser::slotOf(*program, "foreach");
  program->count_slot = Parser::slotOf(*program, "velocityCount");
  program->has_next_slot = Parser::slotOf(*program, "velocityHasNext");
  Parser parser(text, 0, text.size(), *program, 0);
  program->body = parser.parseAll();
  if (parser.error()) return *parser.error();
  return Template(std::move(program));
}

bool Template::mentions(std::string_view name) const {
  return program_->slots.find(name) != program_->slots.end();
}

std::size_t Parser::slotOf(Program& program, std::string_view name) {
  const auto found = program.slots.find(name);
  if (found != program.slots.end()) return found->second;
  const std::size_t slot = program.slots.size();
  program.slots.emplace(std::string(name), slot);
  return slot;
}

void Parser::fail(std::size_t at, std::string message) {
  if (error_) return;
  TemplateError error{std::move(message), 1, 1};
  for (std::size_t i = 0; i < at && i < text_.size(); ++i) {
    if (text_[i] == '\n') {
      ++error.line;
      error.column = 1;
    } else {
      ++error.column;
    }
  }
  error_ = std::move(error);
}

bool Parser::accept(std::string_view token) {
  if (text_.substr(position_, token.size()) != token) return false;
  position_ += token.size();
  return true;
}

bool Parser::expect(std::string_view token, std::string_view where) {
  skipSpace();
  if (accept(token)) return true;
  fail(position_, "Expected \"" + std::string(token) + "\" in " + std::string(where));
  return false;
}

void Parser::skipSpace() {
  while (isBlank(peek()) || peek() == '\n' || peek() == '\r') ++position_;
}

void Parser::skipRestOfLine() {
  std::size_t at = position_;
  while (at < text_.size() && isBlank(text_[at])) ++at;
  if (at < text_.size() && text_[at] == '\r') {
    position_ = at + (at + 1 < text_.size() && text_[at + 1] == '\n' ? 2 : 1);
  } else if (at < text_.size() && text_[at] == '\n') {
    position_ = at + 1;
  }
}

std::string_view Parser::identifier() {
  const std::size_t start = position_;
  if (!isIdentifierStart(peek())) return {};
  while (isIdentifierStart(peek()) || isDigit(peek()) || peek() == '-') ++position_;
  return text_.substr(start, position_ - start);
}

void Parser::addText(Statements& out, std::string_view text) {
  if (text.empty()) return;
  if (out.empty() || out.back().kind != Statement::Kind::Text) out.emplace_back();
  out.back().text += text;
}

Statements Parser::parseAll() {
  Terminator terminator = Terminator::EndOfText;
  const std::size_t start = position_;
  Statements body = parseBody(terminator);
  if (terminator != Terminator::EndOfText) fail(start, "An #end or #else has no directive that it belongs to");
  return body;
}

Statements Parser::parseBody(Terminator& terminator) {
  Nested nested(*this);
  Statements out;
  terminator = Terminator::EndOfText;
  while (!error_ && !atEnd()) {
    if (parseSet(out)) continue;
    const char c = peek();
    if (c != '$' && c != '#' && c != '\\') {
      const std::size_t end = std::min(text_.find_first_of("$#\\", position_), text_.size());
      addText(out, text_.substr(position_, end - position_));
      position_ = end;
      continue;
    }
    std::size_t backslashes = 0;
    while (peek(backslashes) == '\\') ++backslashes;
    const char after = peek(backslashes);
    if (after == '$') {
      position_ += backslashes;
      parseDollar(out, backslashes);
    } else if (after == '#') {
      position_ += backslashes;
      if (parseHash(out, terminator, backslashes)) return out;
    } else {
      addText(out, text_.substr(position_, backslashes));
      position_ += backslashes;
    }
  }
  return out;
}

/// At "$": a reference, or just the character.
void Parser::parseDollar(Statements& out, std::size_t backslashes) {
  const std::size_t start = position_;
  Statement statement;
  statement.kind = Statement::Kind::Reference;
  statement.backslashes = backslashes;
  if (parseReference(statement.reference)) {
    out.push_back(std::move(statement));
    return;
  }
  addText(out, std::string(backslashes, '\\') + "$");
  position_ = start + 1;
}

/// Blanks before "#set" vanish with it, where they begin a piece of text of their own (after a directive's line).
bool Parser::parseSet(Statements& out) {
  std::size_t at = position_;
  while (at < text_.size() && isBlank(text_[at])) ++at;
  std::string_view rest = text_.substr(at);
  const std::size_t length = rest.starts_with("#set") ? 4 : rest.starts_with("#{set}") ? 6 : 0;
  if (length == 0) return false;
  at += length;
  while (at < text_.size() && text_[at] == ' ') ++at;
  if (at >= text_.size() || text_[at] != '(') return false;
  position_ = at + 1;
  skipSpace();
  Statement statement;
  statement.kind = Statement::Kind::Set;
  if (!parseReference(statement.reference)) {
    fail(position_, "Expected a reference in #set");
    return true;
  }
  if (!expect("=", "#set")) return true;
  statement.expressions.push_back(parseExpression());
  if (error_ || !expect(")", "#set")) return true;
  skipRestOfLine();
  out.push_back(std::move(statement));
  return true;
}

/// At "#": a comment, a directive, or just the character. True when the body that is being parsed ends here.
bool Parser::parseHash(Statements& out, Terminator& terminator, std::size_t backslashes) {
  const std::size_t start = position_;
  // The word of a directive.
  std::size_t at = position_ + 1;
  const bool braces = at < text_.size() && text_[at] == '{';
  if (braces) ++at;
  const std::size_t word_start = at;
  while (at < text_.size() && (isIdentifierStart(text_[at]) || (at > word_start && isDigit(text_[at])))) ++at;
  const std::string word(text_.substr(word_start, at - word_start));
  const bool closed = !braces || (at < text_.size() && text_[at] == '}');
  const bool known = closed && (isDirectiveWord(word) || program_.macros.count(word) > 0);

  if (known) {
    // An even number of backslashes prints half of them, an odd one takes the directive's meaning away.
    addText(out, std::string(backslashes / 2, '\\'));
    position_ = at + (braces ? 1 : 0);
    if (backslashes % 2 == 1) {
      addText(out, text_.substr(start, position_ - start));
      return false;
    }
    if (word == "end" || word == "else") {
      skipRestOfLine();
      terminator = word == "end" ? Terminator::End : Terminator::Else;
      return true;
    }
    if (word == "elseif") {
      terminator = Terminator::ElseIf;
      return true;
    }
    if (word == "if") {
      parseIf(out, start);
    } else if (word == "foreach") {
      parseForeach(out, start);
    } else if (word == "define") {
      parseDefine(out, start);
    } else if (word == "macro") {
      parseMacro(start);
    } else if (word == "break" || word == "stop") {
      out.emplace_back();
      out.back().kind = word == "break" ? Statement::Kind::Break : Statement::Kind::Stop;
    } else if (word == "set") {
      // parseSet has refused it: no parenthesis follows.
      addText(out, text_.substr(start, position_ - start));
    } else if (word == "include" || word == "parse" || word == "evaluate") {
      fail(start, "#" + word + " is not available in mapping templates");
    } else if (!parseMacroCall(out, word, start)) {
      addText(out, text_.substr(start, position_ - start));
    }
    return false;
  }

  addText(out, std::string(backslashes, '\\'));
  if (accept("##")) {
    const std::size_t end = text_.find_first_of("\r\n", position_);
    position_ = std::min(end, text_.size());
    skipRestOfLine();
    return false;
  }
  for (auto [open, close, literal] : {std::tuple{"#*", "*#", false}, std::tuple{"#[[", "]]#", true}}) {
    if (!accept(open)) continue;
    const std::size_t end = text_.find(close, position_);
    if (end == std::string_view::npos) {
      fail(start, "A comment or literal block is not closed");
      return false;
    }
    if (literal) addText(out, text_.substr(position_, end - position_));
    position_ = end + std::string_view(close).size();
    return false;
  }
  // A macro may be defined further down; without parenthesis it is text.
  position_ = at + (braces && closed ? 1 : 0);
  if (word.empty() || !closed || !parseMacroCall(out, word, start)) {
    addText(out, "#");
    position_ = start + 1;
  }
  return false;
}

Statements Parser::parseUntilEnd(std::size_t start, std::string_view directive) {
  Terminator terminator = Terminator::EndOfText;
  Statements body = parseBody(terminator);
  if (!error_ && terminator != Terminator::End) fail(start, "#" + std::string(directive) + " has no #end");
  return body;
}

void Parser::parseIf(Statements& out, std::size_t start) {
  Statement statement;
  statement.kind = Statement::Kind::If;
  Terminator terminator = Terminator::ElseIf;
  while (terminator == Terminator::ElseIf) {
    if (!expect("(", "#if")) return;
    statement.expressions.push_back(parseExpression());
    if (error_ || !expect(")", "#if")) return;
    skipRestOfLine();
    statement.bodies.push_back(parseBody(terminator));
    if (error_) return;
  }
  if (terminator == Terminator::Else) {
    statement.bodies.push_back(parseBody(terminator));
    if (error_) return;
  }
  if (terminator != Terminator::End) return fail(start, "#if has no #end");
  out.push_back(std::move(statement));
}

void Parser::parseForeach(Statements& out, std::size_t start) {
  Statement statement;
  statement.kind = Statement::Kind::Foreach;
  if (!expect("(", "#foreach")) return;
  skipSpace();
  Reference variable;
  if (!parseReference(variable) || !variable.path.empty()) return fail(position_, "Expected a variable in #foreach");
  statement.slot = variable.slot;
  if (!expect("in", "#foreach")) return;
  statement.expressions.push_back(parseExpression());
  if (error_ || !expect(")", "#foreach")) return;
  skipRestOfLine();
  statement.bodies.push_back(parseUntilEnd(start, "foreach"));
  out.push_back(std::move(statement));
}

void Parser::parseDefine(Statements& out, std::size_t start) {
  Statement statement;
  statement.kind = Statement::Kind::Define;
  if (!expect("(", "#define")) return;
  skipSpace();
  Reference variable;
  if (!parseReference(variable) || !variable.path.empty()) return fail(position_, "Expected a variable in #define");
  statement.slot = variable.slot;
  if (!expect(")", "#define")) return;
  skipRestOfLine();
  statement.block = std::make_shared<Block>();
  statement.block->body = parseUntilEnd(start, "define");
  out.push_back(std::move(statement));
}

void Parser::parseMacro(std::size_t start) {
  if (!expect("(", "#macro")) return;
  skipSpace();
  const std::string name(identifier());
  if (name.empty()) return fail(position_, "Expected a name in #macro");
  Macro macro;
  for (;;) {
    skipSpace();
    if (accept(",")) continue;
    if (peek() != '$') break;
    Reference parameter;
    if (!parseReference(parameter) || !parameter.path.empty()) return fail(position_, "Expected a variable in #macro");
    macro.parameters.push_back(parameter.slot);
  }
  if (!expect(")", "#macro")) return;
  skipRestOfLine();
  program_.macros.emplace(name, Macro{});  // Known from here on, in its own body too.
  macro.body = parseUntilEnd(start, "macro");
  program_.macros[name] = std::move(macro);
}

/// After "#name": its arguments in parentheses, separated by blanks or commas. False, and nothing taken, without them.
bool Parser::parseMacroCall(Statements& out, std::string_view name, std::size_t start) {
  const std::size_t after_name = position_;
  while (isBlank(peek())) ++position_;
  if (!accept("(")) {
    position_ = after_name;
    return false;
  }
  Statement statement;
  statement.kind = Statement::Kind::MacroCall;
  statement.text = name;
  const std::optional<TemplateError> error_before = error_;
  for (;;) {
    skipSpace();
    if (accept(",")) continue;
    if (accept(")")) break;
    if (!atEnd()) statement.expressions.push_back(parsePrimary());
    if (error_ || atEnd()) {
      error_ = error_before;
      position_ = after_name;
      return false;
    }
  }
  statement.source = text_.substr(start, position_ - start);
  if (program_.macros.count(statement.text) > 0) skipRestOfLine();
  out.push_back(std::move(statement));
  return true;
}

}  // namespace thimble::lang::vtl
