#include "services/codeconnections/repository_url.h"

#include <map>

#include "base/encoding.h"

namespace thimble::services::codeconnections {
namespace {

constexpr const char* kGitHub = "https://github.com";

base::ApiError badConfiguration(std::string message) {
  return {"ConfigurationError", std::move(message)};
}

/// Only what owners, groups and repositories are named with: no option of git's, no way up, no other query.
bool isRepositoryId(const std::string& id) {
  constexpr const char* kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/ ";
  if (id.empty() || id.size() > 500 || id.find_first_not_of(kLetters) != std::string::npos) return false;
  return id.front() != '/' && id.front() != '-' && id.back() != '/' && id.find("..") == std::string::npos &&
         id.find("//") == std::string::npos;
}

bool replaceAll(std::string& text, const std::string& what, const std::string& with) {
  bool found = false;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
    found = true;
  }
  return found;
}

std::string escaped(std::string text) {
  replaceAll(text, " ", "%20");
  return text;
}

base::Result<std::string> filledIn(std::string server, const std::string& full_repository_id) {
  const std::string id = escaped(full_repository_id);
  const bool whole = replaceAll(server, "{FullRepositoryId}", id);
  const bool named = replaceAll(server, "{Name}", id.substr(id.rfind('/') + 1));
  if (!server.starts_with("https://") && !server.starts_with("http://")) {
    return badConfiguration("The git server is no http or https URL: " + server);
  }
  if (whole || named) return server;
  while (server.ends_with('/')) server.pop_back();
  return server + "/" + id + ".git";
}

}  // namespace

base::Result<std::string> repositoryUrl(const rows::Connection& connection, const std::string& host_endpoint,
                                        const std::string& full_repository_id) {
  if (!isRepositoryId(full_repository_id)) {
    return badConfiguration("The FullRepositoryId " + full_repository_id + " is not valid.");
  }
  static const std::map<std::string, std::string> kProviders = {
      {"GitHub", kGitHub}, {"GitLab", "https://gitlab.com"}, {"Bitbucket", "https://bitbucket.org"}};
  std::string base = host_endpoint;
  for (const rows::Tag& tag : connection.tags()) {
    if (tag.key() == kUrlTag) base = tag.value();
  }
  if (base.empty()) {
    const auto provider = kProviders.find(connection.provider_type());
    if (provider == kProviders.end()) {
      return badConfiguration("The connection " + connection.arn() + " of the provider " + connection.provider_type() +
                              " names no git server; give it the tag " + kUrlTag + ".");
    }
    base = provider->second;
  }
  return filledIn(base, full_repository_id);
}

base::Result<std::string> repositoryUrlByToken(const std::string& server, const std::string& token,
                                               const std::string& full_repository_id) {
  if (!isRepositoryId(full_repository_id)) {
    return badConfiguration("The repository " + full_repository_id + " is not valid.");
  }
  TRY_ASSIGN(std::string url, filledIn(server.empty() ? kGitHub : server, full_repository_id));
  const std::size_t host = url.find("://") + 3;
  // A server of one's own may have a name and password in its address.
  if (token.empty() || url.find('@', host) < url.find('/', host)) return url;
  return url.insert(host, "x-access-token:" + base::encodePercent(token) + "@");
}

std::string codecommitName(const std::string& url) {
  constexpr std::string_view kPath = "/v1/repos/";
  const std::size_t host = url.find("://");
  const std::size_t path = host == std::string::npos ? host : url.find('/', host + 3);
  if (path == std::string::npos || url.compare(path, kPath.size(), kPath) != 0) return {};
  std::string name = url.substr(path + kPath.size());
  while (name.ends_with('/')) name.pop_back();
  return name.find_first_of("/?#") == std::string::npos ? name : std::string();
}

}  // namespace thimble::services::codeconnections
