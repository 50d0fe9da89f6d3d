#include "services/events/target_input.h"

#include <functional>

#include "lang/jsonpath/path.h"
#include "services/events/errors.h"

namespace thimble::services::events {
namespace {

using base::Json;

constexpr std::string_view kVariableCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

/// The value at a path of the event; null when there is none.
Json valueAt(const std::string& path, const Json& event) {
  const auto parsed = lang::jsonpath::Path::parse(path);
  if (!parsed.ok()) return {};
  if (parsed->isDefinite()) {
    const Json* found = parsed->find(event);
    return found != nullptr ? *found : Json();
  }
  auto read = parsed->read(event);
  return read.ok() ? *std::move(read) : Json();
}

/// The value without any quotation marks, as it stands within a text: "[a,b]", "{k:v}".
void appendBare(std::string& out, const Json& value) {
  if (value.isString()) {
    out += value.asString();
  } else if (value.isArray()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      appendBare(out, value[i]);
    }
    out += ']';
  } else if (value.isObject()) {
    out += '{';
    bool first = true;
    for (const auto& [name, member] : value.asObject()) {
      if (!first) out += ',';
      first = false;
      out += name + ":";
      appendBare(out, member);
    }
    out += '}';
  } else if (!value.isNull()) {
    out += value.write();
  }
}

/// The text as it stands between quotation marks.
std::string escaped(const std::string& text) {
  std::string quoted;
  base::appendJsonString(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

/// The event as aws.events.event shows it: without its detail, and with "detailType".
Json eventWithoutDetail(const Json& event) {
  Json out = Json::object();
  for (const auto& [name, value] : event.asObject()) {
    if (name != "detail") out.set(name == "detail-type" ? "detailType" : name, value);
  }
  return out;
}

/// Copies a template, with each <variable> replaced by what `replace` gives for its name and place.
std::string fill(const std::string& text,
                 const std::function<std::string(const std::string& name, bool in_quotes)>& replace) {
  std::string out;
  bool in_quotes = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && at + 1 < text.size()) {
      out += c;
      out += text[++at];
      continue;
    }
    if (c == '"') in_quotes = !in_quotes;
    if (c == '<') {
      const std::size_t end = text.find_first_not_of(kVariableCharacters, at + 1);
      if (end != std::string::npos && end > at + 1 && text[end] == '>') {
        out += replace(text.substr(at + 1, end - at - 1), in_quotes);
        at = end;
        continue;
      }
    }
    out += c;
  }
  return out;
}

bool isPredefined(const std::string& name) {
  return name == "aws.events.rule-arn" || name == "aws.events.rule-name" || name == "aws.events.event" ||
         name == "aws.events.event.json" || name == "aws.events.event.ingestion-time";
}

Json predefined(const std::string& name, const Json& event, const TransformFacts& facts) {
  if (name == "aws.events.rule-arn") return facts.rule_arn;
  if (name == "aws.events.rule-name") return facts.rule_name;
  if (name == "aws.events.event") return eventWithoutDetail(event);
  if (name == "aws.events.event.json") return event;
  return base::formatIso8601Seconds(facts.ingestion_time);
}

std::string transformed(const Json& transformer, const Json& event, const TransformFacts& facts) {
  std::string out = fill(transformer.stringAt("InputTemplate"), [&](const std::string& name, bool in_quotes) {
    Json value;
    if (isPredefined(name)) {
      value = predefined(name, event, facts);
    } else if (const Json* path = transformer["InputPathsMap"].find(name)) {
      value = valueAt(path->asString(), event);
    } else {
      return "<" + name + ">";
    }
    if (in_quotes) {
      std::string bare;
      appendBare(bare, value);
      return escaped(bare);
    }
    return value.isNull() ? std::string("\"\"") : value.write();
  });
  // Line ends between the members of an object mean nothing; a JSON text is passed on compact.
  const auto json = Json::parse(out);
  return json.ok() ? json->write() : out;
}

}  // namespace

std::string targetInput(const Json& target, const Json& event, const TransformFacts& facts) {
  if (const Json* input = target.find("Input")) return input->asString();
  if (const Json* path = target.find("InputPath")) return valueAt(path->asString(), event).write();
  if (const Json* transformer = target.find("InputTransformer")) return transformed(*transformer, event, facts);
  return event.write();
}

base::Result<void> checkTemplate(const Json& transformer, const std::string& target_id) {
  const std::string text = transformer.stringAt("InputTemplate");
  std::string unknown;
  const std::string probe = fill(text, [&](const std::string& name, bool in_quotes) {
    const bool reserved = name.starts_with("aws.events.");
    if (reserved ? !isPredefined(name) : !transformer["InputPathsMap"].contains(name)) unknown = name;
    return std::string(in_quotes ? "x" : "0");
  });
  if (!unknown.empty()) {
    return validation("InputTemplate for target " + target_id + " contains invalid placeholder " + unknown + ".");
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (text[first] == '{' || text[first] == '[') && !Json::parse(probe).ok()) {
    return validation("Invalid InputTemplate for target " + target_id + " : [Source: (String)\"" + text + "\"]");
  }
  return {};
}

}  // namespace thimble::services::events
