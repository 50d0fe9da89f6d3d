#include "services/codeconnections/repository_operations.h"

#include <filesystem>
#include <stdexcept>

#include "base/arn.h"
#include "base/encoding.h"
#include "dispatch/doorway.h"
#include "platform/archive/zip_folder.h"
#include "services/codeconnections/git.h"
#include "services/codeconnections/pinned_address.h"
#include "services/codeconnections/repository_url.h"
#include "services/codeconnections/tables.h"

namespace thimble::services::codeconnections {
namespace {

using base::Json;
using ContextPointer = std::shared_ptr<dispatch::AsyncContext>;
using GitPointer = std::shared_ptr<Git>;

constexpr std::size_t kMostReferences = 20'000;

dispatch::Answer answerOf(Json output) {
  dispatch::Answer answer;
  answer.output = std::move(output);
  return answer;
}

bool isCommitId(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// What git's own rules of references forbid never gets to git.
bool isReference(const std::string& text) {
  if (!text.starts_with("refs/") || text.size() > 500 || text.ends_with('/') || text.ends_with('.')) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 127 || std::string_view("~^:?*[\\").find(c) != std::string::npos) {
      return false;
    }
  }
  return text.find("..") == std::string::npos && text.find("//") == std::string::npos &&
         text.find("@{") == std::string::npos && text.find("/.") == std::string::npos;
}

base::Result<void> authorise(const dispatch::Environment& environment, store::Transaction& transaction,
                             const dispatch::Call& call, const std::string& arn) {
  if (environment.authorizer.authorise(transaction, call, "codeconnections:UseConnection", arn, {}).ok()) return {};
  return environment.authorizer.authorise(transaction, call, "codestar-connections:UseConnection", arn, {});
}

/// The repository's URL: by a token, or when the caller may use the connection.
base::Result<std::string> urlFor(const ContextPointer& context, const platform::Sealer& sealer) {
  const dispatch::Call& call = context->call();
  if (call.input.contains("Token")) {
    std::string token = call.input.stringAt("Token");
    if (const std::string purpose = call.input.stringAt("Purpose"); !purpose.empty()) {
      try {
        token = sealer.open(base::decodeBase64(token).value_or(""), purpose);
      } catch (const std::runtime_error&) {
        return base::ApiError{"ConfigurationError", "The token was sealed with another key; it has to be given anew."};
      }
    }
    return repositoryUrlByToken(call.input.stringAt("Server"), token, call.input.stringAt("FullRepositoryId"));
  }
  store::Transaction transaction = context->environment().store.begin();
  TRY_ASSIGN(const rows::Connection connection, findConnection(transaction, call.input.stringAt("ConnectionArn")));
  TRY(authorise(context->environment(), transaction, call, connection.arn()));
  std::string endpoint;
  if (!connection.host_arn().empty()) {
    TRY_ASSIGN(const rows::Host host, findHost(transaction, connection.host_arn()));
    endpoint = host.provider_endpoint();
  }
  return repositoryUrl(connection, endpoint, call.input.stringAt("FullRepositoryId"));
}

/// Lines "COMMIT<tab>REFERENCE"; an annotated tag has a second one, ending in "^{}", with the commit.
Json referencesIn(const std::string& listing) {
  Json references = Json::object();
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < listing.size() && count < kMostReferences;) {
    const std::size_t end = std::min(listing.find('\n', begin), listing.size());
    const std::string line = listing.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || !isCommitId(line.substr(0, tab))) continue;
    std::string name = line.substr(tab + 1);
    if (name.ends_with("^{}")) name.resize(name.size() - 3);
    references.set(name, line.substr(0, tab));
    ++count;
  }
  return references;
}

class Repository : public std::enable_shared_from_this<Repository> {
 public:
  Repository(ContextPointer context, dispatch::CallDone done, GitPointer git)
      : context_(std::move(context)), done_(std::move(done)), git_(std::move(git)) {}

  void references() {
    git_->run({"ls-remote", "--heads", "--tags", "--", git_->url()}, [self = shared_from_this()](auto output) {
      if (!output.ok()) return self->done_(std::move(output).error());
      self->done_(answerOf(Json::object({{"References", referencesIn(*output)}})));
    });
  }

