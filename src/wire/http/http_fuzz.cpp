// Request heads and chunked bodies: read or refused within bounds; an accepted head has one meaning.
#include <cstdlib>

#include "wire/http/parser.h"

using namespace thimble::wire::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  HeadSearch search;
  const std::size_t length = search.search(text, {});
  if (length > 0) {
    HttpRequest request;
    Framing framing;
    if (!parseHead(text.substr(0, length), {}, request, framing)) {
      if (request.headers.count("content-length") > 1 || request.headers.count("host") > 1) std::abort();
      if (request.headers.contains("content-length") && request.headers.contains("transfer-encoding")) std::abort();
    }
  }
  ChunkedDecoder decoder;
  std::string_view in = text;
  std::string out;
  while (!in.empty() && !decoder.done()) {
    if (decoder.feed(in, out)) break;
  }
  if (out.size() > size) std::abort();
  return 0;
}
