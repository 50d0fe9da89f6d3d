#include "services/lambda/runtime/pool_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>

namespace thimble::services::lambda::runtime {
namespace {

constexpr int kEvents = 128;
constexpr auto kShortestTimeout = std::chrono::seconds(1);
// An instance that got an invocation so lately may get another soon.
constexpr auto kLively = std::chrono::seconds(2);

int millisecondsUntil(Steady::time_point when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Steady::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
}

}  // namespace

Pool::Loop::Loop(sandbox::Sandbox& sandbox, const platform::Clock& clock, platform::Random& random, LogSink log,
                 ServeApi serve_api, PoolOptions options)
    : sandbox_(sandbox),
      clock_(clock),
      random_(random),
      log_(std::move(log)),
      serve_api_(std::move(serve_api)),
      options_(options) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || wake_ < 0) throw std::system_error(errno, std::generic_category(), "the pool's descriptors");
  watch(wake_, 0);
  thread_ = std::thread([this] { run(); });
}

Pool::Loop::~Loop() {
  stop();
  close(epoll_);
  close(wake_);
}

void Pool::Loop::stop() {
  const std::lock_guard lock(stop_);
  if (!thread_.joinable()) return;
  post([this] { stopping_ = true; });
  thread_.join();
  // What was posted behind it finds no instance any more.
  ended_ = true;
  for (const std::function<void()>& work : takePosted()) work();
}

void Pool::Loop::post(std::function<void()> work) {
  if (ended_) return work();
  enqueue(std::move(work));
}

void Pool::Loop::runNow(std::function<void()> work) {
  if (ended_) return work();
  // What an invocation's end calls may invoke again.
  if (inside_.load() == std::this_thread::get_id() || !owner_.try_lock()) return enqueue(std::move(work));
  inside_ = std::this_thread::get_id();
  // What was posted before comes before.
  if (has_posted_) {
    for (const std::function<void()>& earlier : takePosted()) earlier();
  }
  work();
  inside_ = std::thread::id();
  const bool awaited = stopping_ || nextDeadline() < wakes_at_;
  owner_.unlock();
  if (awaited) wake();
}

void Pool::Loop::enqueue(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  const bool first = posted_.empty();
  posted_.push_back(std::move(work));
  has_posted_ = true;
  // Under the lock: when the work has been taken, the loop may be gone.
  if (first) wake();
}

void Pool::Loop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

void Pool::Loop::invoke(std::shared_ptr<const Image> image, PendingInvocation pending, std::size_t limit) {
  if (stopping_) return pending.done({InvocationResult::Kind::CannotStart, "the server is stopping", {}});
  ++invocations_;
  std::size_t under_way = 0;
  for (const auto& [id, each] : instances_) {
    if ((each->current || each->pending) && each->image->group == image->group) ++under_way;
  }
  if (under_way >= limit) return pending.done({InvocationResult::Kind::Throttled, {}, {}});
  Instance* instance = choose(*image);
  if (instance == nullptr) {
    if (!makeRoom(*image)) return pending.done({InvocationResult::Kind::Throttled, {}, {}});
    instance = &startInstance(image);
  }
  instance->pending = std::move(pending);
  if (instance->state == Instance::State::Idle) give(*instance);
  // One that does not ask again in time is given up, and the invocation goes to another.
  if (instance->state == Instance::State::Between)
    instance->deadline = Steady::now() + std::chrono::milliseconds(options_.init_milliseconds);
}

void Pool::Loop::retire(const std::string& prefix) {
  for (auto& [id, instance] : instances_) {
    if (instance->image->key.compare(0, prefix.size(), prefix) != 0) continue;
    instance->retired = true;
    if (instance->state == Instance::State::Idle && !instance->pending) end(*instance);
  }
}

Pool::Counters Pool::Loop::counters() const {
  return {live_.load() - spares_.load(), ready_spares_.load(), failed_spares_.load(), cold_starts_.load(),
          invocations_.load()};
}

bool Pool::Loop::alive(const Instance& instance, const std::string& key) {
  return instance.state != Instance::State::Ended && !instance.retired && instance.image->key == key;
}

bool Pool::Loop::watch(int descriptor, std::uint64_t key, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Pool::Loop::run() {
  epoll_event events[kEvents];
  owner_.lock();
  inside_ = std::this_thread::get_id();
  while (!stopping_) {
    makeSpares();
    expire();
    wakes_at_ = nextDeadline();
    // No invocation's deadline is nearer than that, so that those which follow one another need not wake the thread.
    const Steady::time_point now = Steady::now();
    if (now < given_ + kLively) wakes_at_ = std::min(wakes_at_, now + kShortestTimeout);
    const int wait = wakes_at_ == Steady::time_point::max() ? -1 : millisecondsUntil(wakes_at_);
    inside_ = std::thread::id();
    owner_.unlock();
    const int count = epoll_wait(epoll_, events, kEvents, wait);
    owner_.lock();
    inside_ = std::this_thread::get_id();
    for (int i = 0; i < count; ++i) dispatch(events[i].data.u64);
  }
  // Held to the end: what is posted from now on waits for this thread.
  for (auto& [id, instance] : instances_) {
    for (std::optional<PendingInvocation>* each : {&instance->current, &instance->pending}) {
      if (*each) (*each)->done({InvocationResult::Kind::CannotStart, "the server is stopping", {}});
      each->reset();
    }
    instance->log.end(clock_.now());
    flushLog(*instance);
    sandbox_.kill(instance->box);
  }
  // Each box's end is still told, to this thread's queue.
  while (!instances_.empty()) {
    epoll_wait(epoll_, events, 1, 100);
    for (const std::function<void()>& work : takePosted()) work();
  }
  inside_ = std::thread::id();
  owner_.unlock();
}

void Pool::Loop::dispatch(std::uint64_t event) {
  if (event == 0) {
    for (const std::function<void()>& work : takePosted()) work();
    return;
  }
  const std::uint64_t what = event & 3;
  std::uint64_t id = event >> 2;
  const std::uint64_t connection = id;
  if (what == kConnection) {
    const auto owner = connections_.find(id);
    if (owner == connections_.end()) return;
    id = owner->second;
  }
  const auto found = instances_.find(id);
  if (found == instances_.end()) return;
  if (what == kListener) acceptConnections(*found->second);
  if (what == kOutput) readOutput(*found->second);
  if (what == kConnection) readConnection(*found->second, connection);
}

Steady::time_point Pool::Loop::nextDeadline() const {
  Steady::time_point next = Steady::time_point::max();
  for (const auto& [id, instance] : instances_) next = std::min(next, instance->deadline);
  for (const auto& [name, kind] : spare_kinds_) next = std::min(next, kind.due);
  return next;
}

std::vector<std::function<void()>> Pool::Loop::takePosted() {
  std::uint64_t value;
  [[maybe_unused]] const ssize_t got = ::read(wake_, &value, sizeof value);
  std::vector<std::function<void()>> work;
  const std::lock_guard lock(mutex_);
  work.swap(posted_);
  has_posted_ = false;
  return work;
}

}  // namespace thimble::services::lambda::runtime
