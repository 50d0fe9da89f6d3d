#include "app/idle_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

// Set by the linker: all between them is read-only and has no relocations.
extern "C" const char __executable_start[];  // NOLINT(bugprone-reserved-identifier)
extern "C" const char etext[];

namespace thimble::app {

void releaseStartupPages() {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(__executable_start) + page - 1) / page * page;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(etext) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace thimble::app
