#include "lang/asl/intrinsic.h"

#include <cctype>
#include <map>

#include "lang/asl/intrinsic_functions.h"

namespace thimble::lang::asl {

using base::Json;
using base::Result;

class IntrinsicReader {
 public:
  explicit IntrinsicReader(std::string_view text) : text_(text) {}

  std::shared_ptr<const IntrinsicCall> whole() {
    spaces();
    auto read = call(1);
    spaces();
    return at_ == text_.size() ? read : nullptr;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void spaces() {
    while (std::isspace(static_cast<unsigned char>(peek()))) ++at_;
  }

  std::shared_ptr<const IntrinsicCall> call(int depth) {
    if (depth > kMaxIntrinsicDepth) return nullptr;
    const std::size_t begin = at_;
    if (text_.substr(at_, 7) != "States.") return nullptr;
    at_ += 7;
    auto out = std::make_shared<IntrinsicCall>();
    while (std::isalnum(static_cast<unsigned char>(peek()))) out->name_ += text_[at_++];
    const Arity arity = intrinsicArity(out->name_);
    spaces();
    if (arity.most < 0 || peek() != '(') return nullptr;
    ++at_;
    spaces();
    if (peek() != ')') {
      while (true) {
        spaces();
        IntrinsicCall::Argument argument;
        if (!read(argument, depth)) return nullptr;
        out->arguments_.push_back(std::move(argument));
        spaces();
        if (peek() == ')') break;
        if (peek() != ',') return nullptr;
        ++at_;
      }
    }
    ++at_;
    const int count = static_cast<int>(out->arguments_.size());
    if (count < arity.least || count > arity.most) return nullptr;
    out->text_ = std::string(text_.substr(begin, at_ - begin));
    return out;
  }

  bool read(IntrinsicCall::Argument& out, int depth) {
    const char c = peek();
    if (c == '\'') return string(out);
    if (c == '$') return path(out);
    if (text_.substr(at_, 7) == "States.") {
      out.kind = IntrinsicCall::Argument::Kind::Call;
      out.call = call(depth + 1);
      return out.call != nullptr;
    }
    const std::size_t begin = at_;
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '-' || peek() == '+' || peek() == '.') ++at_;
    auto literal = Json::parse(text_.substr(begin, at_ - begin));
    if (at_ == begin || !literal.ok()) return false;
    out.literal = std::move(literal).value();
    return true;
  }

  bool string(IntrinsicCall::Argument& out) {
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\'') {
        ++at_;
        out.literal = Json(std::move(text));
        return true;
      }
      if (c != '\\') {
        text += c;
        continue;
      }
      const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      if (next == '{' || next == '}') {
        text += c;
      } else if (next != '\'' && next != '\\') {
        return false;
      }
      text += next;
      ++at_;
    }
    return false;
  }

  // A path ends at the comma or parenthesis that is in no bracket and no quotes.
  bool path(IntrinsicCall::Argument& out) {
    const std::size_t begin = at_;
    int brackets = 0;
    char quote = '\0';
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != '\0') {
        if (c == quote && text_[at_ - 1] != '\\') quote = '\0';
      } else if (brackets > 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '[') {
        ++brackets;
      } else if (c == ']') {
        --brackets;
      } else if (brackets == 0 && c == '(' && at_ + 1 < text_.size() && text_[at_ + 1] == ')') {
        ++at_;
      } else if (brackets == 0 && (c == ',' || c == ')' || c == ' ')) {
        break;
      }
    }
    out.kind = IntrinsicCall::Argument::Kind::Path;
    out.path = Expression::parse(text_.substr(begin, at_ - begin), false);
    return out.path != nullptr;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::shared_ptr<const IntrinsicCall> IntrinsicCall::parse(std::string_view text) {
  if (text.size() > jsonpath::kMaxPathBytes) return nullptr;
  return IntrinsicReader(text).whole();
}

Result<Json, WorkflowError> IntrinsicCall::evaluate(const Json& input, Environment& environment) const {
  std::vector<Json> values;
  values.reserve(arguments_.size());
  for (const Argument& argument : arguments_) {
    switch (argument.kind) {
      case Argument::Kind::Literal:
        values.push_back(argument.literal);
        break;
      case Argument::Kind::Call: {
        TRY_ASSIGN(Json value, argument.call->evaluate(input, environment));
        values.push_back(std::move(value));
        break;
      }
      case Argument::Kind::Path: {
        auto value = argument.path->read(input, environment);
        if (!value.ok()) {
          return WorkflowError::runtime(
              "The function '" + text_ + "' had the following error: The JsonPath argument for the field '" +
              argument.path->text() + "' could not be found in the input '" + writeJson(input) + "'");
        }
        values.push_back(std::move(value).value());
        break;
      }
    }
  }
  const bool literal_template = !arguments_.empty() && arguments_[0].kind == Argument::Kind::Literal;
  auto value = callIntrinsic(name_, values, literal_template, environment.entropy);
  if (value.ok()) return std::move(value).value();
  return WorkflowError::ofState(kIntrinsicFailure,
                                "The function '" + text_ + "' had the following error: " + value.error().message);
}

std::string javaText(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::String:
      return value.asString();
    case Json::Kind::Array: {
      std::string out = "[";
      for (std::size_t i = 0; i < value.size(); ++i) out += (i ? ", " : "") + javaText(value.asArray()[i]);
      return out + "]";
    }
    case Json::Kind::Object: {
      std::string out = "{";
      bool first = true;
      for (const auto& [name, member] : value.asObject()) {
        out += (first ? "" : ", ") + name + "=" + javaText(member);
        first = false;
      }
      return out + "}";
    }
    default:
      return writeJson(value);
  }
}

}  // namespace thimble::lang::asl
