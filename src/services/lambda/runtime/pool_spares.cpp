// Spares: instances started ahead of need, whose bootstrap is loaded and waits to be told of which function it is. A
// cold start that finds one pays for neither the box nor the interpreter.
//
// A kind of spares is a command with what it reads at its start, the same for many functions. There is at most one
// spare of a kind, made once a function of the kind has been started or is expected, while no instance is being
// started. Each has a process, memory addresses, hash seeds and a user of its own, as an instance that is started
// plainly; it becomes one function's and is never anything else.
#include "base/json.h"
#include "services/lambda/runtime/pool_loop.h"

namespace thimble::services::lambda::runtime {
namespace {

/// The bootstraps ask here what they are to be.
constexpr std::string_view kSparePath = "/thimble/spare";
/// Kinds in use at the same time; the one that has not been used for longest makes room.
constexpr std::size_t kMaxKinds = 4;
/// After a spare that failed no other of its kind is made for so long.
constexpr std::chrono::seconds kPause{60};
/// Of a spare. No function has less, so that its limit is only raised.
constexpr std::uint64_t kMemoryBytes = 512u << 20;

std::string kindOf(const Image& image) {
  std::string kind(1, image.outbound ? '1' : '0');
  const auto add = [&kind](const std::string& text) { kind.append(text).push_back('\0'); };
  for (const std::string& each : image.command) add(each);
  add("");
  for (const std::string& each : image.spare->environment) add(each);
  add("");
  for (const sandbox::Mount& each : image.spare->mounts) add(each.source + '\0' + each.target);
  return kind;
}

bool contains(const std::vector<sandbox::Mount>& mounts, const sandbox::Mount& mount) {
  return std::find(mounts.begin(), mounts.end(), mount) != mounts.end();
}

}  // namespace

void Pool::Loop::expectSpare(const Image& image) {
  if (!image.spare || options_.spare_milliseconds == 0 || stopping_) return;
  const Steady::time_point now = Steady::now();
  const std::string name = kindOf(image);
  if (spare_kinds_.find(name) == spare_kinds_.end() && spare_kinds_.size() >= kMaxKinds) {
    const auto oldest = std::min_element(spare_kinds_.begin(), spare_kinds_.end(),
                                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    endSpare(oldest->second);
    spare_kinds_.erase(oldest);
  }
  SpareKind& kind = spare_kinds_[name];
  kind.used = now;
  if (!kind.image) {
    auto common = std::make_shared<Image>();
    common->command = image.command;
    common->spare = image.spare;
    common->outbound = image.outbound;
    kind.image = std::move(common);
  }
  if (kind.instance == 0) {
    kind.due =
        std::min(kind.due, std::max(kind.paused, now + std::chrono::milliseconds(options_.spare_quiet_milliseconds)));
  } else if (Instance& spare = *instances_.at(kind.instance); spare.state == Instance::State::Idle) {
    spare.deadline = now + std::chrono::milliseconds(options_.spare_milliseconds);
  }
}

void Pool::Loop::makeSpares() {
  const Steady::time_point now = Steady::now();
  std::uint64_t ready = 0;
  for (auto& [name, kind] : spare_kinds_) {
    if (kind.due <= now) {
      const bool busy = std::any_of(instances_.begin(), instances_.end(), [](const auto& each) {
        return each.second->state == Instance::State::Starting && !each.second->spare;
      });
      if (busy) {
        kind.due = now + std::chrono::milliseconds(options_.spare_quiet_milliseconds);
      } else {
        kind.due = Steady::time_point::max();
        if (live_ < options_.max_instances) startSpare(kind);
      }
    }
    if (kind.instance != 0 && instances_.at(kind.instance)->state == Instance::State::Idle) ++ready;
  }
  ready_spares_ = ready;
}

void Pool::Loop::startSpare(SpareKind& kind) {
  Instance& instance = addInstance(kind.image);
  instance.spare = true;
  ++spares_;
  kind.instance = instance.id;
  sandbox::BoxInput input;
  input.environment = kind.image->spare->environment;
  // Without _HANDLER, which tells a bootstrap that it is a spare's.
  input.environment.push_back("AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(kRuntimePort));
  input.mounts = kind.image->spare->mounts;
  // A limit for a single process, where there are no control groups, cannot be raised later.
  if (sandbox_.support().memory_limit) input.limits.memory_bytes = kMemoryBytes;
  input.limits.cpu_shares = 128;
  input.completable = true;
  startBox(instance, std::move(input));
}

void Pool::Loop::endSpare(SpareKind& kind) {
  const std::uint64_t id = std::exchange(kind.instance, 0);
  if (id == 0) return;
  end(*instances_.at(id));
}

bool Pool::Loop::handleSpare(Instance& instance, std::uint64_t id, ApiConnection& connection) {
  const wire::http::HttpRequest& request = connection.request();
  if (request.method == "GET" && request.path() == kSparePath && instance.waiting == 0 &&
      instance.state == Instance::State::Starting) {
    instance.waiting = id;
    if (instance.completing) {
      if (instance.completed) tellEnvironment(instance);
      return instance.connections.find(id) != instance.connections.end();
    }
    instance.asked = true;
    instance.state = Instance::State::Idle;
    instance.deadline = Steady::now() + std::chrono::milliseconds(options_.spare_milliseconds);
    return true;
  }
  if (connection.answer(404, {}, {})) return true;
  drop(instance, id);
  return false;
}

Instance* Pool::Loop::spareFor(const Image& image) {
  if (!image.spare) return nullptr;
  const auto kind = spare_kinds_.find(kindOf(image));
  if (kind == spare_kinds_.end() || kind->second.instance == 0) return nullptr;
  Instance& spare = *instances_.at(kind->second.instance);
  // One whose interpreter is still starting has a lead over one that is not begun.
  const bool starting = spare.state == Instance::State::Starting && spare.listener >= 0;
  return spare.state == Instance::State::Idle || starting ? &spare : nullptr;
}

void Pool::Loop::complete(Instance& instance, const std::shared_ptr<const Image>& image) {
  spare_kinds_.at(kindOf(*image)).instance = 0;
  --spares_;
  instance.spare = false;
  instance.completing = true;
  instance.asked = false;
  instance.state = Instance::State::Starting;
  instance.image = image;
  begin(instance);
  sandbox::Completion completion;
  for (const sandbox::Mount& each : image->mounts) {
    if (!contains(image->spare->mounts, each)) completion.mounts.push_back(each);
  }
  const sandbox::Limits limits = limitsOf(*image);
  completion.memory_bytes = limits.memory_bytes;
  completion.tmp_bytes = limits.tmp_bytes;
  completion.cpu_shares = limits.cpu_shares;
  sandbox_.complete(instance.box, completion, [this, id = instance.id](const std::string& failure) {
    post([this, id, failure] { completed(id, failure); });
  });
}

void Pool::Loop::completed(std::uint64_t id, const std::string& failure) {
  const auto found = instances_.find(id);
  if (found == instances_.end() || found->second->state == Instance::State::Ended) return;
  Instance& instance = *found->second;
  // Its end starts another in its place.
  if (!failure.empty()) return end(instance);
  instance.completed = true;
  if (instance.waiting != 0) tellEnvironment(instance);
}

void Pool::Loop::tellEnvironment(Instance& instance) {
  base::Json environment = base::Json::array();
  for (const std::string& each : environmentOf(instance)) environment.push(each);
  if (!answerWaiting(instance, {}, base::Json::object({{"environment", std::move(environment)}}).write())) {
    return end(instance);
  }
  instance.completing = false;
}

void Pool::Loop::spareEnded(std::uint64_t id) {
  Instance& instance = *instances_.at(id);
  if (instance.spare) {
    const bool failed = instance.state != Instance::State::Ended || !instance.asked;
    if (failed) ++failed_spares_;
    for (auto it = spare_kinds_.begin(); it != spare_kinds_.end(); ++it) {
      SpareKind& kind = it->second;
      if (kind.instance != id) continue;
      kind.instance = 0;
      if (!failed) {
        spare_kinds_.erase(it);
      } else {
        kind.paused = Steady::now() + kPause;
      }
      break;
    }
    return remove(id);
  }
  const auto kind = spare_kinds_.find(kindOf(*instance.image));
  if (kind != spare_kinds_.end()) {
    // One that is due already waits as well.
    kind->second.paused = Steady::now() + kPause;
    if (kind->second.due != Steady::time_point::max()) kind->second.due = kind->second.paused;
  }
  std::optional<PendingInvocation> pending = std::move(instance.pending);
  const std::shared_ptr<const Image> image = instance.image;
  --cold_starts_;
  remove(id);
  if (pending && !stopping_) startPlainly(image).pending = std::move(pending);
}

}  // namespace thimble::services::lambda::runtime
