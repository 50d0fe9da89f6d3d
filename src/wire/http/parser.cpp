#include "wire/http/parser.h"

#include <array>
#include <charconv>
#include <cstring>

namespace thimble::wire::http {
namespace {

// RFC 9110, section 5.6.2: tchar.
constexpr std::array<bool, 256> makeTokenTable() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'}) {
    table[static_cast<std::size_t>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kToken = makeTokenTable();

bool isToken(std::string_view text) {
  for (char c : text) {
    if (!kToken[static_cast<unsigned char>(c)]) return false;
  }
  return !text.empty();
}

bool isFieldValue(std::string_view text) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

bool isTarget(std::string_view text) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '#') return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

ProtocolError bad(std::string reason) {
  return {400, std::move(reason)};
}

// True when the comma-separated list has the element.
bool listContains(std::string_view list, std::string_view element) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (equalsIgnoringCase(trim(list.substr(0, comma)), element)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

std::optional<ProtocolError> decideFraming(const Headers& headers, int minor_version, Framing& framing) {
  const std::string* length = nullptr;
  const std::string* coding = nullptr;
  std::size_t hosts = 0;
  framing.keep_alive = minor_version >= 1;
  for (const Header& field : headers) {
    // The first letter sorts out nearly all fields before a name is compared.
    switch (field.name[0] | 0x20) {
      case 'c':
        if (equalsIgnoringCase(field.name, "content-length")) {
          if (length != nullptr) return bad("More than one Content-Length");
          length = &field.value;
        } else if (equalsIgnoringCase(field.name, "connection")) {
          if (listContains(field.value, "close")) framing.keep_alive = false;
          if (minor_version == 0 && listContains(field.value, "keep-alive")) framing.keep_alive = true;
        }
        break;
      case 't':
        if (equalsIgnoringCase(field.name, "transfer-encoding")) {
          if (coding != nullptr) return bad("More than one Transfer-Encoding");
          coding = &field.value;
        }
        break;
      case 'h':
        if (equalsIgnoringCase(field.name, "host")) ++hosts;
        break;
      case 'e':
        if (equalsIgnoringCase(field.name, "expect")) {
          if (!equalsIgnoringCase(field.value, "100-continue")) return ProtocolError{417, "Unknown expectation"};
          framing.expects_continue = minor_version >= 1;
        }
        break;
      default:
        break;
    }
  }
  if (hosts > 1) return bad("More than one Host");
  if (hosts == 0 && minor_version >= 1) return bad("Host is missing");
  if (coding != nullptr) {
    if (length != nullptr) return bad("Both Content-Length and Transfer-Encoding");
    if (minor_version == 0) return bad("Transfer-Encoding in HTTP/1.0");
    if (!equalsIgnoringCase(*coding, "chunked")) return ProtocolError{501, "Unknown Transfer-Encoding"};
    framing.kind = Framing::Kind::Chunked;
  } else if (length != nullptr) {
    if (length->empty() || length->size() > 18) return bad("Content-Length is not a length");
    for (char c : *length) {
      if (c < '0' || c > '9') return bad("Content-Length is not a length");
    }
    std::from_chars(length->data(), length->data() + length->size(), framing.length);
    framing.kind = framing.length == 0 ? Framing::Kind::None : Framing::Kind::Length;
  }
  return std::nullopt;
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::size_t HeadSearch::search(std::string_view buffer, const HeadLimits& limits) {
  while (scanned < buffer.size()) {
    const void* found = std::memchr(buffer.data() + scanned, '\n', buffer.size() - scanned);
    if (found == nullptr) {
      scanned = buffer.size();
      break;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data());
    if (at == 0 || buffer[at - 1] != '\r') {
      error = bad("A line does not end in CR LF");
      return 0;
    }
    scanned = at + 1;
    const bool empty_line = at - line_begin == 1;
    if (line_begin == 0 && scanned > limits.max_bytes) break;
    line_begin = scanned;
    if (empty_line) {
      if (scanned > limits.max_bytes) break;
      return scanned;
    }
  }
  if (scanned > limits.max_bytes) {
    // A head that is too long by its first line alone is a target that is too long.
    error = line_begin == 0 ? ProtocolError{414, "The request target is too long"}
                            : ProtocolError{431, "The header fields are too large"};
  }
  return 0;
}

std::optional<ProtocolError> parseFields(std::string_view lines, std::size_t max_fields, Headers& headers) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    if (end == std::string_view::npos) return bad("A line does not end in CR LF");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    if (line.empty()) return bad("An empty line among the header fields");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bad("A header field without a colon");
    // obs-fold begins with a blank, and so is no token either.
    if (!isToken(line.substr(0, colon))) return bad("A header field's name is malformed");
    const std::string_view value = trim(line.substr(colon + 1));
    if (!isFieldValue(value)) return bad("A header field's value has a control character");
    if (headers.size() >= max_fields) return ProtocolError{431, "Too many header fields"};
    headers.add(line.substr(0, colon), value);
  }
  return std::nullopt;
}

std::optional<ProtocolError> parseHead(std::string_view head, const HeadLimits& limits, HttpRequest& request,
                                       Framing& framing) {
  const std::size_t line_end = head.find("\r\n");
  if (line_end == std::string_view::npos || head.size() < 4 || head.substr(head.size() - 4) != "\r\n\r\n") {
    return bad("The head is incomplete");
  }
  const std::string_view line = head.substr(0, line_end);
  // 1. method SP request-target SP HTTP-version, each separated by exactly one blank.
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return bad("The request line is malformed");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!isToken(method) || method.size() > 32) return bad("The method is malformed");
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || version[6] != '.') {
    return bad("The protocol version is malformed");
  }
  if (version[5] != '1' || (version[7] != '0' && version[7] != '1')) {
    return ProtocolError{505, "Only versions 1.0 and 1.1 of HTTP are spoken here"};
  }
  // 2. Origin form only: absolute and authority form are for proxies, and a second name of the host is ambiguous.
  const bool asterisk = target == "*" && method == "OPTIONS";
  if (target.empty() || (target.front() != '/' && !asterisk) || !isTarget(target)) {
    return bad("The request target is malformed");
  }
  request.method = method;
  request.target = target;
  // 3. Fields.
  request.headers.reserve(16);
  if (auto error =
          parseFields(head.substr(line_end + 2, head.size() - line_end - 4), limits.max_fields, request.headers)) {
    return error;
  }
  return decideFraming(request.headers, version[7] - '0', framing);
}

