#include "wire/http/curl.h"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace thimble::wire::http {
namespace {

template <class Function>
void find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(dlsym(library, name));
  if (out == nullptr) throw std::runtime_error(std::string("this machine's libcurl has no ") + name);
}

Curl load() {
  // The name is that of the interface's version, which has not changed since 2006.
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(std::string("libcurl cannot be loaded: ") + dlerror());
  Curl out{};
  find(library, "curl_global_init", out.global_init);
  find(library, "curl_free", out.free);
  find(library, "curl_slist_append", out.slist_append);
  find(library, "curl_slist_free_all", out.slist_free_all);
  find(library, "curl_url", out.url);
  find(library, "curl_url_set", out.url_set);
  find(library, "curl_url_get", out.url_get);
  find(library, "curl_url_cleanup", out.url_cleanup);
  find(library, "curl_easy_init", out.easy_init);
  find(library, "curl_easy_setopt", out.easy_setopt);
  find(library, "curl_easy_getinfo", out.easy_getinfo);
  find(library, "curl_easy_strerror", out.easy_strerror);
  find(library, "curl_easy_cleanup", out.easy_cleanup);
  find(library, "curl_multi_init", out.multi_init);
  find(library, "curl_multi_setopt", out.multi_setopt);
  find(library, "curl_multi_add_handle", out.multi_add_handle);
  find(library, "curl_multi_remove_handle", out.multi_remove_handle);
  find(library, "curl_multi_perform", out.multi_perform);
  find(library, "curl_multi_info_read", out.multi_info_read);
  find(library, "curl_multi_poll", out.multi_poll);
  find(library, "curl_multi_wakeup", out.multi_wakeup);
  find(library, "curl_multi_cleanup", out.multi_cleanup);
  if (out.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot start");
  return out;
}

}  // namespace

const Curl& curl() {
  static const Curl kCurl = load();
  return kCurl;
}

}  // namespace thimble::wire::http
