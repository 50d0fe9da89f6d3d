#include "services/lambda/spare_start.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace thimble::services::lambda {
namespace {

// ld.so(8), mallopt(3), locale(7), resolv.conf(5); https://docs.python.org/3/using/cmdline.html#environment-variables
// https://nodejs.org/docs/latest-v20.x/api/cli.html#environment-variables
constexpr std::string_view kPrefixes[] = {"LD_",   "GLIBC_", "MALLOC_",  "LC_",   "PYTHON",
                                          "NODE_", "UV_",    "OPENSSL_", "GCONV_"};
constexpr std::string_view kNames[] = {"LANG",        "LANGUAGE",      "LOCPATH",     "NLSPATH",
                                       "TZ",          "TZDIR",         "RES_OPTIONS", "LOCALDOMAIN",
                                       "HOSTALIASES", "SSLKEYLOGFILE", "FORCE_COLOR", "NO_COLOR"};

}  // namespace

bool readAtStart(std::string_view name) {
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

std::vector<std::string> readAtStart(const std::vector<std::string>& environment) {
  std::vector<std::string> found;
  std::copy_if(environment.begin(), environment.end(), std::back_inserter(found),
               [](const std::string& each) { return readAtStart(std::string_view(each).substr(0, each.find('='))); });
  return found;
}

bool linkedAtStart(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder + "/glibc-hwcaps", error)) return true;
  for (std::filesystem::directory_iterator each(folder + "/lib", error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name == "glibc-hwcaps" || name.find(".so") != std::string::npos) return true;
  }
  return false;
}

}  // namespace thimble::services::lambda
