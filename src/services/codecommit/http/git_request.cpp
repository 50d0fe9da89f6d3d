#include "services/codecommit/http/git_request.h"

#include "base/encoding.h"

namespace thimble::services::codecommit {

std::optional<GitRequest> readGitRequest(const wire::http::HttpRequest& head) {
  constexpr std::string_view kPrefix = "/v1/repos/";
  const std::string_view path = head.path();
  if (!path.starts_with(kPrefix)) return std::nullopt;
  const std::size_t slash = path.find('/', kPrefix.size());
  if (slash == std::string_view::npos) return std::nullopt;
  GitRequest request;
  request.path = path.substr(0, slash);
  const auto name = base::decodePercent(path.substr(kPrefix.size(), slash - kPrefix.size()));
  if (!name) return std::nullopt;
  request.repository = name->ends_with(".git") ? name->substr(0, name->size() - 4) : *name;
  std::string_view rest = path.substr(slash);
  while (rest.starts_with("//")) rest.remove_prefix(1);
  if (rest == "/info/refs" && head.method == "GET") {
    request.kind = GitRequest::Kind::Advertise;
    request.writes = head.query() == "service=git-receive-pack";
    return request.writes || head.query() == "service=git-upload-pack" ? std::optional(request) : std::nullopt;
  }
  if (head.method != "POST") return std::nullopt;
  if (rest == "/git-upload-pack") {
    request.kind = GitRequest::Kind::Fetch;
    return request;
  }
  if (rest == "/git-receive-pack") {
    request.kind = GitRequest::Kind::Push;
    request.writes = true;
    return request;
  }
  return std::nullopt;
}

}  // namespace thimble::services::codecommit
