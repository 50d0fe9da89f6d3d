#include "lang/template/references.h"

#include <algorithm>
#include <array>

namespace thimble::lang::template_ {
namespace {

using base::Json;

bool isVariableName(std::string_view text) {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' ||
           c == ':';
  });
}

void collectSub(const Json& argument, std::vector<Reference>& out);

void collect(const Json& value, std::vector<Reference>& out) {
  if (value.isArray()) {
    for (const Json& item : value.asArray()) collect(item, out);
    return;
  }
  if (!value.isObject()) return;
  const std::string_view function = functionName(value);
  if (!function.empty()) {
    const Json& argument = value[function];
    if (function == "Ref" && argument.isString()) {
      out.push_back({Reference::Kind::Ref, argument.asString(), {}});
      return;
    }
    if (function == "Condition" && argument.isString()) {
      out.push_back({Reference::Kind::Condition, argument.asString(), {}});
      return;
    }
    if (function == "Fn::GetAtt") {
      std::string resource;
      Json attribute;
      if (splitGetAtt(argument, resource, attribute)) {
        out.push_back({Reference::Kind::GetAtt, resource, attribute.isString() ? attribute.asString() : std::string()});
        collect(attribute, out);
        return;
      }
    }
    if (function == "Fn::Sub") return collectSub(argument, out);
    if (function == "Fn::If" && argument.isArray() && argument[std::size_t{0}].isString()) {
      out.push_back({Reference::Kind::Condition, argument[std::size_t{0}].asString(), {}});
    }
  }
  for (const auto& [name, member] : value.asObject()) collect(member, out);
}

void collectSub(const Json& argument, std::vector<Reference>& out) {
  const Json& text = argument.isArray() ? argument[std::size_t{0}] : argument;
  const Json& variables = argument.isArray() ? argument[std::size_t{1}] : argument;
  if (text.isString()) {
    auto pieces = splitSub(text.asString());
    if (pieces.ok()) {
      for (const SubPiece& piece : *pieces) {
        if (!piece.variable || (variables.isObject() && variables.contains(piece.text))) continue;
        const std::size_t dot = piece.text.find('.');
        if (dot == std::string::npos) {
          out.push_back({Reference::Kind::Ref, piece.text, {}});
        } else {
          out.push_back({Reference::Kind::GetAtt, piece.text.substr(0, dot), piece.text.substr(dot + 1)});
        }
      }
    }
  }
  if (variables.isObject()) {
    for (const auto& [name, member] : variables.asObject()) collect(member, out);
  }
}

}  // namespace

Outcome<std::vector<SubPiece>> splitSub(std::string_view text) {
  std::vector<SubPiece> pieces;
  std::string literal;
  while (!text.empty()) {
    const std::size_t start = text.find("${");
    const std::size_t end = start == std::string_view::npos ? start : text.find('}', start);
    if (end == std::string_view::npos) break;
    literal += text.substr(0, start);
    std::string_view name = text.substr(start + 2, end - start - 2);
    text.remove_prefix(end + 1);
    if (!name.empty() && name[0] == '!') {
      literal += "${" + std::string(name.substr(1)) + "}";
      continue;
    }
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (!isVariableName(name)) {
      return TemplateError{
          "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, "
          "periods, and colons"};
    }
    if (!literal.empty()) pieces.push_back({false, std::move(literal)});
    literal.clear();
    pieces.push_back({true, std::string(name)});
  }
  literal += text;
  if (!literal.empty()) pieces.push_back({false, std::move(literal)});
  return pieces;
}

std::string_view functionName(const Json& value) {
  if (!value.isObject() || value.size() != 1) return {};
  const std::string& name = value.asObject().begin()->first;
  if (name == "Ref" || name == "Condition" || name.compare(0, 4, "Fn::") == 0) return name;
  return {};
}

std::vector<Reference> collectReferences(const Json& value) {
  std::vector<Reference> out;
  collect(value, out);
  return out;
}

bool splitGetAtt(const Json& argument, std::string& resource, Json& attribute) {
  if (argument.isString()) {
    const std::string& text = argument.asString();
    const std::size_t dot = text.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) return false;
    resource = text.substr(0, dot);
    attribute = Json(text.substr(dot + 1));
    return true;
  }
  if (!argument.isArray() || argument.size() != 2 || !argument[std::size_t{0}].isString()) return false;
  resource = argument[std::size_t{0}].asString();
  attribute = argument[std::size_t{1}];
  if (resource.empty()) return false;
  return attribute.isObject() || (attribute.isString() && !attribute.asString().empty());
}

bool isPseudoParameter(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames = {"AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue",
                                                             "AWS::Partition", "AWS::Region",           "AWS::StackId",
                                                             "AWS::StackName", "AWS::URLSuffix"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace thimble::lang::template_
