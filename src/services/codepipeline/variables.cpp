#include "services/codepipeline/variables.h"

#include <cctype>

namespace thimble::services::codepipeline {
namespace {

bool isNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '@' || c == '-' || c == '_';
}

}  // namespace

base::Result<std::string, UnknownVariable> resolveVariables(const std::string& text, const FindVariable& find) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find("#{", at);
    if (open == std::string::npos) break;
    std::size_t dot = open + 2;
    while (dot < text.size() && isNameCharacter(text[dot])) ++dot;
    std::size_t close = dot + 1;
    while (close < text.size() && isNameCharacter(text[close])) ++close;
    if (dot == open + 2 || close >= text.size() || close == dot + 1 || text[dot] != '.' || text[close] != '}') {
      out += text.substr(at, open + 2 - at);
      at = open + 2;
      continue;
    }
    const auto value = find(text.substr(open + 2, dot - open - 2), text.substr(dot + 1, close - dot - 1));
    if (!value) return UnknownVariable{text.substr(open, close + 1 - open)};
    out += text.substr(at, open - at) + *value;
    at = close + 1;
  }
  return out + text.substr(std::min(at, text.size()));
}

base::Result<base::Json, UnknownVariable> resolveConfiguration(const base::Json& configuration,
                                                               const FindVariable& find) {
  if (configuration.isNull()) return base::Json::object();
  if (configuration.isString()) {
    TRY_ASSIGN(std::string text, resolveVariables(configuration.asString(), find));
    return base::Json(std::move(text));
  }
  if (configuration.isArray()) {
    base::Json resolved = base::Json::array();
    for (const base::Json& value : configuration.asArray()) {
      TRY_ASSIGN(base::Json one, resolveConfiguration(value, find));
      resolved.push(std::move(one));
    }
    return resolved;
  }
  if (!configuration.isObject()) return configuration;
  base::Json resolved = base::Json::object();
  for (const auto& [name, value] : configuration.asObject()) {
    TRY_ASSIGN(base::Json one, resolveConfiguration(value, find));
    resolved.set(name, std::move(one));
  }
  return resolved;
}

}  // namespace thimble::services::codepipeline
