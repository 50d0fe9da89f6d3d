// libgit2 is linked statically and used for repositories on this machine alone. Its login to web servers by Kerberos,
// which has no archives on Debian, is not linked: these say that no mechanism is available. Names and values are of RFC
// 2744.
#include <cstdint>

namespace {

constexpr std::uint32_t kUnavailable = std::uint32_t{16} << 16;

}  // namespace

extern "C" {

extern const void* const GSS_C_NT_HOSTBASED_SERVICE;
const void* const GSS_C_NT_HOSTBASED_SERVICE = nullptr;

std::uint32_t gss_indicate_mechs() {
  return kUnavailable;
}
std::uint32_t gss_import_name() {
  return kUnavailable;
}
std::uint32_t gss_init_sec_context() {
  return kUnavailable;
}
std::uint32_t gss_delete_sec_context() {
  return kUnavailable;
}
std::uint32_t gss_display_status() {
  return kUnavailable;
}
std::uint32_t gss_release_buffer() {
  return kUnavailable;
}
std::uint32_t gss_release_name() {
  return kUnavailable;
}
std::uint32_t gss_release_oid_set() {
  return kUnavailable;
}
}