std::optional<ProtocolError> ChunkedDecoder::feed(std::string_view& in, std::string& out) {
  while (!in.empty() && state_ != State::Done) {
    const char c = in.front();
    switch (state_) {
      case State::Size: {
        const int digit = hexDigit(c);
        if (digit >= 0) {
          if (++digits_ > 15) return bad("A chunk's size is too large");
          left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
        } else if (digits_ == 0) {
          return bad("A chunk's size is malformed");
        } else if (c == '\r') {
          state_ = State::SizeLineFeed;
        } else if (c == ';') {
          state_ = State::Extension;
        } else {
          return bad("A chunk's size is malformed");
        }
        in.remove_prefix(1);
        break;
      }
      case State::Extension:
        // Extensions mean nothing here; they are bounded over the whole body, so that they cannot be an endless stream.
        if (c == '\r') {
          state_ = State::SizeLineFeed;
        } else if (!isFieldValue(in.substr(0, 1)) || ++extension_bytes_ > kMaxExtensionBytes) {
          return bad("A chunk's extension is malformed");
        }
        in.remove_prefix(1);
        break;
      case State::SizeLineFeed:
        if (c != '\n') return bad("A chunk's size does not end in CR LF");
        in.remove_prefix(1);
        digits_ = 0;
        state_ = left_ == 0 ? State::Trailer : State::Data;
        break;
      case State::Data: {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
        out.append(in.substr(0, count));
        in.remove_prefix(count);
        left_ -= count;
        if (left_ == 0) state_ = State::DataReturn;
        break;
      }
      case State::DataReturn:
      case State::DataLineFeed:
        if (c != (state_ == State::DataReturn ? '\r' : '\n')) return bad("A chunk does not end in CR LF");
        in.remove_prefix(1);
        state_ = state_ == State::DataReturn ? State::DataLineFeed : State::Size;
        break;
      case State::Trailer: {
        const std::size_t before = trailer_text_.size();
        const std::size_t room = kMaxTrailerBytes + 1 - before;
        trailer_text_.append(in.substr(0, room));
        const std::size_t end =
            trailer_search_.search(trailer_text_, {.max_bytes = kMaxTrailerBytes, .max_fields = 32});
        if (trailer_search_.error) return bad("The trailing fields are malformed or too large");
        if (end == 0) {
          in.remove_prefix(std::min(room, in.size()));
          break;
        }
        in.remove_prefix(end - before);
        if (auto error = parseFields(std::string_view(trailer_text_).substr(0, end - 2), 32, trailers_)) return error;
        state_ = State::Done;
        break;
      }
      case State::Done:
        break;
    }
  }
  return std::nullopt;
}

std::string_view reasonPhrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 424:
      return "Failed Dependency";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace thimble::wire::http
