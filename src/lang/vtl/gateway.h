// What API Gateway gives a mapping template: $input and $util.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
// $context and $stageVariables are plain maps, which the caller makes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "lang/vtl/value.h"

namespace thimble::lang::vtl {

/// What a JSONPath selects: nothing when nothing is there; an error's text when the path is none.
using JsonPathQuery =
    std::function<base::Result<std::optional<base::Json>, std::string>(const base::Json& root, std::string_view path)>;

/// `$input`: body, json(path), path(path), params(), params(name).
class Input : public Object {
 public:
  /// `body` is the payload, which may be none; `parameters` is an object with the members path, querystring and header,
  /// each an object of strings. Both must outlive this object.
  Input(const std::string& body, const base::Json& parameters, const JsonPathQuery& query)
      : body_(body), parameters_(parameters), query_(query) {}

  Value property(Heap& heap, std::string_view name) override;
  Value call(Heap& heap, std::string_view name, const std::vector<Value>& arguments) override;

  /// Why the body is not JSON, once a template has asked for a part of it.
  const std::optional<std::string>& bodyError() const { return body_error_; }

 private:
  std::optional<base::Json> select(Heap& heap, const Value& path);

  const std::string& body_;
  const base::Json& parameters_;
  const JsonPathQuery& query_;
  std::optional<base::Json> parsed_;
  std::optional<std::string> body_error_;
};

/// `$util`: escapeJavaScript, parseJson, urlEncode, urlDecode, base64Encode, base64Decode.
class Util : public Object {
 public:
  Value call(Heap& heap, std::string_view name, const std::vector<Value>& arguments) override;
};

/// The text inside of a JavaScript string: quotes of both kinds, slashes and backslashes escaped, and all but printable
/// ASCII as \uXXXX.
std::string escapeJavaScript(std::string_view text);

}  // namespace thimble::lang::vtl
