#include "services/lambda/runtime/pool.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/json.h"
#include "sandbox/relay.h"
#include "services/lambda/runtime/instance.h"
#include "services/lambda/runtime/runtime_errors.h"

namespace thimble::services::lambda::runtime {
namespace {

constexpr std::string_view kInvocationPath = "/2018-06-01/runtime/invocation/";
constexpr std::size_t kFlushLogBytes = 256 * 1024;
constexpr std::size_t kMaxConnections = 64;

std::string apiError(std::string_view type, std::string_view message) {
  return base::Json::object({{"errorMessage", message}, {"errorType", type}}).write();
}

double millisecondsSince(Steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
}

std::string fixed(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

/// "2026/11/23/[$LATEST]" and 32 hexadecimal digits.
std::string logStreamName(base::Timestamp now, const std::string& version, platform::Random& random) {
  const std::string date = base::formatIso8601Seconds(now);
  return date.substr(0, 4) + "/" + date.substr(5, 2) + "/" + date.substr(8, 2) + "/[" + version + "]" + random.hex(32);
}

}  // namespace

class Pool::Loop {
 public:
  Loop(sandbox::Sandbox& sandbox, const platform::Clock& clock, platform::Random& random, LogSink log,
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

  ~Loop() {
    stop();
    close(epoll_);
    close(wake_);
  }

  void stop() {
    const std::lock_guard lock(stop_);
    if (!thread_.joinable()) return;
    post([this] { stopping_ = true; });
    thread_.join();
    // What was posted behind it finds no instance any more.
    ended_ = true;
    for (const std::function<void()>& work : takePosted()) work();
  }

  void post(std::function<void()> work) {
    if (ended_) return work();
    bool first;
    {
      const std::lock_guard lock(mutex_);
      first = posted_.empty();
      posted_.push_back(std::move(work));
    }
    if (!first) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  }

  void invoke(std::shared_ptr<const Image> image, PendingInvocation pending, std::size_t limit) {
    if (stopping_) return pending.done({InvocationResult::Kind::CannotStart, "the server is stopping", {}});
    ++invocations_;
    std::size_t under_way = 0;
    for (const auto& [id, each] : instances_) {
      if ((each->current || each->pending) && each->image->group == image->group) ++under_way;
    }
    if (under_way >= limit) return pending.done({InvocationResult::Kind::Throttled, {}, {}});
    Instance* instance = choose(*image);
    if (instance == nullptr) {
      if (!makeRoom()) return pending.done({InvocationResult::Kind::Throttled, {}, {}});
      instance = &startInstance(image);
    }
    instance->pending = std::move(pending);
    if (instance->state == Instance::State::Idle) give(*instance);
    // One that does not ask again in time is given up, and the invocation goes to another.
    if (instance->state == Instance::State::Between)
      instance->deadline = Steady::now() + std::chrono::milliseconds(options_.init_milliseconds);
  }

  void retire(const std::string& prefix) {
    for (auto& [id, instance] : instances_) {
      if (instance->image->key.compare(0, prefix.size(), prefix) != 0) continue;
      instance->retired = true;
      if (instance->state == Instance::State::Idle && !instance->pending) end(*instance);
    }
  }

  Counters counters() const { return {live_.load(), cold_starts_.load(), invocations_.load()}; }

 private:
  static bool alive(const Instance& instance, const std::string& key) {
    return instance.state != Instance::State::Ended && !instance.retired && instance.image->key == key;
  }

  bool watch(int descriptor, std::uint64_t key, std::uint32_t events = EPOLLIN) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
  }

  // --- Choosing and starting ---------------------------------------------------------------------------------------

