#include "lang/template/document.h"

#include <string>
#include <utility>

#include "lang/template/yaml.h"

namespace thimble::lang::template_ {
namespace {

TemplateError notJson(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return {"Template format error: JSON not well-formed. (line " + std::to_string(line) + ", column " +
          std::to_string(column) + ")"};
}

}  // namespace

Outcome<base::Json> readDocument(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  base::Json value;
  if (first != std::string_view::npos && text[first] == '{') {
    auto parsed = base::Json::parse(text, {.max_depth = 200, .max_bytes = std::size_t{4} << 20});
    if (parsed.ok()) {
      value = std::move(*parsed);
    } else {
      // YAML's flow style also begins with a brace; only when it is no YAML either, JSON's error is the clearer one.
      auto yaml = readYaml(text);
      if (!yaml.ok()) return notJson(text, parsed.error().offset);
      value = std::move(*yaml);
    }
  } else {
    TRY_ASSIGN(value, readYaml(text));
  }
  if (!value.isObject()) return TemplateError{"Template format error: unsupported structure."};
  return value;
}

}  // namespace thimble::lang::template_
