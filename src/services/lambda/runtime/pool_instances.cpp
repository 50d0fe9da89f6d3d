// Which instance gets an invocation, and how one is started.
#include <fcntl.h>
#include <unistd.h>

#include "services/lambda/runtime/pool_loop.h"

namespace thimble::services::lambda::runtime {
namespace {

/// "2026/11/23/[$LATEST]" and 32 hexadecimal digits.
std::string logStreamName(base::Timestamp now, const std::string& version, platform::Random& random) {
  const std::string date = base::formatIso8601Seconds(now);
  return date.substr(0, 4) + "/" + date.substr(5, 2) + "/" + date.substr(8, 2) + "/[" + version + "]" + random.hex(32);
}

}  // namespace

sandbox::Limits limitsOf(const Image& image) {
  sandbox::Limits limits;
  // /tmp is memory here and disk on AWS, so it comes on top.
  limits.memory_bytes = static_cast<std::uint64_t>(image.memory_megabytes + image.tmp_megabytes) << 20;
  limits.tmp_bytes = static_cast<std::uint64_t>(image.tmp_megabytes) << 20;
  limits.cpu_shares = static_cast<std::uint64_t>(image.memory_megabytes);
  return limits;
}

std::vector<std::string> environmentOf(const Instance& instance) {
  std::vector<std::string> environment = instance.image->environment;
  environment.push_back("AWS_LAMBDA_LOG_STREAM_NAME=" + instance.log_stream);
  return environment;
}

Instance* Pool::Loop::choose(const Image& image) {
  Instance* between = nullptr;
  const std::int64_t now = clock_.now().milliseconds;
  for (auto& [id, instance] : instances_) {
    if (!alive(*instance, image.key) || instance->pending) continue;
    const std::int64_t until = instance->image->usable_until;
    if (until != 0 && now >= until) {
      instance->retired = true;
      if (instance->state == Instance::State::Idle) end(*instance);
      continue;
    }
    if (instance->state == Instance::State::Idle) return instance.get();
    if (instance->state == Instance::State::Between) between = instance.get();
  }
  return between;
}

bool Pool::Loop::makeRoom(const Image& image) {
  if (live_ < options_.max_instances || spareFor(image) != nullptr) return true;
  for (auto& [name, kind] : spare_kinds_) {
    if (kind.instance == 0) continue;
    endSpare(kind);
    return true;
  }
  Instance* oldest = nullptr;
  for (auto& [id, instance] : instances_) {
    if (instance->state != Instance::State::Idle || instance->pending) continue;
    if (oldest == nullptr || instance->deadline < oldest->deadline) oldest = instance.get();
  }
  if (oldest == nullptr) return false;
  end(*oldest);
  return true;
}

Instance& Pool::Loop::startInstance(const std::shared_ptr<const Image>& image) {
  Instance* spare = spareFor(*image);
  if (spare != nullptr) complete(*spare, image);
  Instance& instance = spare != nullptr ? *spare : startPlainly(image);
  expectSpare(*image);
  return instance;
}

Instance& Pool::Loop::addInstance(const std::shared_ptr<const Image>& image) {
  auto owned = std::make_unique<Instance>();
  Instance& instance = *owned;
  instance.id = ++last_id_;
  instance.image = image;
  instance.started = Steady::now();
  instance.deadline = instance.started + std::chrono::milliseconds(options_.init_milliseconds);
  instances_[instance.id] = std::move(owned);
  ++live_;
  return instance;
}

void Pool::Loop::begin(Instance& instance) {
  instance.started = Steady::now();
  instance.deadline = instance.started + std::chrono::milliseconds(options_.init_milliseconds);
  instance.log_stream = logStreamName(clock_.now(), instance.image->version, random_);
  ++cold_starts_;
  instance.log.line("INIT_START Runtime Version: " + instance.image->runtime_name, clock_.now());
  if (instance.output >= 0) watch(instance.output, key(instance.id, kOutput));
}

Instance& Pool::Loop::startPlainly(const std::shared_ptr<const Image>& image) {
  Instance& instance = addInstance(image);
  begin(instance);
  sandbox::BoxInput input;
  input.environment = environmentOf(instance);
  input.mounts = image->mounts;
  input.limits = limitsOf(*image);
  startBox(instance, std::move(input));
  return instance;
}

void Pool::Loop::startBox(Instance& instance, sandbox::BoxInput input) {
  input.arguments = instance.image->command;
  input.working_directory = "/var/task";
  input.host_name = "169-254-0-1";
  input.outbound = instance.image->outbound;
  input.listeners = {kRuntimePort};
  if (serve_api_) input.listeners.push_back(options_.api_port);
  for (const std::uint16_t port : options_.host_ports) input.listeners.push_back(port);

  int output[2];
  if (pipe2(output, O_CLOEXEC) == 0) {
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    instance.output = output[0];
    if (!instance.spare) watch(output[0], key(instance.id, kOutput));
  }
  sandbox::BoxEvents events;
  events.output = instance.output >= 0 ? output[1] : -1;
  const std::uint64_t id = instance.id;
  events.on_ready = [this, id](std::vector<int> listeners) {
    std::size_t next = 1;
    std::vector<std::function<void()>> stops;
    if (serve_api_ && next < listeners.size()) stops.push_back(serve_api_(listeners[next++]));
    for (const std::uint16_t port : options_.host_ports) {
      if (next >= listeners.size()) break;
      const std::uint64_t relayed = relay_.add(listeners[next++], port);
      stops.push_back([this, relayed] { relay_.remove(relayed); });
    }
    std::function<void()> stop = [stops = std::move(stops)] {
      for (const std::function<void()>& each : stops) each();
    };
    post([this, id, listener = listeners.empty() ? -1 : listeners[0], stop = std::move(stop)] {
      ready(id, listener, stop);
    });
  };
  events.on_end = [this, id](const sandbox::BoxOutcome& outcome) { post([this, id, outcome] { ended(id, outcome); }); };
  instance.box = sandbox_.start(input, std::move(events));
  if (instance.output >= 0) close(output[1]);
}

void Pool::Loop::ready(std::uint64_t id, int listener, const std::function<void()>& stop) {
  const auto found = instances_.find(id);
  if (found == instances_.end() || listener < 0) {
    if (listener >= 0) close(listener);
    if (stop) stop();
    return;
  }
  found->second->listener = listener;
  found->second->stop_api = stop;
  watch(listener, key(id, kListener));
}

}  // namespace thimble::services::lambda::runtime
