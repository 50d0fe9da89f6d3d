#include "lang/expression/path.h"

#include <charconv>

namespace thimble::lang::expression {

using base::Result;

std::string Path::text() const {
  std::string out = "[";
  for (const PathElement& element : elements) {
    if (out.size() > 1) out += ", ";
    out += element.isIndex() ? "[" + std::to_string(element.index) + "]" : element.name;
  }
  return out + "]";
}

std::optional<ValueView> resolve(ItemView item, const Path& path) {
  std::optional<ValueView> value = item.find(path.root());
  for (std::size_t i = 1; value && i < path.elements.size(); ++i) {
    const PathElement& element = path.elements[i];
    if (element.isIndex()) {
      value = value->at(static_cast<std::size_t>(element.index));
    } else {
      value = value->type() == Type::M ? value->map().find(element.name) : std::nullopt;
    }
  }
  return value;
}

namespace {

Result<PathElement> parseName(TokenStream& tokens) {
  const Token& token = tokens.peek();
  if (token.type != TokenType::Identifier && token.type != TokenType::Name) return tokens.syntaxError();
  tokens.next();
  return PathElement{std::string(token.text), -1, token.type == TokenType::Name};
}

}  // namespace

Result<Path> parsePath(TokenStream& tokens) {
  Path path;
  TRY_ASSIGN(PathElement root, parseName(tokens));
  path.elements.push_back(std::move(root));
  TRY(parsePathSteps(tokens, path));
  return path;
}

Result<void, base::ApiError> parsePathSteps(TokenStream& tokens, Path& path) {
  for (;;) {
    if (tokens.accept(".")) {
      TRY_ASSIGN(PathElement element, parseName(tokens));
      path.elements.push_back(std::move(element));
    } else if (tokens.accept("[")) {
      const Token& token = tokens.peek();
      if (token.type != TokenType::Number) return tokens.syntaxError();
      std::int64_t index = 0;
      const auto [end, failure] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), index);
      // An index beyond any list's is still well formed.
      if (failure != std::errc() || index > INT32_MAX) {
        return tokens.error("List index is not within the allowable range; index: [" + std::string(token.text) + "]");
      }
      tokens.next();
      if (!tokens.accept("]")) return tokens.syntaxError();
      path.elements.push_back({std::string(), index, false});
    } else {
      return {};
    }
  }
}

std::optional<std::string> overlapMessage(const std::vector<const Path*>& paths) {
  const auto message = [](std::string_view what, const Path& one, const Path& two) {
    return "Two document paths " + std::string(what) +
           " with each other; must remove or rewrite one of these paths; path one: " + one.text() +
           ", path two: " + two.text();
  };
  std::optional<std::string> conflict;
  for (std::size_t later = 1; later < paths.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const auto& a = paths[earlier]->elements;
      const auto& b = paths[later]->elements;
      const std::size_t shared = std::min(a.size(), b.size());
      std::size_t i = 0;
      while (i < shared && a[i].isIndex() == b[i].isIndex() && a[i] == b[i]) ++i;
      if (i == shared) return message("overlap", *paths[earlier], *paths[later]);
      if (a[i].isIndex() != b[i].isIndex() && !conflict) conflict = message("conflict", *paths[earlier], *paths[later]);
    }
  }
  return conflict;
}

}  // namespace thimble::lang::expression
