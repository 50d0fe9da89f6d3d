// Whatever a request says about its signature, and whatever its chunks hold, is read or refused within bounds.
#include <cstdlib>

#include "wire/sigv4/aws_chunked.h"
#include "wire/sigv4/testing.h"
#include "wire/sigv4/verify.h"

using namespace thimble::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static sigv4::testing::MapCredentials credentials;
  credentials.known["A"].state = sigv4::Credential::State::Active;
  static const thimble::platform::FakeClock clock;
  static const sigv4::Verifier verifier(credentials, clock);
  const std::size_t cut = text.find('\n');
  http::HttpRequest request;
  request.method = "GET";
  request.target = "/" + std::string(text.substr(0, cut));
  request.headers = {{"Host", "a"}, {"X-Amz-Date", "20231114T221320Z"}, {"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}};
  if (cut != std::string_view::npos) request.headers.add("Authorization", text.substr(cut + 1));
  for (const auto dialect : {sigv4::Dialect::Json, sigv4::Dialect::S3}) {
    auto began = verifier.begin(request, {.dialect = dialect, .allow_unsigned_payload = true});
    // Nobody guesses a signature.
    if (began.ok() && began->outcome == sigv4::Verification::Outcome::Verified &&
        verifier.finish(*began, request, {.dialect = dialect}).ok()) {
      std::abort();
    }
  }
  sigv4::AwsChunkedDecoder decoder({.trailer = true});
  std::string out;
  if (decoder.feed(text, out).ok()) (void)decoder.finish().ok();
  if (out.size() > size) std::abort();
  return 0;
}
