#include "lang/template/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace thimble::lang::template_ {
namespace {

using base::Json;

struct Refusal {
  TemplateError error;
};

std::string place(const YAML::Mark& mark) {
  return "(line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ")";
}

[[noreturn]] void refuse(const std::string& what, const YAML::Mark& mark) {
  throw Refusal{{"Template format error: " + what + " " + place(mark)}};
}

bool isDigits(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

/// YAML 1.1's integers and floats in decimal; nothing for all else, and where writing the number again would show
/// another text than the author's.
std::optional<Json> number(const std::string& text) {
  std::string_view digits = text;
  const bool negative = digits[0] == '-';
  if (negative || digits[0] == '+') digits.remove_prefix(1);
  if (isDigits(digits)) {
    if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
    std::int64_t value = 0;
    const std::string_view signed_digits = negative ? std::string_view(text) : digits;
    const auto end = std::from_chars(signed_digits.data(), signed_digits.data() + signed_digits.size(), value);
    if (end.ec != std::errc()) return std::nullopt;
    return Json(value);
  }
  if (digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos ||
      digits.find('.') == std::string_view::npos) {
    return std::nullopt;
  }
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  Json result(value);
  if (result.write() != text) return std::nullopt;
  return result;
}

Json plainScalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return Json();
  static constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
  static constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
  for (std::string_view word : kTrue) {
    if (text == word) return Json(true);
  }
  for (std::string_view word : kFalse) {
    if (text == word) return Json(false);
  }
  if (auto value = number(text)) return *std::move(value);
  return Json(text);
}

/// `!Name` applied to its argument.
Json shortForm(const std::string& name, Json argument) {
  if (name == "Ref" || name == "Condition") return Json::object({{name, std::move(argument)}});
  if (name == "GetAtt" && argument.isString()) {
    const std::string& text = argument.asString();
    const std::size_t dot = text.find('.');
    if (dot != std::string::npos) argument = Json::array({Json(text.substr(0, dot)), Json(text.substr(dot + 1))});
  }
  return Json::object({{"Fn::" + name, std::move(argument)}});
}

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const YamlLimits& limits) : limits_(limits) {}

  const Json& result() const { return result_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(Json(), {}, mark); }

  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {
    throw Refusal{{"Template error: YAML aliases are not allowed in CloudFormation templates"}};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    if (!stack_.empty() && stack_.back().is_map && !stack_.back().has_key) {
      if (value == "<<") throw Refusal{{"Template error: YAML merge keys are not allowed in CloudFormation templates"}};
      count(mark);
      stack_.back().key = value;
      stack_.back().has_key = true;
      return;
    }
    const bool plain = tag == "?" || tag.empty();
    const std::string name = customTag(tag);
    if (tag == "tag:yaml.org,2002:str" || (!plain && !name.empty())) {
      add(Json(value), name, mark);
    } else {
      add(plain || tag != "!" ? plainScalar(value) : Json(value), {}, mark);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, false);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, tag, true);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    bool is_map = false;
    bool has_key = false;
    std::string key;
    std::string tag;
    YAML::Mark mark;
    Json value;
  };

  /// "!Sub" is "Sub"; empty for no tag and for YAML's own.
  static std::string customTag(const std::string& tag) {
    if (tag.size() > 1 && tag[0] == '!' && tag[1] != '!') return tag.substr(1);
    return {};
  }

  void count(const YAML::Mark& mark) {
    if (++values_ > limits_.max_values) refuse("the template has too many values.", mark);
  }

  void open(const YAML::Mark& mark, const std::string& tag, bool is_map) {
    count(mark);
    if (stack_.size() >= limits_.max_depth) refuse("the template is nested too deeply.", mark);
    if (!stack_.empty() && stack_.back().is_map && !stack_.back().has_key) {
      refuse("YAML not well-formed. Map keys must be strings.", mark);
    }
    stack_.push_back({is_map, false, {}, customTag(tag), mark, is_map ? Json::object() : Json::array()});
  }

  void close() {
    Level level = std::move(stack_.back());
    stack_.pop_back();
    place(level.tag.empty() ? std::move(level.value) : shortForm(level.tag, std::move(level.value)), level.mark);
  }

  void add(Json value, const std::string& tag, const YAML::Mark& mark) {
    count(mark);
    place(tag.empty() ? std::move(value) : shortForm(tag, std::move(value)), mark);
  }

  void place(Json value, const YAML::Mark& mark) {
    if (stack_.empty()) {
      result_ = std::move(value);
      return;
    }
    Level& level = stack_.back();
    if (!level.is_map) {
      level.value.push(std::move(value));
    } else if (!level.has_key) {
      refuse("YAML not well-formed. Map keys must be strings.", mark);
    } else {
      level.value.set(level.key, std::move(value));
      level.has_key = false;
    }
  }

  const YamlLimits& limits_;
  std::vector<Level> stack_;
  std::size_t values_ = 0;
  Json result_;
};

}  // namespace

Outcome<Json> readYaml(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) return TemplateError{"Template format error: the template is too large."};
  if (!base::isUtf8(text)) return TemplateError{"Template format error: YAML not well-formed. (not UTF-8)"};
  Builder builder(limits);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return Json();
  } catch (const Refusal& refusal) {
    return refusal.error;
  } catch (const YAML::Exception& error) {
    return TemplateError{"Template format error: YAML not well-formed. " + place(error.mark)};
  }
  return builder.result();
}

}  // namespace thimble::lang::template_
