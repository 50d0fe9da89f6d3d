// Whatever a head says, it gets one route: an operation with its service, a place, or a refusal with an error.
#include <cstdlib>

#include "wire/router/router.h"

using namespace thimble::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Router router;
  // Lines: method, target, host, authorization, x-amz-target, form.
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto line = [&] {
    const std::size_t end = text.find('\n');
    const std::string_view out = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return std::string(out);
  };
  http::HttpRequest head;
  head.method = line();
  head.target = "/" + line();
  head.headers.add("Host", line());
  for (const char* name : {"Authorization", "X-Amz-Target"}) {
    if (const std::string value = line(); !value.empty()) head.headers.add(name, value);
  }
  Route route = router.route(head);
  if (route.needs_form) router.routeForm(route, text);
  if (route.kind == Route::Kind::Operation && (route.operation == nullptr || route.service == nullptr)) std::abort();
  if (route.kind == Route::Kind::Refused && route.error.http_status < 400) std::abort();
  return 0;
}
