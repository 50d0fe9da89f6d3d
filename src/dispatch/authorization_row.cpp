#include "dispatch/authorization_row.h"

namespace thimble::dispatch {
namespace {

/// Appends the texts at a path of the input: one, several where the path leads through or to a list, or none.
void appendValues(const base::Json& value, std::string_view path, std::vector<std::string>& values) {
  if (value.isArray()) {
    for (const base::Json& item : value.asArray()) appendValues(item, path, values);
  } else if (!path.empty()) {
    const std::size_t dot = path.find('.');
    if (const base::Json* member = value.find(path.substr(0, dot))) {
      appendValues(*member, dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1), values);
    }
  } else if (std::string text = value.isString() ? value.asString()
                                : value.isNull() ? std::string()
                                                 : value.write();
             !text.empty()) {
    values.push_back(std::move(text));
  }
}

std::vector<std::string> valuesOf(const base::Json& input, std::string_view path) {
  std::vector<std::string> values;
  appendValues(input, path, values);
  return values;
}

std::vector<std::string> fill(std::string_view text, const Call& call, bool& complete) {
  std::vector<std::string> filled{""};
  bool first = true;  // No text of the input is in `filled` yet.
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      for (std::string& one : filled) one += text;
      break;
    }
    for (std::string& one : filled) one += text.substr(0, open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    text.remove_prefix(close + 1);
    std::vector<std::string> values;
    if (name == "Region") {
      values = {call.region};
    } else if (name == "Account") {
      values = {call.account};
    } else {
      values = valuesOf(call.input, name);
      if (values.empty()) {
        complete = false;
        values = {"*"};
      }
    }
    // The name of the resource itself may be given as its ARN, which then stands for all before it, and for the id
    // after it ("/*"). Never so a name within the resource (an object's key): that is the caller's to choose.
    const bool names_resource = first && name != "Region" && name != "Account";
    const bool whole = names_resource && text == "/*";
    std::vector<std::string> longer;
    for (const std::string& one : filled) {
      for (const std::string& value : values) {
        const bool is_arn = names_resource && value.starts_with("arn:");
        longer.push_back((is_arn ? value : one + value) + (whole && !is_arn ? "/*" : ""));
      }
    }
    filled = std::move(longer);
    if (whole) break;
    first = first && !names_resource;
  }
  return filled;
}

}  // namespace

std::vector<std::string> fillTemplate(std::string_view text, const Call& call) {
  bool complete = true;
  return fill(text, call, complete);
}

std::vector<std::string> fillTemplateIfPresent(std::string_view text, const Call& call) {
  bool complete = true;
  std::vector<std::string> filled = fill(text, call, complete);
  if (!complete) filled.clear();
  return filled;
}

}  // namespace thimble::dispatch