  /// An instance without work: the idle before those that are about to be.
  Instance* choose(const Image& image) {
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

  /// False when all instances have work.
  bool makeRoom() {
    if (live_ < options_.max_instances) return true;
    Instance* oldest = nullptr;
    for (auto& [id, instance] : instances_) {
      if (instance->state != Instance::State::Idle || instance->pending) continue;
      if (oldest == nullptr || instance->deadline < oldest->deadline) oldest = instance.get();
    }
    if (oldest == nullptr) return false;
    end(*oldest);
    return true;
  }

  Instance& startInstance(const std::shared_ptr<const Image>& image) {
    auto owned = std::make_unique<Instance>();
    Instance& instance = *owned;
    instance.id = ++last_id_;
    instance.image = image;
    instance.started = Steady::now();
    instance.deadline = instance.started + std::chrono::milliseconds(options_.init_milliseconds);
    instance.log_stream = logStreamName(clock_.now(), image->version, random_);
    instances_[instance.id] = std::move(owned);
    ++live_;
    ++cold_starts_;
    instance.log.line("INIT_START Runtime Version: " + image->runtime_name, clock_.now());

    sandbox::BoxInput input;
    input.arguments = image->command;
    input.environment = image->environment;
    input.environment.push_back("AWS_LAMBDA_LOG_STREAM_NAME=" + instance.log_stream);
    input.working_directory = "/var/task";
    input.mounts = image->mounts;
    input.host_name = "169-254-0-1";
    input.outbound = image->outbound;
    // /tmp is memory here and disk on AWS, so it comes on top.
    input.limits.memory_bytes = static_cast<std::uint64_t>(image->memory_megabytes + image->tmp_megabytes) << 20;
    input.limits.tmp_bytes = static_cast<std::uint64_t>(image->tmp_megabytes) << 20;
    input.limits.cpu_shares = static_cast<std::uint64_t>(image->memory_megabytes);
    input.listeners = {kRuntimePort};
    if (serve_api_) input.listeners.push_back(options_.api_port);
    for (const std::uint16_t port : options_.host_ports) input.listeners.push_back(port);

    int output[2];
    if (pipe2(output, O_CLOEXEC) == 0) {
      fcntl(output[0], F_SETFL, O_NONBLOCK);
      instance.output = output[0];
      watch(output[0], key(instance.id, kOutput));
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
    events.on_end = [this, id](const sandbox::BoxOutcome& outcome) {
      post([this, id, outcome] { ended(id, outcome); });
    };
    instance.box = sandbox_.start(input, std::move(events));
    if (instance.output >= 0) close(output[1]);
    return instance;
  }

  void ready(std::uint64_t id, int listener, const std::function<void()>& stop) {
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

  // --- The Runtime API ---------------------------------------------------------------------------------------------

  void acceptConnections(Instance& instance) {
    for (;;) {
      const int descriptor = accept4(instance.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (descriptor < 0) return;
      if (instance.connections.size() >= kMaxConnections) {
        close(descriptor);
        continue;
      }
      const std::uint64_t id = ++last_connection_;
      instance.connections[id] = std::make_unique<ApiConnection>(descriptor);
      connections_[id] = instance.id;
      watch(descriptor, id << 2 | kConnection);
      // Its request is usually there already.
      readConnection(instance, id);
    }
  }

  void readConnection(Instance& instance, std::uint64_t id) {
    const auto found = instance.connections.find(id);
    if (found == instance.connections.end()) return;
    ApiConnection& connection = *found->second;
    if (connection.wantsToWrite() && !connection.flush()) return drop(instance, id);
    ApiConnection::Status status = connection.read();
    while (status == ApiConnection::Status::Request || status == ApiConnection::Status::TooLarge) {
      // A request whose answer waits (/next) holds the connection.
      if (instance.waiting == id || !handle(instance, id, connection, status == ApiConnection::Status::TooLarge))
        return;
      if (instance.waiting == id) return;
      status = connection.next();
    }
    if (status == ApiConnection::Status::Closed) drop(instance, id);
  }

  void drop(Instance& instance, std::uint64_t id) {
    if (instance.waiting == id) {
      instance.waiting = 0;
      if (instance.state == Instance::State::Idle) instance.state = Instance::State::Between;
    }
    instance.connections.erase(id);
    connections_.erase(id);
  }

  /// Answers, or keeps waiting. False: the connection is gone.
  bool handle(Instance& instance, std::uint64_t id, ApiConnection& connection, bool too_large) {
    const wire::http::HttpRequest& request = connection.request();
    const std::string_view path = request.path();
    if (request.method == "GET" && path == "/2018-06-01/runtime/invocation/next") return next(instance, id, connection);
    int status = 202;
    std::string body = R"({"status":"OK"})";
    if (request.method == "POST" && path == "/2018-06-01/runtime/init/error") {
      initError(instance, connection);
    } else if (request.method == "POST" && path.substr(0, kInvocationPath.size()) == kInvocationPath) {
      const std::string_view rest = path.substr(kInvocationPath.size());
      const std::size_t slash = rest.find('/');
      const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
      if (verb != "response" && verb != "error") {
        status = 404;
        body = apiError("NotFound", "no such path");
      } else if (instance.state != Instance::State::Busy ||
                 rest.substr(0, slash) != instance.current->invocation.request_id) {
        status = 400;
        body = apiError("InvalidRequestID", "Invalid request ID");
      } else if (too_large) {
        const std::string message = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
        status = 413;
        body = apiError("RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes).");
        finish(instance, InvocationResult::Kind::FunctionError,
               base::Json::object({{"errorType", "Function.ResponseSizeTooLarge"}, {"errorMessage", message}}).write(),
               "");
      } else {
        finish(instance, verb == "response" ? InvocationResult::Kind::Succeeded : InvocationResult::Kind::FunctionError,
               std::move(connection.body()), "");
      }
    } else {
      status = 404;
      body = apiError("NotFound", "the Runtime API has no such path");
    }
    if (instance.connections.find(id) == instance.connections.end()) return false;
    if (connection.answer(status, {}, body)) return true;
    drop(instance, id);
    return false;
  }

  bool next(Instance& instance, std::uint64_t id, ApiConnection& connection) {
    using State = Instance::State;
    if (instance.state == State::Busy || instance.waiting != 0) {
      if (connection.answer(403, {},
                            apiError("InvalidStateTransition", "an invocation is under way or awaited already")))
        return true;
      drop(instance, id);
      return false;
    }
    if (instance.state == State::Ended) return true;
    if (instance.state == State::Starting) instance.init_milliseconds = millisecondsSince(instance.started);
    instance.asked = true;
    instance.state = State::Idle;
    instance.waiting = id;
    instance.deadline = Steady::now() + std::chrono::milliseconds(options_.idle_milliseconds);
    if (instance.pending) {
      give(instance);
    } else if (instance.retired) {
      end(instance);
    }
    // What it wrote meanwhile belongs to no invocation; the log gets it with the next.
    return true;
  }

  /// Answers the waiting /next with the pending invocation.
  void give(Instance& instance) {
    instance.current = std::move(instance.pending);
    instance.pending.reset();
    instance.state = Instance::State::Busy;
    instance.invoked = Steady::now();
    instance.deadline = instance.invoked + std::chrono::seconds(instance.image->timeout_seconds);
    const Invocation& invocation = instance.current->invocation;
    const base::Timestamp now = clock_.now();
    readOutput(instance);
    instance.log.begin();
    instance.log.line("START RequestId: " + invocation.request_id + " Version: " + instance.image->version, now);
    std::string headers =
        "Lambda-Runtime-Aws-Request-Id: " + invocation.request_id +
        "\r\nLambda-Runtime-Deadline-Ms: " + std::to_string(now.milliseconds + instance.image->timeout_seconds * 1000) +
        "\r\nLambda-Runtime-Invoked-Function-Arn: " + invocation.invoked_arn + "\r\nLambda-Runtime-Trace-Id: Root=1-" +
        traceRoot(now) + ";Parent=" + random_.hex(16) + ";Sampled=0\r\n";
    if (!invocation.client_context.empty())
      headers += "Lambda-Runtime-Client-Context: " + invocation.client_context + "\r\n";
    const std::uint64_t id = std::exchange(instance.waiting, 0);
    const auto found = instance.connections.find(id);
    if (found == instance.connections.end()) return;
    ApiConnection& connection = *found->second;
    if (!connection.answer(200, headers, invocation.payload)) return drop(instance, id);
    if (connection.wantsToWrite()) rearm(connection, id);
    connection.next();
  }

  void rearm(const ApiConnection& connection, std::uint64_t id) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = id << 2 | kConnection;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor(), &event);
  }

  std::string traceRoot(base::Timestamp now) {
    char text[16];
    std::snprintf(text, sizeof text, "%08llx", static_cast<unsigned long long>(now.seconds()));
    return std::string(text) + "-" + random_.hex(24);
  }

  void initError(Instance& instance, ApiConnection& connection) {
    if (instance.state != Instance::State::Starting) return;
    std::string payload = std::move(connection.body());
    if (payload.empty()) payload = apiError("Runtime.InitError", "the runtime reported an error of its initialisation");
    failPending(instance, InvocationResult::Kind::FunctionError, payload, "error");
    end(instance);
  }

  // --- Ends --------------------------------------------------------------------------------------------------------

  /// Ends the current invocation. The answer holds the log's tail; the log itself is handed over behind it, since that
  /// wakes a thread and nobody waits for it.
  void finish(Instance& instance, InvocationResult::Kind kind, std::string payload, const std::string& status) {
    readOutput(instance);
    PendingInvocation current = std::move(*instance.current);
    instance.current.reset();
    instance.state = Instance::State::Between;
    // A runtime that never asks again is ended with the idle.
    instance.deadline = Steady::now() + std::chrono::milliseconds(options_.idle_milliseconds);
    report(instance, current.invocation.request_id, millisecondsSince(instance.invoked), status);
    current.done({kind, std::move(payload), instance.log.tail()});
    flushLog(instance);
  }

  /// As finish(), for an invocation that was waiting for an instance that failed to start.
  void failPending(Instance& instance, InvocationResult::Kind kind, const std::string& payload,
                   const std::string& status) {
    if (!instance.pending) {
      readOutput(instance);
      flushLog(instance);
      return;
    }
    const std::string request_id = instance.pending->invocation.request_id;
    instance.log.begin();
    readOutput(instance);
    instance.log.line("START RequestId: " + request_id + " Version: " + instance.image->version, clock_.now());
    instance.init_milliseconds = -1;
    report(instance, request_id, millisecondsSince(instance.started), status);
    PendingInvocation pending = std::move(*instance.pending);
    instance.pending.reset();
    InvocationResult result{kind, payload, instance.log.tail()};
    flushLog(instance);
    pending.done(std::move(result));
  }

  void report(Instance& instance, const std::string& request_id, double milliseconds, const std::string& status) {
    const base::Timestamp now = clock_.now();
    instance.log.end(now);
    instance.log.line("END RequestId: " + request_id, now);
    double billed = milliseconds;
    std::string text = "REPORT RequestId: " + request_id + "\tDuration: " + fixed(milliseconds) + " ms\t";
    if (instance.init_milliseconds >= 0) billed += instance.init_milliseconds;
    text += "Billed Duration: " + std::to_string(static_cast<std::int64_t>(std::ceil(billed))) +
            " ms\tMemory Size: " + std::to_string(instance.image->memory_megabytes) +
            " MB\tMax Memory Used: " + std::to_string(std::max<std::int64_t>(sandboxMemory(instance), 1)) + " MB\t";
    if (instance.init_milliseconds >= 0) text += "Init Duration: " + fixed(instance.init_milliseconds) + " ms\t";
    instance.init_milliseconds = -1;
    if (!status.empty()) text += "Status: " + status;
    instance.log.line(text, now);
  }

  std::int64_t sandboxMemory(const Instance& instance) const {
    return static_cast<std::int64_t>(sandbox_.peakMemory(instance.box) >> 20);
  }

  void flushLog(Instance& instance) {
    std::vector<LogLine> lines = instance.log.take();
    if (!lines.empty() && log_) log_(instance.image, instance.log_stream, std::move(lines));
  }

  void readOutput(Instance& instance) {
    if (instance.output < 0) return;
    char buffer[64 * 1024];
    // A bounded number of pieces, so that one loud instance does not hold up the others.
    for (int i = 0; i < 16; ++i) {
      const ssize_t size = ::read(instance.output, buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) break;
      if (size == 0) {
        close(instance.output);
        instance.output = -1;
        break;
      }
      instance.log.append({buffer, static_cast<std::size_t>(size)}, clock_.now());
      if (static_cast<std::size_t>(size) < sizeof buffer) break;
    }
    if (instance.log.size() > kFlushLogBytes) flushLog(instance);
  }

  /// Kills the box; ended() follows.
  void end(Instance& instance) {
    if (instance.state == Instance::State::Ended) return;
    instance.state = Instance::State::Ended;
    instance.deadline = Steady::time_point::max();
    sandbox_.kill(instance.box);
  }

  void ended(std::uint64_t id, const sandbox::BoxOutcome& outcome) {
    const auto found = instances_.find(id);
    if (found == instances_.end()) return;
    Instance& instance = *found->second;
    readOutput(instance);
    const bool ours = outcome.kind == sandbox::BoxOutcome::Kind::SetupFailed;
    const bool missing = outcome.kind == sandbox::BoxOutcome::Kind::ExecFailed;
    if (instance.current) {
      const std::string request_id = instance.current->invocation.request_id;
      const std::string message = runtimeExited(outcome);
      instance.log.line("RequestId: " + request_id + " Error: " + message, clock_.now());
      finish(instance, InvocationResult::Kind::FunctionError,
             runtimeErrorPayload("Runtime.ExitError", request_id, message), "error\tError Type: Runtime.ExitError");
    }
    if (instance.pending && ours) {
      failPending(instance, InvocationResult::Kind::CannotStart, outcome.message, "error");
    } else if (instance.pending && instance.asked) {
      // It died after an answer: the invocation that it was to get next was not begun, and goes to another.
      PendingInvocation moved = std::move(*instance.pending);
      const std::shared_ptr<const Image> image = instance.image;
      remove(id);
      startInstance(image).pending = std::move(moved);
      return;
    } else if (instance.pending) {
      const std::string request_id = instance.pending->invocation.request_id;
      const std::string type = missing ? "Runtime.InvalidEntrypoint" : "Runtime.ExitError";
      const std::string message =
          missing ? "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]" : runtimeExited(outcome);
      instance.log.line("RequestId: " + request_id + " Error: " + message, clock_.now());
      failPending(instance, InvocationResult::Kind::FunctionError, runtimeErrorPayload(type, request_id, message),
                  "error\tError Type: " + type);
    }
    instance.log.end(clock_.now());
    flushLog(instance);
    remove(id);
  }

  void remove(std::uint64_t id) {
    const auto found = instances_.find(id);
    Instance& instance = *found->second;
    for (const auto& [connection, unused] : instance.connections) connections_.erase(connection);
    if (instance.listener >= 0) close(instance.listener);
    if (instance.output >= 0) close(instance.output);
    if (instance.stop_api) instance.stop_api();
    instances_.erase(found);
    --live_;
  }

  /// What has run out of time; returns the milliseconds until the next such moment, -1 for none.
  int expire() {
    const Steady::time_point now = Steady::now();
    Steady::time_point next = Steady::time_point::max();
    std::vector<Instance*> late;
    for (auto& [id, instance] : instances_) {
      if (instance->deadline <= now) {
        late.push_back(instance.get());
      } else {
        next = std::min(next, instance->deadline);
      }
    }
    for (Instance* instance : late) {
      switch (instance->state) {
        case Instance::State::Busy: {
          const std::string request_id = instance->current->invocation.request_id;
          const std::string message = timedOut(static_cast<double>(instance->image->timeout_seconds));
          instance->log.line(base::formatIso8601Milliseconds(clock_.now()) + " " + request_id + " " + message,
                             clock_.now());
          finish(*instance, InvocationResult::Kind::FunctionError,
                 runtimeErrorPayload("Sandbox.Timedout", request_id, message), "timeout");
          break;
        }
        case Instance::State::Starting:
          if (instance->pending) {
            const std::string request_id = instance->pending->invocation.request_id;
            const std::string message = timedOut(static_cast<double>(options_.init_milliseconds) / 1000);
            failPending(*instance, InvocationResult::Kind::FunctionError,
                        runtimeErrorPayload("Sandbox.Timedout", request_id, message), "timeout");
          }
          break;
        default:
          break;
      }
      end(*instance);
    }
    if (next == Steady::time_point::max()) return -1;
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count()) + 1;
  }

  // --- The thread --------------------------------------------------------------------------------------------------

  static constexpr std::uint64_t kListener = 1;
  static constexpr std::uint64_t kOutput = 2;
  static constexpr std::uint64_t kConnection = 3;
  static std::uint64_t key(std::uint64_t instance, std::uint64_t what) { return instance << 2 | what; }

  void run() {
    epoll_event events[128];
    while (!stopping_) {
      const int count = epoll_wait(epoll_, events, 128, expire());
      for (int i = 0; i < count; ++i) dispatch(events[i].data.u64);
    }
    for (auto& [id, instance] : instances_) {
      for (std::optional<PendingInvocation>* each : {&instance->current, &instance->pending}) {
        if (*each) (*each)->done({InvocationResult::Kind::CannotStart, "the server is stopping", {}});
      }
      instance->log.end(clock_.now());
      flushLog(*instance);
      sandbox_.kill(instance->box);
    }
    // Each box's end is still told, to this thread's queue.
    while (!instances_.empty()) {
      epoll_wait(epoll_, events, 1, 100);
      for (const std::function<void()>& work : takePosted()) work();
      for (auto& [id, instance] : instances_) {
        instance->current.reset();
        instance->pending.reset();
      }
    }
  }

  void dispatch(std::uint64_t event) {
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

  std::vector<std::function<void()>> takePosted() {
    std::uint64_t value;
    [[maybe_unused]] const ssize_t got = ::read(wake_, &value, sizeof value);
    std::vector<std::function<void()>> work;
    const std::lock_guard lock(mutex_);
    work.swap(posted_);
    return work;
  }

  sandbox::Sandbox& sandbox_;
  const platform::Clock& clock_;
  platform::Random& random_;
  LogSink log_;
  ServeApi serve_api_;
  PoolOptions options_;
  sandbox::Relay relay_;
  int epoll_ = -1;
  int wake_ = -1;
  std::thread thread_;
  std::mutex stop_;                  ///< Held by whoever stops.
  std::atomic<bool> ended_ = false;  ///< The thread is no more: work is done by whoever brings it, and refuses.
  bool stopping_ = false;            ///< This thread's, as all below but the queue and the counters.
  std::map<std::uint64_t, std::unique_ptr<Instance>> instances_;
  std::map<std::uint64_t, std::uint64_t> connections_;  ///< To their instances.
  std::uint64_t last_id_ = 0;
  std::uint64_t last_connection_ = 0;
  std::atomic<std::uint64_t> live_ = 0, cold_starts_ = 0, invocations_ = 0;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

Pool::Pool(sandbox::Sandbox& sandbox, const platform::Clock& clock, platform::Random& random, LogSink log,
           ServeApi serve_api, PoolOptions options)
    : loop_(std::make_unique<Loop>(sandbox, clock, random, std::move(log), std::move(serve_api), options)) {}

Pool::~Pool() = default;

void Pool::invoke(std::shared_ptr<const Image> image, Invocation invocation, std::size_t limit, InvocationDone done) {
  auto pending = std::make_shared<PendingInvocation>(PendingInvocation{std::move(invocation), std::move(done)});
  loop_->post([loop = loop_.get(), image = std::move(image), pending, limit] {
    loop->invoke(image, std::move(*pending), limit);
  });
}

void Pool::stop() {
  loop_->stop();
}

void Pool::retire(const std::string& prefix) {
  loop_->post([loop = loop_.get(), prefix] { loop->retire(prefix); });
}

Pool::Counters Pool::counters() const {
  return loop_->counters();
}

}  // namespace thimble::services::lambda::runtime
