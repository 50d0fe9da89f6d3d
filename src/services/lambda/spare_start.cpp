#include "services/lambda/spare_start.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
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

constexpr std::size_t kMaxBytesSearched = 1 << 20;
constexpr int kMaxFilesSearched = 1000;

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

void preload(runtime::SpareStart& spare) {
  spare.environment.push_back(std::string("THIMBLE_PRELOAD=") + kDearModule);
}

bool usesDearModule(std::string_view runtime, const std::string& code) {
  std::error_code error;
  if (!runtime.starts_with("python") || std::filesystem::exists(code + "/" + kDearModule, error)) return false;
  std::size_t left = kMaxBytesSearched;
  int files = kMaxFilesSearched;
  for (std::filesystem::recursive_directory_iterator each(code, error), end; !error && each != end && files > 0;
       each.increment(error), --files) {
    std::error_code ignored;
    if (each->path().extension() != ".py" || !each->is_regular_file(ignored)) continue;
    std::ifstream file(each->path(), std::ios::binary);
    std::string text(std::min<std::size_t>(left, each->file_size(ignored)), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (text.find(kDearModule) != std::string::npos) return true;
    left -= text.size();
  }
  return false;
}

}  // namespace thimble::services::lambda
