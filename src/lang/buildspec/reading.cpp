#include "lang/buildspec/reading.h"

#include <algorithm>

namespace thimble::lang::buildspec {

BuildspecError expected(const std::string& what, const std::string& form, const Node& node) {
  return {"Expected " + what + " to be " + form + placeOf(node)};
}

Outcome<std::string> readText(const Node& node, const std::string& what) {
  if (node.kind == Node::Kind::Null) return std::string();
  if (node.kind != Node::Kind::Scalar) return expected(what, "of string type", node);
  if (node.text.find('\0') != std::string::npos) return expected(what, "text without null characters", node);
  return node.text;
}

Outcome<std::vector<std::string>> readTexts(const Node& node, const std::string& what) {
  std::vector<std::string> texts;
  if (node.kind == Node::Kind::Null) return texts;
  if (node.kind == Node::Kind::Scalar) return std::vector<std::string>{node.text};
  if (node.kind != Node::Kind::Sequence) return expected(what, "a list", node);
  for (const Node& item : node.items) {
    TRY_ASSIGN(std::string text, readText(item, what + "[" + std::to_string(texts.size()) + "]"));
    texts.push_back(std::move(text));
  }
  return texts;
}

Outcome<bool> readBoolean(const Node& node, const std::string& what) {
  std::string text = node.kind == Node::Kind::Scalar ? node.text : std::string();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (text == "yes" || text == "true" || text == "on") return true;
  if (text == "no" || text == "false" || text == "off") return false;
  return expected(what, "yes or no", node);
}

Outcome<std::vector<std::pair<std::string, std::string>>> readPairs(const Node& node, const std::string& what) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (node.kind == Node::Kind::Null) return pairs;
  if (node.kind != Node::Kind::Map) return expected(what, "a map", node);
  for (const auto& [name, value] : node.members) {
    TRY_ASSIGN(std::string text, readText(value, what + "." + name));
    pairs.emplace_back(name, std::move(text));
  }
  return pairs;
}

Outcome<void> onlyKeys(const Node& node, const std::string& what, std::initializer_list<std::string_view> keys) {
  for (const auto& [name, value] : node.members) {
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
      return BuildspecError{"Unknown key \"" + name + "\" in " + what + keyPlaceOf(value)};
    }
  }
  return {};
}

}  // namespace thimble::lang::buildspec
