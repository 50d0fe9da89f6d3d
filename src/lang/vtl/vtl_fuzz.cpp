// Compiles any text as a template and renders it against a small context, within tight limits.
#include <cstddef>
#include <cstdint>
#include <string>

#include "lang/vtl/gateway.h"
#include "lang/vtl/template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace thimble;
  using namespace thimble::lang::vtl;
  const auto compiled = Template::compile({reinterpret_cast<const char*>(data), size});
  if (!compiled.ok()) return 0;
  static const std::string body = R"({"a": [1, {"b": "c"}, null], "n": 1.5, "s": "text"})";
  static const base::Json parameters = base::Json::object({{"path", base::Json::object({{"id", "1"}})}});
  static const JsonPathQuery query = [](const base::Json& root, std::string_view path) {
    const base::Json* found = path.size() > 2 ? root.find(path.substr(2)) : nullptr;
    return base::Result<std::optional<base::Json>, std::string>(found ? std::optional(*found) : std::nullopt);
  };
  Input input(body, parameters, query);
  Util util;
  Rendering rendering(compiled.value(), {.max_steps = 20'000, .max_output_bytes = 64 << 10, .max_iterations = 100});
  rendering.set("input", &input);
  rendering.set("util", &util);
  rendering.set("context", rendering.heap().fromJson(parameters, PrintStyle::Java));
  (void)rendering.run();
  return 0;
}
