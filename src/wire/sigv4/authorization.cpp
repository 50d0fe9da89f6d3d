#include "wire/sigv4/authorization.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "wire/sigv4/canonical.h"

namespace thimble::wire::sigv4 {
namespace {

constexpr std::int64_t kWeekSeconds = 604'800;
constexpr std::size_t kMostShown = 1024;  // Of a header within a message.

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Cuts the text before the first separator off, and the separator with it; all of it when there is none.
std::string_view takePart(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

/// The parts of "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...", apart by commas or spaces.
struct HeaderParts {
  std::optional<std::string_view> credential, signed_headers, signature;
};

HeaderParts headerParts(std::string_view value) {
  HeaderParts parts;
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return parts;
  for (std::string_view rest = value.substr(space); !rest.empty();) {
    for (std::string_view list = takePart(rest, ','); !list.empty();) {
      const std::string_view part = trim(takePart(list, ' '));
      const std::size_t equals = part.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view name = part.substr(0, equals);
      const std::string_view text = part.substr(equals + 1);
      if (name == "Credential") parts.credential = text;
      if (name == "SignedHeaders") parts.signed_headers = text;
      if (name == "Signature") parts.signature = text;
    }
  }
  return parts;
}

base::Result<void> readScope(std::string_view credential, Dialect dialect, bool presigned, Authorization& out) {
  auto refuse = [&](const std::string& text) -> base::ApiError {
    if (presigned && dialect == Dialect::S3) return queryParametersError(text);
    return incompleteSignature(dialect, text);
  };
  std::array<std::string_view, 5> parts;
  std::string_view rest = credential;
  for (std::string_view& part : parts) part = takePart(rest, '/');
  if (std::count(credential.begin(), credential.end(), '/') != 4) {
    if (dialect == Dialect::S3) {
      const std::string name =
          presigned ? "Error parsing the X-Amz-Credential parameter" : "the Credential is mal-formed";
      return refuse(name + "; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
    }
    return refuse(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" +
        std::string(credential.substr(0, 256)) + "'");
  }
  if (parts[4] != "aws4_request") {
    return refuse("Credential should be scoped with a valid terminator: 'aws4_request', not '" + std::string(parts[4]) +
                  "'.");
  }
  const bool digits = std::all_of(parts[1].begin(), parts[1].end(), [](char c) { return c >= '0' && c <= '9'; });
  if (parts[1].size() != 8 || !digits) {
    return refuse("incorrect date format \"" + std::string(parts[1].substr(0, 64)) +
                  "\". This date in the credential must be in the format \"yyyyMMdd\".");
  }
  out.access_key_id = parts[0];
  out.date = parts[1];
  out.region = parts[2];
  out.service = parts[3];
  return {};
}

void readSignedHeaders(std::string_view text, Authorization& out) {
  while (!text.empty()) {
    const std::string_view name = takePart(text, ';');
    if (!name.empty()) out.signed_headers.push_back(http::toLower(name));
  }
}

base::Result<void> checkDate(Dialect dialect, const Authorization& authorization) {
  const std::string day = authorization.time_text.substr(0, 8);
  if (day == authorization.date) return {};
  if (dialect == Dialect::S3) {
    const std::string text = "Invalid credential date \"" + authorization.date +
                             "\". This date is not the same as "
                             "X-Amz-Date: \"" +
                             day + "\".";
    return authorization.presigned ? queryParametersError(text) : incompleteSignature(dialect, text);
  }
  return signatureDoesNotMatch(dialect,
                               "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
                               "HTTP: '" +
                                   authorization.date + "' != '" + day + "', from '" + authorization.time_text + "'.");
}

base::Result<std::optional<Authorization>> readHeader(const http::HttpRequest& request, std::string_view value,
                                                      Dialect dialect) {
  const bool known_algorithm = value.starts_with(kAlgorithm);
  const auto unsupported = [&] {
    return incompleteSignature(dialect, "Unsupported AWS 'algorithm': '" +
                                            std::string(value.substr(0, std::min<std::size_t>(value.find(' '), 64))) +
                                            "'.");
  };
  if (!known_algorithm && dialect == Dialect::S3) {
    return base::ApiError{.code = "InvalidRequest",
                          .message =
                              "The authorization mechanism you have provided is not supported. Please use "
                              "AWS4-HMAC-SHA256.",
                          .http_status = 400};
  }
  // The JSON services ask for the algorithm last, and do not know any other scheme.
  if (dialect == Dialect::Json) {
    if (!trim(value).starts_with("AWS4-")) return missingAuthenticationToken(dialect);
  } else if (!known_algorithm) {
    return unsupported();
  }
  const HeaderParts parts = headerParts(value);
  // The time: X-Amz-Date, or else Date.
  std::string time_text(request.headers.get("x-amz-date"));
  std::optional<base::Timestamp> time = base::parseBasicIso8601(time_text);
  const bool has_date = request.headers.contains("x-amz-date") || request.headers.contains("date");
  if (!request.headers.contains("x-amz-date") && request.headers.contains("date")) {
    const std::string_view date = request.headers.get("date");
    time = base::parseHttpDate(date);
    if (!time) time = base::parseBasicIso8601(date);
    if (time) time_text = base::formatBasicIso8601(*time);
  }
  // AWS lists all that is missing in one message.
  std::string missing;
  if (!parts.credential) missing += "Authorization header requires 'Credential' parameter. ";
  if (!parts.signature) missing += "Authorization header requires 'Signature' parameter. ";
  if (!parts.signed_headers) missing += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!has_date) missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (!missing.empty()) {
    if (dialect == Dialect::S3 && !has_date) {
      return base::ApiError{.code = "AccessDenied",
                            .message = "AWS authentication requires a valid Date or x-amz-date header",
                            .http_status = 403};
    }
    const std::string_view shown = dialect == Dialect::Json ? value.substr(0, kMostShown) : kAlgorithm;
    return incompleteSignature(dialect, missing + "Authorization=" + std::string(shown));
  }
  if (!known_algorithm) return unsupported();
  if (!time) {
    if (dialect == Dialect::S3) {
      return base::ApiError{.code = "AccessDenied",
                            .message = "AWS authentication requires a valid Date or x-amz-date header",
                            .http_status = 403};
    }
    return incompleteSignature(dialect, "Date must be in ISO-8601 'basic format'. Got '" + time_text.substr(0, 64) +
                                            "'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
  Authorization out;
  out.time_text = std::move(time_text);
  out.time = *time;
  TRY(readScope(*parts.credential, dialect, false, out));
  readSignedHeaders(*parts.signed_headers, out);
  out.signature = *parts.signature;
  out.session_token = request.headers.get("x-amz-security-token");
  if (!out.signs("host")) {
    return incompleteSignature(dialect, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  TRY(checkDate(dialect, out));
  return std::optional(std::move(out));
}

base::Result<std::optional<Authorization>> readQuery(const http::HttpRequest& request, Dialect dialect) {
  const std::string_view query = request.query();
  const auto algorithm = queryParameter(query, "X-Amz-Algorithm");
  const auto credential = queryParameter(query, "X-Amz-Credential");
  const auto signature = queryParameter(query, "X-Amz-Signature");
  const auto date = queryParameter(query, "X-Amz-Date");
  const auto signed_headers = queryParameter(query, "X-Amz-SignedHeaders");
  const auto expires = queryParameter(query, "X-Amz-Expires");
  auto refuse = [&](const std::string& text) -> base::ApiError {
    return dialect == Dialect::S3 ? queryParametersError(text) : incompleteSignature(dialect, text);
  };
  if (dialect != Dialect::S3) {
    std::string missing;
    const std::pair<const char*, const std::optional<std::string>&> wanted[] = {{"X-Amz-Algorithm", algorithm},
                                                                                {"X-Amz-Credential", credential},
                                                                                {"X-Amz-Signature", signature},
                                                                                {"X-Amz-SignedHeaders", signed_headers},
                                                                                {"X-Amz-Date", date}};
    for (const auto& [name, value] : wanted) {
      if (value.value_or("").empty()) {
        missing += "AWS query-string parameters must include '" + std::string(name) + "'. ";
      }
    }
    if (!missing.empty()) return refuse(missing + "Re-examine the query-string parameters.");
  } else if (!algorithm || !credential || !signature || !date || !signed_headers || !expires) {
    return refuse(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
        "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  }
  if (*algorithm != kAlgorithm) return refuse("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  Authorization out;
  out.presigned = true;
  const std::optional<base::Timestamp> time = base::parseBasicIso8601(*date);
  if (!time) return refuse("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  out.time = *time;
  out.time_text = *date;
  out.expires_seconds = 15 * 60;
  if (expires) {
    const auto [end, error] = std::from_chars(expires->data(), expires->data() + expires->size(), out.expires_seconds);
    if (error != std::errc() || end != expires->data() + expires->size()) {
      return refuse("X-Amz-Expires should be a number");
    }
    if (out.expires_seconds < 0) return refuse("X-Amz-Expires must be non-negative");
    if (out.expires_seconds > kWeekSeconds) {
      return refuse(
          "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
          "604800 seconds");
    }
  }
  TRY(readScope(*credential, dialect, true, out));
  readSignedHeaders(*signed_headers, out);
  out.signature = *signature;
  out.session_token = queryParameter(query, "X-Amz-Security-Token").value_or("");
  if (!out.signs("host")) {
    return incompleteSignature(dialect, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  TRY(checkDate(dialect, out));
  return std::optional(std::move(out));
}

}  // namespace

bool Authorization::signs(std::string_view lower_case_name) const {
  return std::find(signed_headers.begin(), signed_headers.end(), lower_case_name) != signed_headers.end();
}

std::optional<std::string> queryParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return base::decodePercent(pair.substr(equals + 1), true).value_or(std::string(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

base::Result<std::optional<Authorization>> readAuthorization(const http::HttpRequest& request, Dialect dialect) {
  const std::string* header = request.headers.find("authorization");
  const bool algorithm = queryParameter(request.query(), "X-Amz-Algorithm").has_value();
  const bool in_query = algorithm || (queryParameter(request.query(), "X-Amz-Signature").has_value() &&
                                      (dialect != Dialect::Json || header != nullptr));
  if (header != nullptr && (in_query || request.headers.count("authorization") > 1)) {
    // Two claims to an identity: which of them counts must not be a matter of taste.
    if (dialect == Dialect::S3) {
      return base::ApiError{.code = "InvalidArgument",
                            .message =
                                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
                                "Signature query string parameter or the Authorization header should be specified",
                            .http_status = 400};
    }
    if (algorithm) {
      return signatureDoesNotMatch(
          dialect, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
    }
    return incompleteSignature(dialect, "Only one signature may be given, in the header or in the query.");
  }
  if (header != nullptr) return readHeader(request, *header, dialect);
  if (in_query) return readQuery(request, dialect);
  return std::optional<Authorization>();
}

}  // namespace thimble::wire::sigv4
