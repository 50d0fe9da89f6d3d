#include "services/lambda/functions.h"

#include <algorithm>
#include <filesystem>

#include "base/encoding.h"
#include "base/local_url.h"
#include "dispatch/credentials.h"
#include "platform/archive/unpack.h"
#include "services/lambda/bootstrap/embedded_bootstrap.h"
#include "services/lambda/errors.h"
#include "services/lambda/spare_start.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::int64_t kSessionSeconds = 12 * 3600;
/// An instance that old is replaced, so that no invocation outlives its credentials.
constexpr std::int64_t kUsableSeconds = 11 * 3600;

std::string accountOf(const std::string& role_arn) {
  // arn:aws:iam::ACCOUNT:role/NAME
  const std::size_t begin = role_arn.find("::");
  return begin == std::string::npos ? std::string() : role_arn.substr(begin + 2, 12);
}

/// Whether variables of a function's are among those that its program reads at its start.
bool anyReadAtStart(const Json& variables) {
  return variables.isObject() && std::any_of(variables.asObject().begin(), variables.asObject().end(),
                                             [](const auto& each) { return readAtStart(each.first); });
}

}  // namespace

Functions::Functions(const dispatch::Environment& environment, Settings settings)
    : environment_(environment), settings_(std::move(settings)), interpreters_(findInterpreters()) {
  // Unpacked code is only a copy, made without syncs: after a crash it cannot be trusted.
  std::filesystem::remove_all(settings_.folder);
  std::filesystem::create_directories(settings_.folder + "/code");
  std::filesystem::create_directories(settings_.folder + "/runtime");
  writeBootstraps(settings_.folder + "/runtime");
}

void Functions::start(dispatch::Doorway& doorway, std::uint16_t port) {
  endpoint_ = "http://localhost:" + std::to_string(port);
  if (port != runtime::kRuntimePort) settings_.pool.api_port = port;
  logs_ = std::make_shared<dispatch::LogDelivery>(doorway);
  store::Transaction transaction = environment_.store.begin();
  if (hasFunctions(transaction)) prepare();
}

void Functions::prepare() {
  // Ready before the first invocation, and neither before the server answers nor where there are no functions.
  if (settings_.run_functions) environment_.executor.post([this] { (void)pool(); });
}

base::Result<runtime::Pool*> Functions::pool() {
  const std::lock_guard lock(opening_);
  if (pool_) return pool_.get();
  if (refusal_.empty()) {
    base::Result<std::unique_ptr<sandbox::Sandbox>, sandbox::SandboxRefusal> opened = [&] {
      using Opened = base::Result<std::unique_ptr<sandbox::Sandbox>, sandbox::SandboxRefusal>;
      if (stopped_) return Opened(sandbox::SandboxRefusal{"the server is stopping"});
      if (!settings_.run_functions) return Opened(sandbox::SandboxRefusal{"this server has been told to run none"});
      return sandbox::Sandbox::open();
    }();
    if (opened.ok()) {
      sandbox_ = std::move(opened).value();
      outbound_ = settings_.outbound && sandbox_->support().outbound;
      if (outbound_) sandbox_->prepareOutbound();
      runtime::LogSink sink = [logs = logs_](const std::shared_ptr<const runtime::Image>& image,
                                             const std::string& stream, std::vector<runtime::LogLine> lines) {
        logs->deliver(static_cast<const FunctionImage&>(*image).log, stream, std::move(lines));
      };
      pool_ = std::make_unique<runtime::Pool>(*sandbox_, environment_.clock, environment_.random, std::move(sink),
                                              settings_.serve_api, settings_.pool);
      return pool_.get();
    }
    refusal_ = opened.error().message;
  }
  return base::ApiError{"ServiceException", "Functions cannot be run: " + refusal_, 500};
}

runtime::Pool::Counters Functions::counters() {
  const std::lock_guard lock(opening_);
  return pool_ ? pool_->counters() : runtime::Pool::Counters{};
}

void Functions::stop() {
  {
    const std::lock_guard lock(opening_);
    stopped_ = true;
    refusal_ = "the server is stopping";
    // The pool itself stays: an invocation that comes late is refused by it.
    if (pool_) pool_->stop();
  }
  if (logs_) logs_->stop();
}