  void changedFiles() {
    const std::string from = input().stringAt("From");
    const std::string to = input().stringAt("To");
    if ((!from.empty() && !isCommitId(from)) || !isCommitId(to)) return fail("From and To have to be commits.");
    std::vector<std::string> fetch = {"fetch", "--quiet",   "--no-tags", "--depth=1", "--filter=blob:none",
                                      "--",    git_->url(), to};
    if (!from.empty()) fetch.push_back(from);
    std::vector<std::string> compare = {"ls-tree", "-r", "--name-only", "-z", to};
    if (!from.empty()) compare = {"diff", "--name-only", "--no-renames", "-z", from, to};
    git_->runAll({{"init", "--quiet", "--bare", "."}, std::move(fetch), std::move(compare)},
                 [self = shared_from_this()](auto output) {
                   if (!output.ok()) return self->done_(std::move(output).error());
                   Json files = Json::array();
                   for (std::size_t begin = 0; begin < output->size();) {
                     const std::size_t end = std::min(output->find('\0', begin), output->size());
                     files.push(output->substr(begin, end - begin));
                     begin = end + 1;
                   }
                   self->done_(answerOf(Json::object({{"Files", std::move(files)}})));
                 });
  }

  void archive() {
    const std::string commit = input().stringAt("CommitId");
    const std::string wanted = commit.empty() ? input().stringAt("Reference") : commit;
    if (commit.empty() ? !isReference(wanted) : !isCommitId(wanted)) return fail(wanted + " is no branch or commit.");
    const bool with_history = input()["WithHistory"] == Json(true);
    std::vector<std::vector<std::string>> commands = {{"init", "--quiet", "."}};
    if (with_history) {
      // What a clone has: all branches and tags.
      const std::string branch = commit.empty() && wanted.starts_with("refs/heads/") ? wanted.substr(11) : "";
      commands.push_back({"remote", "add", "origin", "--", git_->url()});
      commands.push_back({"fetch", "--quiet", "--tags", "origin"});
      commands.push_back({"fetch", "--quiet", "--no-tags", "origin", wanted});
      commands.push_back(branch.empty() ? std::vector<std::string>{"checkout", "--quiet", "--detach", "FETCH_HEAD"}
                                        : std::vector<std::string>{"checkout", "--quiet", "-B", branch, "FETCH_HEAD"});
    } else {
      commands.push_back({"fetch", "--quiet", "--no-tags", "--depth=1", "--", git_->url(), wanted});
    }
    commands.push_back({"log", "-1", "--format=%H%x00%an%x00%ae%x00%at%x00%ct%x00%B", "FETCH_HEAD"});
    git_->runAll(std::move(commands), [self = shared_from_this(), with_history](auto output) {
      if (!output.ok()) return self->done_(std::move(output).error());
      self->describe(*output);
      if (with_history) return self->context_->environment().executor.post([self] { self->zipWorkingCopy(); });
      self->git_->run({"archive", "--format=zip", "--output=archive.zip", "FETCH_HEAD"}, [self](auto archived) {
        if (!archived.ok()) return self->done_(std::move(archived).error());
        self->upload(self->git_->folder() + "/archive.zip");
      });
    });
  }

 private:
  const Json& input() const { return context_->call().input; }
  void fail(const std::string& message) { done_(base::ApiError{"ConfigurationError", message}); }

  void describe(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; parts.size() < 6;) {
      const std::size_t end = parts.size() == 5 ? std::string::npos : text.find('\0', begin);
      parts.push_back(text.substr(begin, end == std::string::npos ? end : end - begin));
      if (end == std::string::npos) break;
      begin = end + 1;
    }
    parts.resize(6);
    while (parts[5].ends_with('\n')) parts[5].pop_back();
    commit_ = Json::object({{"CommitId", parts[0]},
                            {"AuthorName", parts[1]},
                            {"AuthorEmail", parts[2]},
                            {"AuthorDate", std::strtoll(parts[3].c_str(), nullptr, 10) * 1000},
                            {"CommitterDate", std::strtoll(parts[4].c_str(), nullptr, 10) * 1000},
                            {"Message", parts[5]}});
  }

  void zipWorkingCopy() {
    const std::string path = git_->folder() + ".zip";
    try {
      platform::zipFolder(git_->folder(), path);
    } catch (const std::exception& failure) {  // A full disk is this action's failure, not the server's.
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
      return done_(base::ApiError{"SourceError", failure.what(), 500});
    }
    upload(path);
  }

  void upload(const std::string& path) {
    const auto body = std::make_shared<platform::FileBytes>(path, true);
    dispatch::Call put;
    put.identity = context_->call().identity;
    put.account = context_->account();
    put.region = context_->region();
    put.service = "s3";
    put.operation = "PutObject";
    put.input =
        Json::object({{"Bucket", input()["Bucket"]}, {"Key", input()["Key"]}, {"ContentType", "application/zip"}});
    put.body = body;
    put.source_arn = context_->call().source_arn;
    context_->doorway().call(std::move(put), [self = shared_from_this(), body](dispatch::CallOutcome outcome) {
      if (!outcome.ok()) return self->done_(std::move(outcome));
      self->done_(answerOf(self->commit_));
    });
  }

  ContextPointer context_;
  dispatch::CallDone done_;
  GitPointer git_;
  Json commit_;
};

