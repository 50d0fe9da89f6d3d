#include "lang/asl/parser.h"

namespace thimble::lang::asl {

using base::Json;

PathField readPath(DefinitionReader& reader, const Json& source, const char* name, const std::string& location,
                   bool reference) {
  PathField out;
  const Json* value = source.find(name);
  if (value == nullptr) return out;
  if (value->isNull()) {
    out.kind = PathField::Kind::Discard;
    return out;
  }
  if (value->isString()) out.place = Expression::parse(value->asString(), !reference);
  if (!out.place) {
    reader.schemaError(std::string("The value for the field '") + name + "' must be a valid JSONPath", location);
    return out;
  }
  if (reference && !out.place->path().isReference()) {
    reader.schemaError(std::string("The value for the field '") + name + "' must be a valid reference path", location);
    return out;
  }
  if (!out.place->isWholeInput()) out.kind = PathField::Kind::Place;
  return out;
}

NumberField readNumber(DefinitionReader& reader, const Json& source, const std::string& name,
                       const std::string& location, double least, double most, bool integer) {
  NumberField out;
  const Json* value = source.find(name);
  const Json* path = source.find(name + "Path");
  if (value != nullptr && path != nullptr) {
    reader.schemaError("Only one of the following fields can be used: [" + name + ", " + name + "Path]", location);
    return out;
  }
  if (value != nullptr) {
    if (!value->isNumber() || (integer && !value->isInt())) {
      reader.schemaError(integer ? "Expected value of type Integer" : "Expected value of type Number",
                         location + "/" + name);
    } else if (value->asDouble() < least || value->asDouble() > most) {
      reader.schemaError("Value is out of range", location + "/" + name);
    } else {
      out.value = value->asDouble();
    }
  }
  if (path != nullptr) {
    if (path->isString()) out.path = Expression::parse(path->asString());
    if (!out.path) reader.schemaError("The value for the field '" + name + "Path' must be a valid JSONPath", location);
  }
  return out;
}

TextField readText(DefinitionReader& reader, const Json& source, const std::string& name, const std::string& location,
                   bool allow_intrinsics) {
  TextField out;
  const Json* value = source.find(name);
  const Json* path = source.find(name + "Path");
  if (value != nullptr && path != nullptr) {
    reader.schemaError("Only one of the following fields can be used: [" + name + ", " + name + "Path]", location);
    return out;
  }
  if (value != nullptr) {
    if (value->isString()) {
      out.value = value->asString();
    } else {
      reader.schemaError("Expected value of type String", location + "/" + name);
    }
  }
  if (path != nullptr) {
    if (path->isString()) out.path = Expression::parse(path->asString(), allow_intrinsics);
    if (!out.path) {
      reader.schemaError("The value for the field '" + name + "Path' must be a valid JSONPath" +
                             (allow_intrinsics ? " or a valid intrinsic function call" : ""),
                         location);
    }
  }
  return out;
}

PayloadTemplatePtr readTemplate(DefinitionReader& reader, const Json& source, const char* name,
                                const std::string& location) {
  const Json* value = source.find(name);
  if (value == nullptr) return nullptr;
  std::string bad_field;
  PayloadTemplatePtr out = PayloadTemplate::parse(*value, bad_field);
  if (!out) {
    reader.schemaError(
        "The value for the field '" + bad_field + "' must be a valid JSONPath or a valid intrinsic function call",
        location + "/" + name);
  }
  return out;
}

namespace {

std::vector<std::string> readErrors(DefinitionReader& reader, const Json& source, const std::string& location) {
  std::vector<std::string> out;
  const Json* errors = source.find("ErrorEquals");
  if (errors == nullptr) {
    reader.schemaError("These fields are required: [ErrorEquals]", location);
  } else if (!errors->isArray()) {
    reader.schemaError("Expected value of type Array", location + "/ErrorEquals");
  } else if (errors->empty()) {
    reader.schemaError("Value cannot be empty", location + "/ErrorEquals");
  } else {
    for (const Json& error : errors->asArray()) {
      if (error.isString()) {
        out.push_back(error.asString());
      } else {
        reader.schemaError("Expected value of type String", location + "/ErrorEquals");
      }
    }
    for (const std::string& error : out) {
      if (error == "States.ALL" && out.size() > 1)
        reader.schemaError("'States.ALL' must appear alone", location + "/ErrorEquals");
    }
  }
  return out;
}

/// "States.ALL" catches everything, so nothing may follow it.
void checkOrder(DefinitionReader& reader, const std::vector<std::string>& errors, bool last,
                const std::string& location) {
  if (!last && errors.size() == 1 && errors[0] == "States.ALL") {
    reader.schemaError("'States.ALL' must appear in the last place", location + "/ErrorEquals");
  }
}

const Json* readList(DefinitionReader& reader, const Json& source, const char* name, const std::string& location) {
  const Json* list = source.find(name);
  if (list != nullptr && !list->isArray()) {
    reader.schemaError("Expected value of type Array", location + "/" + name);
    return nullptr;
  }
  return list;
}

}  // namespace

std::vector<Retrier> readRetriers(DefinitionReader& reader, const Json& source, const std::string& location) {
  std::vector<Retrier> out;
  const Json* list = readList(reader, source, "Retry", location);
  if (list == nullptr) return out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& item = (*list)[i];
    const std::string place = location + "/Retry[" + std::to_string(i) + "]";
    if (!item.isObject()) {
      reader.schemaError("Expected value of type Object", place);
      continue;
    }
    Retrier retrier;
    for (const auto& [name, value] : item.asObject()) {
      if (name != "ErrorEquals" && name != "IntervalSeconds" && name != "MaxAttempts" && name != "BackoffRate" &&
          name != "Comment" && name != "MaxDelaySeconds" && name != "JitterStrategy") {
        reader.schemaError("Field '" + name + "' is not supported", place);
      }
    }
    retrier.errors = readErrors(reader, item, place);
    checkOrder(reader, retrier.errors, i + 1 == list->size(), place);
    const NumberField interval = readNumber(reader, item, "IntervalSeconds", place, 1, 99'999'999, true);
    const NumberField attempts = readNumber(reader, item, "MaxAttempts", place, 0, 99'999'999, true);
    const NumberField backoff = readNumber(reader, item, "BackoffRate", place, 1.0, 1e9, false);
    const NumberField delay = readNumber(reader, item, "MaxDelaySeconds", place, 1, 31'622'400, true);
    if (interval.value) retrier.interval_seconds = static_cast<std::int64_t>(*interval.value);
    if (attempts.value) retrier.max_attempts = static_cast<int>(*attempts.value);
    if (backoff.value) retrier.backoff_rate = *backoff.value;
    if (delay.value) {
      retrier.max_delay_seconds = static_cast<std::int64_t>(*delay.value);
      if (*retrier.max_delay_seconds <= retrier.interval_seconds) {
        reader.schemaError("MaxDelaySeconds must be greater than IntervalSeconds", place);
      }
    }
    if (const Json* jitter = item.find("JitterStrategy")) {
      if (*jitter != Json("FULL") && *jitter != Json("NONE")) {
        reader.schemaError("The field 'JitterStrategy' should have one of these values: [FULL, NONE]",
                           place + "/JitterStrategy");
      }
      retrier.full_jitter = *jitter == Json("FULL");
    }
    out.push_back(std::move(retrier));
  }
  return out;
}