base::Result<std::string> Functions::unpackInto(const std::string& name, const std::vector<std::string>& blobs) {
  const std::string folder = codeFolder(name);
  const std::lock_guard lock(unpacking_);
  if (std::filesystem::exists(folder)) return folder;
  const std::string staging = folder + ".staging";
  std::filesystem::remove_all(staging);
  std::filesystem::create_directories(staging);
  for (const std::string& blob : blobs) {
    const base::Result<void, platform::ArchiveError> unpacked =
        platform::unpackArchive(environment_.blobs.path(blob), staging);
    if (unpacked.ok()) continue;
    std::filesystem::remove_all(staging);
    if (unpacked.error() == platform::ArchiveError::TooLarge) return unzippedTooLarge();
    return badArchive();
  }
  std::filesystem::permissions(staging, std::filesystem::perms(0755));
  std::filesystem::rename(staging, folder);
  return folder;
}

base::Result<std::string> Functions::unpack(const std::string& blob) {
  return unpackInto(blob, {blob});
}

base::Result<std::string> Functions::unpackLayers(const std::vector<std::string>& blobs) {
  std::string all;
  for (const std::string& blob : blobs) all += blob;
  return unpackInto("layers-" + base::encodeHex(base::sha256(all)), blobs);
}

void Functions::retire(const FunctionReference& function) {
  const std::string prefix = function.arn() + " ";
  {
    const std::lock_guard lock(mutex_);
    for (auto it = images_.lower_bound(prefix); it != images_.end() && it->first.starts_with(prefix);)
      it = images_.erase(it);
  }
  const std::lock_guard lock(opening_);
  if (pool_) pool_->retire(prefix);
}

void Functions::image(std::shared_ptr<dispatch::AsyncContext> context, const Resolved& resolved, ImageDone done) {
  const Json& configuration = resolved.version_document["Configuration"];
  const std::string key = resolved.function.arn() + " " + resolved.version + " " + configuration.stringAt("RevisionId");
  const base::Timestamp now = environment_.clock.now();
  {
    const std::lock_guard lock(mutex_);
    const auto found = images_.find(key);
    if (found != images_.end() && now.milliseconds < found->second->usable_until) return done(found->second);
  }
  base::Result<std::string> code = unpack(resolved.version_document.stringAt("Code"));
  if (!code.ok()) return done(code.error());
  std::string layers;
  const Json& layer_codes = resolved.version_document["LayerCodes"];
  if (layer_codes.size() > 0) {
    std::vector<std::string> blobs;
    for (const Json& blob : layer_codes.asArray()) blobs.push_back(blob.asString());
    base::Result<std::string> unpacked = unpackLayers(blobs);
    if (!unpacked.ok()) return done(unpacked.error());
    layers = *unpacked;
  }
  const std::int64_t until = now.milliseconds + kUsableSeconds * 1000;
  const auto finish = [this, key, resolved, code = *code, layers, until,
                       done](const std::vector<std::string>& credentials) {
    std::shared_ptr<const FunctionImage> image = buildImage(resolved, code, layers, credentials, until);
    const std::lock_guard lock(mutex_);
    // Another invocation may have made one meanwhile; instances of both are interchangeable.
    images_[key] = image;
    return image;
  };
  const dispatch::RoleToAssume role{configuration.stringAt("Role"), "lambda.amazonaws.com", resolved.function.name};
  // A role of an account that is not this one cannot be judged here: the function runs, without credentials.
  if (accountOf(role.role_arn) != resolved.function.account) return done(finish({}));
  context->transact<std::vector<std::string>>(
      [role, now](dispatch::Context& transacting) -> base::Result<std::vector<std::string>> {
        const dispatch::Environment& environment = transacting.environment();
        base::Result<dispatch::Identity> identity = environment.authorizer.assume(transacting.transaction(), role);
        if (!identity.ok()) {
          return userError("AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.",
                           403);
        }
        const dispatch::SessionCredentials session =
            dispatch::issueSession(transacting.transaction(), environment.random, now, *identity, kSessionSeconds);
        return std::vector<std::string>{"AWS_ACCESS_KEY_ID=" + session.access_key_id,
                                        "AWS_SECRET_ACCESS_KEY=" + session.secret_access_key,
                                        "AWS_SESSION_TOKEN=" + session.session_token};
      },
      [finish, done](base::Result<std::vector<std::string>> credentials) {
        if (!credentials.ok()) return done(credentials.error());
        done(finish(*credentials));
      });
}

void Functions::setProgram(runtime::Image& image) const {
  const std::string& runtime = image.runtime_name;
  std::vector<std::string>& environment = image.environment;
  environment.insert(environment.end(), {"TZ=:UTC", "LANG=en_US.UTF-8",
                                         "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/"
                                         "lib:/var/task:/var/task/lib:/opt/lib"});
  if (runtime.starts_with("python")) {
    image.command = {interpreters_.python, "-S", "-B", "/var/runtime/bootstrap.py"};
  } else if (runtime.starts_with("nodejs")) {
    image.command = {interpreters_.node, "--max-old-space-size=" + std::to_string(image.memory_megabytes),
                     "/var/runtime/bootstrap.mjs"};
    environment.push_back("NODE_PATH=/opt/nodejs/node_modules:/var/runtime/node_modules:/var/task/node_modules");
  } else {
    return;
  }
  const sandbox::Mount bootstraps{settings_.folder + "/runtime", "/var/runtime"};
  image.mounts.push_back(bootstraps);
  image.spare = runtime::SpareStart{readAtStart(environment), {bootstraps}};
  environment.push_back("AWS_EXECUTION_ENV=AWS_Lambda_" + runtime);
}

