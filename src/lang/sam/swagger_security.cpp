// The security of a REST API's methods: authorizers and API keys.
#include <algorithm>
#include <array>

#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/swagger_editor.h"

namespace thimble::lang::sam {
namespace {

bool hasAnyKey(const Value& entry, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return entry.has(name); });
}

void setSecurity(const Value& definition, const Value& security) {
  definition.set("security", security);
}

Value joined(const Value& first, const Value& second) {
  const Value list = first.shallowCopy();
  for (const Value& item : second.items()) list.push(item);
  return list;
}

}  // namespace

std::vector<std::pair<std::string, Value>> SwaggerEditor::allDefinitions(const std::string& path) const {
  static constexpr std::array<std::string_view, 3> kNotMethods = {"summary", "description", "parameters"};
  std::vector<std::pair<std::string, Value>> found;
  for (const Value& item : branches(paths_[path])) {
    requirePathItem(item, path);
    for (const auto& [name, method] : item.members()) {
      if (std::find(kNotMethods.begin(), kNotMethods.end(), name.text) != kNotMethods.end()) continue;
      for (const Value& definition : branches(method)) {
        requireMethodDefinition(definition, path, name.text);
        if (definitionHasIntegration(definition)) found.emplace_back(normalMethod(name).text, definition);
      }
    }
  }
  return found;
}

Value SwaggerEditor::existingSecurity(const Value& definition, const std::string& path,
                                      const std::string& method) const {
  const Value security = definition.has("security") ? definition["security"] : Value::list();
  if (!security.isList()) failDocument("Type of security for path " + path + " method " + method + " must be a list");
  return security;
}

void SwaggerEditor::addAuthorizers(const Authorizers& authorizers, const std::string& partition) {
  if (!security_.isMap()) failTemplate("securityDefinitions must be a dictionary.");
  for (const auto& [name, authorizer] : authorizers) security_.set(name, authorizer.definition(partition));
}

void SwaggerEditor::addIamDefinition() {
  if (security_.has("AWS_IAM")) return;
  Value made = Value::hashedMap();
  made.set("x-amazon-apigateway-authtype", "awsSigv4");
  made.set("type", "apiKey");
  made.set("name", "Authorization");
  made.set("in", "header");
  security_.update(Value::hashedMap({{"AWS_IAM", made}}));
}

void SwaggerEditor::addApiKeyDefinition() {
  if (!security_.isMap()) failTemplate("securityDefinitions must be a dictionary.");
  if (security_.has("api_key")) return;
  Value made = Value::hashedMap();
  made.set("type", "apiKey");
  made.set("name", "x-api-key");
  made.set("in", "header");
  security_.update(Value::hashedMap({{"api_key", made}}));
}

void SwaggerEditor::setDefaultAuthorizer(const std::string& path, const Text& name, const Authorizers& authorizers,
                                         bool also_on_preflight) {
  std::vector<std::string> names = {"AWS_IAM"};
  for (const auto& [known, authorizer] : authorizers) names.push_back(known.text);
  for (const auto& [method, definition] : allDefinitions(path)) {
    if (!also_on_preflight && method == "options") continue;
    Value others = Value::list();
    Value own = Value::list();
    for (const Value& entry : existingSecurity(definition, path, method).items()) {
      requireMap(entry, pythonString(entry) + " in Security for path " + path + " method " + method +
                            " is not a valid dictionary.");
      (hasAnyKey(entry, names) ? own : others).push(entry);
    }
    // NONE takes the default away from a method; one of its own stands.
    const auto none =
        std::find_if(others.items().begin(), others.items().end(), [](const Value& e) { return e.has("NONE"); });
    if (none != others.items().end()) {
      others.items().erase(none);
      own = Value::list();
    } else if (own.size() == 0) {
      const Authorizer* authorizer = findAuthorizer(authorizers, name.text);
      const Value scopes = authorizer != nullptr && !authorizer->scopes.isNull() ? authorizer->scopes : Value::list();
      own = Value::list({Value::hashedMap({{name, scopes}})});
    }
    const Value security = joined(others, own);
    if (security.size() == 0) continue;
    setSecurity(definition, security);
    if (security.items()[0].has("AWS_IAM")) addIamDefinition();
  }
}

void SwaggerEditor::setDefaultApiKey(const std::string& path, bool also_on_preflight) {
  for (const auto& [method, definition] : allDefinitions(path)) {
    const Value existing = existingSecurity(definition, path, method);
    Value others = Value::list();
    bool exempt = false;
    for (const Value& entry : existing.items()) {
      requireMap(entry, pythonString(entry) + " in Security for path " + path + " method " + method +
                            " is not a valid dictionary.");
      if (!hasAnyKey(entry, {"api_key", "api_key_false"})) others.push(entry);
      exempt = exempt || entry.has("api_key_false");
    }
    Value security = others;
    if (!exempt && (method != "options" || also_on_preflight)) {
      security = joined(others, Value::list({Value::hashedMap({{"api_key", Value::list()}})}));
    }
    if (!(security == existing)) setSecurity(definition, security);
  }
}

void SwaggerEditor::addMethodAuth(const std::string& path, const Text& method, const Value& auth, const Value& api) {
  if (const Value name = auth["Authorizer"]; name.truthy()) {
    setMethodAuthorizer(path, method, name, api["Auth"]["Authorizers"], auth["AuthorizationScopes"]);
  }
  if (const Value needed = auth["ApiKeyRequired"]; !needed.isNull()) setMethodApiKey(path, method, needed.truthy());
}

void SwaggerEditor::setMethodAuthorizer(const std::string& path, const Text& method, const Value& name,
                                        const Value& authorizers, const Value& scopes) {
  eachDefinition(path, method, [&](const Value& definition) {
    Value entry = Value::hashedMap({{name.asText(), Value::list()}});
    const Value security = joined(existingSecurity(definition, path, method.text), Value::list({entry}));
    if (!name.is("NONE") && authorizers.truthy()) {
      const Value authorizer = authorizers.has(name.str()) ? authorizers[name.str()] : Value::hashedMap();
      if (!authorizer.isMap()) failDocument("Type of authorizer '" + name.str() + "' must be a dictionary");
      const Value chosen = scopes.isNull() ? authorizer["AuthorizationScopes"] : scopes;
      if (!authorizers[name.str()].isNull() && !chosen.isNull()) entry.set(name.asText(), chosen);
    }
    setSecurity(definition, security);
    if (security.items()[0].has("AWS_IAM")) addIamDefinition();
  });
}

void SwaggerEditor::setMethodApiKey(const std::string& path, const Text& method, bool needed) {
  eachDefinition(path, method, [&](const Value& definition) {
    if (needed) addApiKeyDefinition();
    const Value entry = Value::hashedMap({{needed ? "api_key" : "api_key_false", Value::list()}});
    setSecurity(definition, joined(existingSecurity(definition, path, method.text), Value::list({entry})));
  });
}

}  // namespace thimble::lang::sam
