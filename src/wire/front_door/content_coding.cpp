#include "wire/front_door/content_coding.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "base/gzip.h"
#include "wire/http/body_receiver.h"

namespace thimble::wire {
namespace {

constexpr std::size_t kLongAnswer = 4096;

/// Cuts the part up to the next separator off the text, and takes the blanks around it away.
std::string_view nextPart(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  while (part.starts_with(' ') || part.starts_with('\t')) part.remove_prefix(1);
  while (part.ends_with(' ') || part.ends_with('\t')) part.remove_suffix(1);
  return part;
}

/// The first "q" of a coding's parameters. One that is no number counts as absent.
double weightOf(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = nextPart(parameters, ';');
    if (!http::equalsIgnoringCase(nextPart(parameter, '='), "q")) continue;
    const std::string_view value = nextPart(parameter, '=');
    double weight = 1;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), weight);
    const bool readable = error == std::errc() && end == value.data() + value.size();
    return readable ? std::clamp(weight, 0.0, 1.0) : 1;
  }
  return 1;
}

}  // namespace

ContentCoding acceptedCoding(const http::Headers& headers) {
  std::string_view list;
  for (const http::Header& header : headers) {
    if (http::equalsIgnoringCase(header.name, "accept-encoding")) list = header.value;
  }
  ContentCoding best = ContentCoding::Identity;
  double best_weight = 0;
  double any_weight = 0;
  bool gzip_named = false;
  bool deflate_named = false;
  while (!list.empty()) {
    std::string_view parameters = nextPart(list, ',');
    const std::string_view name = nextPart(parameters, ';');
    const double weight = weightOf(parameters);
    if (name == "*") any_weight = weight;
    const bool is_gzip = http::equalsIgnoringCase(name, "gzip");
    const bool is_deflate = http::equalsIgnoringCase(name, "deflate");
    gzip_named |= is_gzip;
    deflate_named |= is_deflate;
    if ((is_gzip || is_deflate) && weight > best_weight) {
      best = is_gzip ? ContentCoding::Gzip : ContentCoding::Deflate;
      best_weight = weight;
    }
  }
  // "*" stands for those that were not named.
  if (any_weight > best_weight && !(gzip_named && deflate_named)) {
    return gzip_named ? ContentCoding::Deflate : ContentCoding::Gzip;
  }
  return best;
}

void encodeContent(ContentCoding coding, http::HttpResponse& response) {
  if (coding == ContentCoding::Identity || response.body.size() < kLongAnswer) return;
  response.body = coding == ContentCoding::Gzip ? base::gzip(response.body) : base::zlibFrame(response.body);
  response.headers.set("Content-Encoding", coding == ContentCoding::Gzip ? "gzip" : "deflate");
  response.headers.set("x-amz-crc32", std::to_string(base::crc32(response.body)));
}

base::Result<void> decodeContent(const http::Headers& headers, std::string& body, std::size_t most) {
  const std::string_view coding = headers.get("content-encoding");
  if (coding.empty() || http::equalsIgnoringCase(coding, "identity")) return {};
  std::string inflated;
  base::GzipReader reader;
  const bool fits = http::equalsIgnoringCase(coding, "gzip") && reader.feed(body, inflated, most);
  if (!fits && inflated.size() > most) return http::bodyTooLarge(most);
  // DynamoDB blames itself for what it cannot read.
  if (!fits || !reader.complete()) return base::ApiError{"InternalServerError", "Internal server error", 500};
  body = std::move(inflated);
  return {};
}

}  // namespace thimble::wire
