#include "services/events/api_request.h"

#include "base/encoding.h"
#include "base/result.h"

namespace thimble::services::events {
namespace {

using base::Json;

constexpr std::int64_t kTimeoutMilliseconds = 5000;

/// "a=b&c=d" of a list of {"Key", "Value"}.
std::string formOf(const Json& parameters, std::string form = "") {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!form.empty()) form += '&';
    form +=
        base::encodePercent(parameters[i].stringAt("Key")) + "=" + base::encodePercent(parameters[i].stringAt("Value"));
  }
  return form;
}

std::string withQuery(std::string url, const std::string& query) {
  if (query.empty()) return url;
  return std::move(url) + (url.find('?') == std::string::npos ? "?" : "&") + query;
}

void addHeaders(Json& headers, const Json& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    headers.set(parameters[i].stringAt("Key"), parameters[i].stringAt("Value"));
  }
}

/// Each "*" of the endpoint is the next path parameter.
std::string withPath(const std::string& endpoint, const Json& values) {
  std::string url;
  std::size_t next = 0;
  for (const char c : endpoint) {
    if (c == '*' && next < values.size()) {
      url += base::encodePercent(values[next++].asString());
    } else {
      url += c;
    }
  }
  return url;
}

/// Body parameters become members of a body that is a JSON object; another is left alone.
std::string withBodyParameters(const std::string& body, const Json& parameters) {
  if (parameters.empty()) return body;
  auto json = Json::parse(body);
  if (!json.ok() || !json->isObject()) return body;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    json->set(parameters[i].stringAt("Key"), parameters[i].stringAt("Value"));
  }
  return json->write();
}

Json texts(const Json& map) {
  Json list = Json::array();
  if (!map.isObject()) return list;
  for (const auto& [name, value] : map.asObject()) list.push(Json::object({{"Key", name}, {"Value", value}}));
  return list;
}

Json request(const std::string& method, const std::string& url, Json headers, const std::string& body) {
  return Json::object({{"Method", method},
                       {"Url", url},
                       {"Headers", std::move(headers)},
                       {"Body", body},
                       {"TimeoutMilliseconds", kTimeoutMilliseconds}});
}

}  // namespace

Json apiRequest(const ApiCall& call) {
  const Json& common = call.authorization["InvocationHttpParameters"];
  Json headers = Json::object(
      {{"Content-Type", "application/json; charset=utf-8"}, {"User-Agent", "Amazon/EventBridge/ApiDestinations"}});
  addHeaders(headers, texts(call.parameters["HeaderParameters"]));
  addHeaders(headers, common["HeaderParameters"]);
  if (const Json* basic = call.authorization.find("BasicAuthParameters")) {
    headers.set("Authorization",
                "Basic " + base::encodeBase64(basic->stringAt("Username") + ":" + basic->stringAt("Password")));
  } else if (const Json* key = call.authorization.find("ApiKeyAuthParameters")) {
    headers.set(key->stringAt("ApiKeyName"), key->stringAt("ApiKeyValue"));
  } else if (!call.access_token.empty()) {
    headers.set("Authorization", "Bearer " + call.access_token);
  }
  const std::string query =
      formOf(common["QueryStringParameters"], formOf(texts(call.parameters["QueryStringParameters"])));
  const bool bodiless = call.method == "GET" || call.method == "HEAD" || call.method == "OPTIONS";
  return request(call.method, withQuery(withPath(call.endpoint, call.parameters["PathParameterValues"]), query),
                 std::move(headers), bodiless ? "" : withBodyParameters(call.body, common["BodyParameters"]));
}

Json tokenRequest(const Json& oauth) {
  const Json& more = oauth["OAuthHttpParameters"];
  const Json& client = oauth["ClientParameters"];
  const Json fields = Json::array({Json::object({{"Key", "grant_type"}, {"Value", "client_credentials"}}),
                                   Json::object({{"Key", "client_id"}, {"Value", client["ClientID"]}}),
                                   Json::object({{"Key", "client_secret"}, {"Value", client["ClientSecret"]}})});
  Json headers = Json::object({{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}});
  addHeaders(headers, more["HeaderParameters"]);
  const std::string form = formOf(more["BodyParameters"], formOf(fields));
  const std::string method = oauth.stringAt("HttpMethod", "POST");
  const std::string query = formOf(more["QueryStringParameters"]);
  const std::string url = withQuery(oauth.stringAt("AuthorizationEndpoint"), query);
  if (method == "GET") return request(method, withQuery(url, form), std::move(headers), "");
  return request(method, url, std::move(headers), form);
}

}  // namespace thimble::services::events
