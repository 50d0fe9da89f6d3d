#include "services/codeconnections/repository_url.h"

#include <map>

namespace thimble::services::codeconnections {
namespace {

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

}  // namespace

base::Result<std::string> repositoryUrl(const rows::Connection& connection, const std::string& host_endpoint,
                                        const std::string& full_repository_id) {
  if (!isRepositoryId(full_repository_id)) {
    return badConfiguration("The FullRepositoryId " + full_repository_id + " is not valid.");
  }
  static const std::map<std::string, std::string> kProviders = {
      {"GitHub", "https://github.com"}, {"GitLab", "https://gitlab.com"}, {"Bitbucket", "https://bitbucket.org"}};
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
  const std::string id = escaped(full_repository_id);
  const bool whole = replaceAll(base, "{FullRepositoryId}", id);
  const bool named = replaceAll(base, "{Name}", id.substr(id.rfind('/') + 1));
  if (!base.starts_with("https://") && !base.starts_with("http://")) {
    return badConfiguration("The git server of the connection " + connection.arn() +
                            " is no http or https URL: " + base);
  }
  if (whole || named) return base;
  while (base.ends_with('/')) base.pop_back();
  return base + "/" + id + ".git";
}

}  // namespace thimble::services::codeconnections