/// Whether git would connect to this very server. `pinned`: "HOST:PORT:ADDRESS".
bool isThisServer(const std::string& pinned, const std::string& endpoint) {
  const std::size_t host_end = pinned.find(':', pinned.starts_with('[') ? pinned.find(']') : 0);
  const std::size_t port_end = pinned.find(':', host_end + 1);
  const std::string port = pinned.substr(host_end + 1, port_end - host_end - 1);
  const std::string address = pinned.substr(port_end + 1);
  const bool loopback = address.starts_with("127.") || address == "::1" || address == "[::1]";
  return loopback && endpoint.ends_with(":" + port);
}

void pullRequests(const ContextPointer& context, const dispatch::CallDone& done, const Settings& settings) {
  auto url = urlFor(context, *settings.sealer);
  if (!url.ok()) return done(std::move(url).error());
  const std::string name = codecommitName(*url);
  auto address = name.empty() ? base::Result<std::string>(std::string()) : pinnedAddress(*url, settings.policy);
  if (!address.ok()) return done(std::move(address).error());
  if (name.empty() || !isThisServer(*address, settings.endpoint())) {
    return done(base::ApiError{"NotImplemented",
                               "Thimble knows pull requests of its own CodeCommit only: the repository of the "
                               "connection is elsewhere, and git's protocol does not tell of them.",
                               501});
  }
  const dispatch::Call& asked = context->call();
  const std::string arn = asked.input.stringAt("ConnectionArn");
  const auto parsed = base::parseArn(arn);
  if (!parsed) return done(base::ApiError{"ConfigurationError", "Pull requests are those of a connection."});
  dispatch::Call call;
  call.account = parsed->account;
  call.identity = dispatch::Identity::root(call.account);
  call.region = asked.region;
  call.service = "thimble.codecommit";
  call.operation = "PullRequests";
  call.input = Json::object({{"RepositoryName", name}});
  call.source_arn = arn;
  context->doorway().call(std::move(call), done);
}

}  // namespace

void registerRepositoryOperations(dispatch::Registry& registry, const Settings& settings,
                                  platform::ProcessRunner& runner) {
  const auto add = [&](const char* operation, void (Repository::*work)()) {
    registry.addInternal(kInternalService, operation,
                         [&settings, &runner, work](const ContextPointer& context, const dispatch::CallDone& done) {
                           // Names are resolved, which may take a while.
                           context->environment().executor.post([&settings, &runner, work, context, done] {
                             auto url = urlFor(context, *settings.sealer);
                             if (!url.ok()) return done(std::move(url).error());
                             auto address = pinnedAddress(*url, settings.policy);
                             if (!address.ok()) return done(std::move(address).error());
                             auto git = std::make_shared<Git>(runner, settings.folder + "/" + context->random().uuid(),
                                                              *url, *address);
                             (std::make_shared<Repository>(context, done, std::move(git)).get()->*work)();
                           });
                         });
  };
  add("References", &Repository::references);
  add("Archive", &Repository::archive);
  add("ChangedFiles", &Repository::changedFiles);
  registry.addInternal(
      kInternalService, "PullRequests", [&settings](const ContextPointer& context, const dispatch::CallDone& done) {
        context->environment().executor.post([&settings, context, done] { pullRequests(context, done, settings); });
      });
}

}  // namespace thimble::services::codeconnections
