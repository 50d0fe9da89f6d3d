// Any text as a definition, and, when it is one, run in memory with a bound on its steps: no crash, no hang.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lang/asl/interpreter.h"
#include "lang/asl/json_diagnosis.h"
#include "lang/asl/memory_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace thimble::lang::asl;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(diagnoseJson(text));
  const ParseOutcome parsed = parseDefinition(text, MachineType::Standard);
  if (!parsed.definition) return 0;
  ExecutionIdentity identity;
  Header header;
  Workspace rows;
  SeededEntropy entropy(1);
  Host host{
      .now = 0, .entropy = entropy, .make_token = [](std::uint64_t, std::uint64_t) { return std::string("token"); }};
  Interpreter interpreter(*parsed.definition, identity, header, rows, host);
  interpreter.start();
  for (int i = 0; i < 20; ++i) {
    if (!interpreter.take().more) break;
    interpreter.resume();
  }
  return 0;
}