void Functions::expect(const Json& configuration, const std::string& blob) {
  if (!settings_.run_functions || anyReadAtStart(configuration["Environment"]["Variables"])) return;
  auto image = std::make_shared<FunctionImage>();
  image->runtime_name = configuration.stringAt("Runtime");
  image->memory_megabytes = configuration["MemorySize"].asInt();
  setProgram(*image);
  if (!image->spare) return;
  environment_.executor.post([this, image, blob] {
    const base::Result<runtime::Pool*> opened = pool();
    if (!opened.ok()) return;
    image->outbound = outbound_;
    if (usesDearModule(image->runtime_name, codeFolder(blob))) preload(*image->spare);
    (*opened)->expect(image);
  });
}

std::shared_ptr<const FunctionImage> Functions::buildImage(const Resolved& resolved, const std::string& code,
                                                           const std::string& layers,
                                                           const std::vector<std::string>& credentials,
                                                           std::int64_t usable_until) const {
  const Json& configuration = resolved.version_document["Configuration"];
  auto image = std::make_shared<FunctionImage>();
  image->key = resolved.function.arn() + " " + resolved.version + " " + configuration.stringAt("RevisionId");
  image->group = resolved.function.arn();
  image->function_name = resolved.function.name;
  image->version = resolved.version;
  image->runtime_name = configuration.stringAt("Runtime");
  image->memory_megabytes = configuration["MemorySize"].asInt();
  image->timeout_seconds = configuration["Timeout"].asInt();
  image->tmp_megabytes = configuration["EphemeralStorage"]["Size"].asInt();
  image->usable_until = usable_until;
  image->outbound = outbound_;
  image->mounts = {{code, "/var/task"}};
  if (!layers.empty()) image->mounts.push_back({layers, "/opt"});
  const std::string log_group = configuration["LoggingConfig"].stringAt("LogGroup");
  image->log = {resolved.function.account, resolved.function.region, configuration.stringAt("Role"),
                "lambda.amazonaws.com",    resolved.function.name,   log_group};

  std::vector<std::string>& environment = image->environment;
  environment = {"_HANDLER=" + configuration.stringAt("Handler"),
                 "AWS_REGION=" + resolved.function.region,
                 "AWS_DEFAULT_REGION=" + resolved.function.region,
                 "AWS_LAMBDA_FUNCTION_NAME=" + resolved.function.name,
                 "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + std::to_string(image->memory_megabytes),
                 "AWS_LAMBDA_FUNCTION_VERSION=" + resolved.version,
                 "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
                 "AWS_LAMBDA_LOG_GROUP_NAME=" + log_group,
                 "AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(runtime::kRuntimePort),
                 "LAMBDA_TASK_ROOT=/var/task",
                 "LAMBDA_RUNTIME_DIR=/var/runtime",
                 "PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin"};
  setProgram(*image);
  environment.insert(environment.end(), credentials.begin(), credentials.end());
  if (settings_.serve_api)
    environment.push_back("AWS_ENDPOINT_URL=http://127.0.0.1:" + std::to_string(settings_.pool.api_port));

  if (image->command.empty()) {
    const bool in_layer = !std::filesystem::exists(code + "/bootstrap") && !layers.empty() &&
                          std::filesystem::exists(layers + "/bootstrap");
    image->command = {in_layer ? "/opt/bootstrap" : "/var/task/bootstrap"};
  }
  const Json& variables = configuration["Environment"]["Variables"];
  if (variables.isObject()) {
    for (const auto& [name, value] : variables.asObject()) {
      // A variable of the function's takes the place of one of ours.
      std::erase_if(environment, [&](const std::string& each) { return each.starts_with(name + "="); });
      environment.push_back(name + "=" + base::localUrl(value.asString(), endpoint_));
    }
  }
  if (image->spare && (readAtStart(environment) != image->spare->environment || linkedAtStart(code) ||
                       (!layers.empty() && linkedAtStart(layers)))) {
    image->spare.reset();
  }
  if (image->spare && usesDearModule(image->runtime_name, code)) preload(*image->spare);
  return image;
}

}  // namespace thimble::services::lambda