std::vector<Catcher> readCatchers(DefinitionReader& reader, const Json& source, const std::string& location,
                                  const std::map<std::string, int>& siblings) {
  std::vector<Catcher> out;
  const Json* list = readList(reader, source, "Catch", location);
  if (list == nullptr) return out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& item = (*list)[i];
    const std::string place = location + "/Catch[" + std::to_string(i) + "]";
    if (!item.isObject()) {
      reader.schemaError("Expected value of type Object", place);
      continue;
    }
    Catcher catcher;
    for (const auto& [name, value] : item.asObject()) {
      if (name == "Assign" || name == "Output") {
        reader.error("NOT_IMPLEMENTED", "The field '" + name + "' is not implemented yet", place);
      } else if (name != "ErrorEquals" && name != "ResultPath" && name != "Next" && name != "Comment") {
        reader.schemaError("Field '" + name + "' is not supported", place);
      }
    }
    catcher.errors = readErrors(reader, item, place);
    checkOrder(reader, catcher.errors, i + 1 == list->size(), place);
    catcher.result_path = readPath(reader, item, "ResultPath", place, true);
    if (const Json* next = item.find("Next")) {
      catcher.next = reader.target(*next, place + "/Next", siblings);
    } else {
      reader.schemaError("These fields are required: [Next]", place);
    }
    out.push_back(std::move(catcher));
  }
  return out;
}

}  // namespace thimble::lang::asl
