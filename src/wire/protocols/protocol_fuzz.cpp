// Any bytes as the body, query and headers of any operation: no crash, and what is read can be written again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/protocols/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace thimble;
  if (size < 3) return 0;
  auto services = shapes::allServices();
  const shapes::Service& service = *services[data[0] % services.size()];
  const shapes::Operation& operation = service.operations[(data[1] * 256u + data[2]) % service.operations.size()];
  std::string text(reinterpret_cast<const char*>(data) + 3, size - 3);
  wire::protocols::RequestParts request;
  request.query = wire::protocols::parseParameters(text);
  request.path = request.query;
  for (const auto& [name, value] : request.query) request.headers.add(name, value);
  request.body = text;
  auto input = wire::protocols::parseRequest(operation, request);
  if (input.ok()) wire::protocols::writeRequest(operation, input.value());
  wire::protocols::ResponseParts response;
  response.body = text;
  response.headers = request.headers;
  auto output = wire::protocols::parseResponse(operation, response);
  if (output.ok()) wire::protocols::writeResponse(operation, output.value(), "r");
  return 0;
}
