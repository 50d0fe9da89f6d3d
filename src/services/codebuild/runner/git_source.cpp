#include "services/codebuild/runner/git_source.h"

#include "services/codebuild/records.h"
#include "services/codebuild/source_credentials.h"

namespace thimble::services::codebuild::runner {
namespace {

using base::Json;

/// The credentials of the build's role, as AWS's own helper gives them.
constexpr const char* kCodeCommitHelper = "!aws codecommit credential-helper --ignore-host-check $@";

std::string quote(const std::string& text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

/// A CodeCommit repository's address on AWS is reached in the box where AWS's API is.
std::string addressInBox(const BuildState& state, const std::string& location) {
  const std::size_t host = location.find("git-codecommit.");
  const std::size_t path = host == std::string::npos ? host : location.find("/v1/repos/", host);
  if (path == std::string::npos) return location;
  return "http://127.0.0.1:" + std::to_string(state.runner.settings().api_port) + location.substr(path);
}

/// The token in a secret: the text itself, or the member "Token" of an object.
std::string tokenInSecret(const BuildState& state, const std::string& arn) {
  const dispatch::CallOutcome outcome =
      state.caller.call("secretsmanager", "GetSecretValue", Json::object({{"SecretId", arn}}));
  if (!outcome.ok()) {
    throw PhaseFailure{"CLIENT_ERROR", "The source's credentials could not be read: " + outcome.error().code + ": " +
                                           outcome.error().message};
  }
  const std::string text = outcome->output.stringAt("SecretString");
  const auto parsed = Json::parse(text);
  return parsed.ok() && parsed->isObject() ? parsed->stringAt("Token") : text;
}

/// Names that git servers want beside a token.
std::string userOfToken(const std::string& type) {
  if (type == "BITBUCKET") return "x-token-auth";
  return type == "GITLAB" || type == "GITLAB_SELF_MANAGED" ? "oauth2" : "x-access-token";
}

/// "https://host" of a repository's address.
std::string serverOf(const std::string& location) {
  const std::size_t host = location.find("://");
  return !location.starts_with("http") || host == std::string::npos ? ""
                                                                    : location.substr(0, location.find('/', host + 3));
}

/// A helper of git's that knows the name and token for servers of the source's type; empty without any.
std::string credentialHelper(BuildState& state, const Json& source) {
  const std::string type = source.stringAt("type");
  const platform::Sealer* sealer = state.runner.settings().sealer;
  if (type == "CODECOMMIT" || sealer == nullptr || serverOf(source.stringAt("location")).empty()) return {};
  store::Transaction transaction = state.runner.environment().store.begin();
  auto found = findSourceCredentials(transaction, *sealer, {state.caller.account(), state.caller.region()}, type);
  // What the source itself names comes first.
  const Json& auth = source["auth"];
  if (auth.stringAt("type") == "SECRETS_MANAGER" && auth.contains("resource")) {
    found = SourceCredentials{auth.stringAt("type"), "", auth.stringAt("resource")};
  }
  // Nobody signs in to a connection, so it has no token.
  if (!found || found->auth_type == "CODECONNECTIONS") return {};
  if (found->auth_type == "SECRETS_MANAGER") found->token = tokenInSecret(state, found->token);
  if (found->user_name.empty()) found->user_name = userOfToken(type);
  state.log.addSecret(found->token);
  return "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' " + quote(found->user_name) + " " +
         quote(found->token) + "; }; f";
}

}  // namespace

std::string repositoryFolder(const std::string& location) {
  std::string rest = location;
  const std::size_t scheme = rest.find("://");
  if (scheme != std::string::npos) rest = rest.substr(scheme + 3);
  const std::size_t at = rest.find('@');
  if (at != std::string::npos && at < rest.find('/')) rest = rest.substr(at + 1);
  if (rest.size() > 4 && rest.compare(rest.size() - 4, 4, ".git") == 0) rest.resize(rest.size() - 4);
  std::string folder;
  std::string part;
  for (std::size_t i = 0; i <= rest.size(); ++i) {
    const char c = i == rest.size() ? '/' : rest[i];
    if (c == '/') {
      if (!part.empty() && part != "." && part != "..") folder += (folder.empty() ? "" : "/") + part;
      part.clear();
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_') {
      part += c;
    }
  }
  return folder.empty() ? "repository" : folder;
}

void giveGitCredentials(BuildState& state) {
  const std::string here = "http://127.0.0.1:" + std::to_string(state.runner.settings().api_port) + "/v1/repos/";
  std::vector<std::pair<std::string, std::string>> settings = {
      {"credential." + here + ".helper", kCodeCommitHelper},
      {"credential.UseHttpPath", "true"},
      {"url." + here + ".insteadOf",
       "https://git-codecommit." + state.document.stringAt("Region") + ".amazonaws.com/v1/repos/"}};
  const Json& source = state.project()["source"];
  if (const std::string helper = credentialHelper(state, source); !helper.empty()) {
    settings.emplace_back("credential." + serverOf(source.stringAt("location")) + ".helper", helper);
  }
  // By variables, so that no file of the build's is touched and every user in the box has them.
  int count = 0;
  for (const auto& [name, value] : settings) {
    state.variables.set("GIT_CONFIG_KEY_" + std::to_string(count), name);
    state.variables.set("GIT_CONFIG_VALUE_" + std::to_string(count), value);
    ++count;
  }
  state.variables.set("GIT_CONFIG_COUNT", std::to_string(count));
}

std::string cloneRepository(BuildState& state, const Json& source, const std::string& version,
                            const std::string& inside, const std::string& which) {
  const std::string address = addressInBox(state, source.stringAt("location"));
  const bool local = address != source.stringAt("location");
  const std::int64_t depth = source["gitCloneDepth"].isInt() ? source["gitCloneDepth"].asInt() : 0;
  const std::string helper = local ? "" : credentialHelper(state, source);
  const std::string git =
      std::string("GIT_TERMINAL_PROMPT=0 git -c advice.detachedHead=false") +
      (local ? " -c credential.helper='" + std::string(kCodeCommitHelper) + "' -c credential.UseHttpPath=true" : "") +
      (helper.empty() ? "" : " -c " + quote("credential." + serverOf(address) + ".helper=" + helper)) +
      (source["insecureSsl"] == Json(true) ? " -c http.sslVerify=false" : "");
  std::string script = "set -e\n" + git + " init -q " + quote(inside) + "\ncd " + quote(inside) + "\n" + git +
                       " remote add origin -- " + quote(address) + "\n";
  const std::string shallow = depth > 0 ? " --depth " + std::to_string(depth) : "";
  const std::string wanted = version.empty() ? "HEAD" : version;
  if (wanted[0] == '-') throw PhaseFailure{"CLIENT_ERROR", "invalid source version " + wanted + " for " + which};
  // A server may refuse a commit by its id; then all is fetched.
  script += git + " fetch -q" + shallow + " origin " + quote(wanted) + " 2>/dev/null && " + git +
            " checkout -q FETCH_HEAD || { " + git +
            " fetch -q --tags origin '+refs/heads/*:refs/remotes/origin/*' && { " + git + " checkout -q " +
            quote(wanted == "HEAD" ? "FETCH_HEAD" : wanted) + " 2>/dev/null || " + git + " checkout -q " +
            quote("origin/" + wanted) + "; }; }\n";
  if (source["gitSubmodulesConfig"]["fetchSubmodules"] == Json(true)) {
    script += git + " submodule update -q --init --recursive\n";
  }
  script += git + " rev-parse HEAD\n";
  agent::RunRequest request = state.request("{ " + script + "} 2>&1");
  request.separate = true;
  request.folder = "/";
  const AgentLink::Result result = state.agent->evaluate(request);
  std::string text = result.text;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (result.status != 0) {
    throw PhaseFailure{"CLIENT_ERROR", "git clone failed: " + text.substr(0, 2000) + " for " + which +
                                           (version.empty() ? "" : " and source version " + version)};
  }
  return text.substr(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
}

}  // namespace thimble::services::codebuild::runner
