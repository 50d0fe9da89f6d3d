#include "services/apigateway/patch.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "services/apigateway/errors.h"

namespace thimble::services::apigateway {
namespace {

std::vector<std::string> segmentsOf(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    std::string segment;
    for (std::size_t i = 0; i < end; ++i) {
      if (path[i] == '~' && i + 1 < end && (path[i + 1] == '0' || path[i + 1] == '1')) {
        segment += path[++i] == '1' ? '/' : '~';
      } else {
        segment += path[i];
      }
    }
    segments.push_back(std::move(segment));
    path.remove_prefix(end);
  }
  return segments;
}

bool matches(std::string_view pattern, const std::vector<std::string>& segments) {
  const auto parts = segmentsOf(pattern);
  return parts.size() == segments.size() &&
         std::equal(parts.begin(), parts.end(), segments.begin(),
                    [](const std::string& part, const std::string& segment) { return part == "*" || part == segment; });
}

unsigned opOf(const Patch& patch) {
  if (patch.op == "add") return kAdd;
  if (patch.op == "replace") return kReplace;
  return patch.op == "remove" ? unsigned{kRemove} : 0U;
}

base::ApiError refuse(const Patch& patch, std::span<const PatchRule> rules, PatchStyle style) {
  if (style == PatchStyle::Plain) return invalidPatchPath(patch);
  std::string listed;
  for (const PatchRule& rule : rules) {
    if (rule.ops & opOf(patch)) listed += (listed.empty() ? "" : ", ") + std::string(rule.path);
  }
  const std::string beginning = "Invalid patch path  '" + patch.path + "' specified for op '" + patch.op + "'. ";
  if (listed.empty()) return badRequest(beginning + "Please choose supported operations");
  return badRequest(beginning + "Must be one of: [" + listed + "]");
}

base::Result<Json> typed(const Patch& patch, PatchType type) {
  const std::string text = patch.text();
  switch (type) {
    case PatchType::Boolean: {
      std::string small = text;
      std::transform(small.begin(), small.end(), small.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      return Json(small == "true");
    }
    case PatchType::Integer: {
      std::int64_t number = 0;
      const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
      if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
        return badRequest("Invalid value '" + text + "' specified for " + patch.path);
      }
      return Json(number);
    }
    case PatchType::Number: {
      double number = 0;
      const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
      if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
        return badRequest("Invalid value '" + text + "' specified for " + patch.path);
      }
      return Json(number);
    }
    default:
      return Json(text);
  }
}

void patchList(Json& list, const Patch& patch) {
  Json::Array& items = list.mutableArray();
  // A path such as /authorizationScopes names the element by the value.
  const std::string item = patch.segments.size() > 1 ? patch.segments.back() : patch.text();
  const auto found = std::find(items.begin(), items.end(), Json(item));
  if (patch.op == "add") {
    if (found == items.end()) items.emplace_back(item);
    return;
  }
  if (found != items.end()) items.erase(found);
  if (patch.op == "replace") items.emplace_back(patch.text());
}

base::Result<void> change(Json& object, const Patch& patch, std::size_t depth, const PatchRule& rule) {
  const std::string& name = patch.segments[depth];
  const bool last = depth + 1 == patch.segments.size();
  if (rule.type == PatchType::ListItem && depth + (patch.segments.size() > 1 ? 2 : 1) == patch.segments.size()) {
    patchList(at(object, name), patch);
    if (object[name].empty()) object.erase(name);
    return {};
  }
  if (!last) {
    if (patch.op == "remove" && !object.contains(name)) {
      if (rule.missing.empty()) return {};
      return notFound(std::string(rule.missing));
    }
    TRY(change(at(object, name), patch, depth + 1, rule));
    if (object[name].isNull() || object[name].empty()) object.erase(name);
    return {};
  }
  const bool there = object.contains(name);
  if (!there && patch.op != "add" && !rule.missing.empty()) return notFound(std::string(rule.missing));
  if (patch.op == "remove") {
    object.erase(name);
    return {};
  }
  TRY_ASSIGN(Json value, typed(patch, rule.type));
  object.set(name, std::move(value));
  return {};
}

}  // namespace

base::ApiError invalidPatchPath(const Patch& patch) {
  return badRequest("Invalid patch path " + (patch.path.empty() ? std::string("null") : patch.path));
}

std::vector<Patch> patchesOf(const Json& input) {
  std::vector<Patch> patches;
  const Json& operations = input["patchOperations"];
  if (!operations.isArray()) return patches;
  for (const Json& each : operations.asArray()) {
    Patch patch;
    patch.op = each.stringAt("op");
    patch.path = each.stringAt("path");
    patch.from = each.stringAt("from");
    patch.value = each["value"];
    patch.segments = segmentsOf(patch.path);
    patches.push_back(std::move(patch));
  }
  return patches;
}

base::Result<void> applyPatch(Json& entity, const Patch& patch, std::span<const PatchRule> rules, PatchStyle style) {
  for (const PatchRule& rule : rules) {
    if (!(rule.ops & opOf(patch)) || !matches(rule.path, patch.segments)) continue;
    return change(entity, patch, 0, rule);
  }
  return refuse(patch, rules, style);
}

base::Result<void> applyPatches(Json& entity, const Json& input, std::span<const PatchRule> rules, PatchStyle style) {
  for (const Patch& patch : patchesOf(input)) TRY(applyPatch(entity, patch, rules, style));
  return {};
}

}  // namespace thimble::services::apigateway
