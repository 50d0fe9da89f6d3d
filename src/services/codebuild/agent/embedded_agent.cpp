#include "services/codebuild/agent/embedded_agent.h"

#include <cstddef>

// The assembler reads the file when this source is compiled; the build orders that after the agent's link.
__asm__(
    ".section .rodata\n"
    ".global thimble_build_agent_begin\n"
    ".global thimble_build_agent_end\n"
    "thimble_build_agent_begin:\n"
    ".incbin \"" THIMBLE_BUILD_AGENT_FILE
    "\"\n"
    "thimble_build_agent_end:\n"
    ".previous\n");

extern "C" const char thimble_build_agent_begin[];
extern "C" const char thimble_build_agent_end[];

namespace thimble::services::codebuild::agent {

std::string_view embeddedAgent() {
  return {thimble_build_agent_begin, static_cast<std::size_t>(thimble_build_agent_end - thimble_build_agent_begin)};
}

}  // namespace thimble::services::codebuild::agent
