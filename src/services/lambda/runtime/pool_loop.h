// The pool's thread, and all that is touched by one thread at a time: it, or a caller who found it at rest.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "sandbox/relay.h"
#include "services/lambda/runtime/instance.h"
#include "services/lambda/runtime/pool.h"

namespace thimble::services::lambda::runtime {

inline double millisecondsSince(Steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
}

sandbox::Limits limitsOf(const Image& image);
/// As its program sees it.
std::vector<std::string> environmentOf(const Instance& instance);

class Pool::Loop {
 public:
  Loop(sandbox::Sandbox& sandbox, const platform::Clock& clock, platform::Random& random, LogSink log,
       ServeApi serve_api, PoolOptions options);
  ~Loop();
  void stop();
  /// Runs `work` on the pool's thread.
  void post(std::function<void()> work);
  /// As post, but at once and on the caller's thread when the pool is at rest: a change of threads costs as much as all
  /// else that a warm invocation does here.
  void runNow(std::function<void()> work);
  void invoke(std::shared_ptr<const Image> image, PendingInvocation pending, std::size_t limit);
  void retire(const std::string& prefix);
  /// A spare of this image's kind is made as soon as nothing else is being started.
  void expectSpare(const Image& image);
  Counters counters() const;

 private:
  static bool alive(const Instance& instance, const std::string& key);
  bool watch(int descriptor, std::uint64_t key, std::uint32_t events = EPOLLIN);

  // --- Choosing and starting (pool_instances.cpp)
  /// An instance without work: the idle before those that are about to be.
  Instance* choose(const Image& image);
  /// For an instance of this image; false when all instances have work.
  bool makeRoom(const Image& image);
  /// Out of a spare where there is one.
  Instance& startInstance(const std::shared_ptr<const Image>& image);
  Instance& startPlainly(const std::shared_ptr<const Image>& image);
  Instance& addInstance(const std::shared_ptr<const Image>& image);
  /// From here on it is an instance of its image.
  void begin(Instance& instance);
  void startBox(Instance& instance, sandbox::BoxInput input);
  void ready(std::uint64_t id, int listener, const std::function<void()>& stop);

  // --- Spares (pool_spares.cpp)
  struct SpareKind {
    std::shared_ptr<const Image> image;  ///< What its spares are started with; of no function.
    Steady::time_point used;
    Steady::time_point due = Steady::time_point::max();     ///< When the next is to be made.
    Steady::time_point paused = Steady::time_point::min();  ///< Until then none is made: one has failed.
    std::uint64_t instance = 0;                             ///< The spare; 0: none.
  };
  Instance* spareFor(const Image& image);
  /// Gives a spare its function's files and limits; it is told its environment by completed().
  void complete(Instance& instance, const std::shared_ptr<const Image>& image);
  void completed(std::uint64_t id, const std::string& failure);
  void tellEnvironment(Instance& instance);
  /// What a spare asks. As handle().
  bool handleSpare(Instance& instance, std::uint64_t id, ApiConnection& connection);
  /// The end of one that was no function's yet.
  void spareEnded(std::uint64_t id);
  void startSpare(SpareKind& kind);
  void endSpare(SpareKind& kind);
  /// Makes the spares that are due.
  void makeSpares();

  // --- The Runtime API (pool_runtime_api.cpp)
  void acceptConnections(Instance& instance);
  void readConnection(Instance& instance, std::uint64_t id);
  void drop(Instance& instance, std::uint64_t id);
  /// Answers, or keeps waiting. False: the connection is gone.
  bool handle(Instance& instance, std::uint64_t id, ApiConnection& connection, bool too_large);
  bool next(Instance& instance, std::uint64_t id, ApiConnection& connection);
  /// Answers the waiting /next with the pending invocation.
  void give(Instance& instance);
  /// Answers the request that waits; false when its connection is gone.
  bool answerWaiting(Instance& instance, std::string_view headers, std::string_view body);
  void rearm(const ApiConnection& connection, std::uint64_t id);
  std::string traceRoot(base::Timestamp now);
  void initError(Instance& instance, ApiConnection& connection);

  // --- Ends (pool_ends.cpp)
  /// Ends the current invocation. The answer holds the log's tail; the log itself is handed over behind it, since that
  /// wakes a thread and nobody waits for it.
  void finish(Instance& instance, InvocationResult::Kind kind, std::string payload, const std::string& status);
  /// As finish(), for an invocation that was waiting for an instance that failed to start.
  void failPending(Instance& instance, InvocationResult::Kind kind, const std::string& payload,
                   const std::string& status);
  void report(Instance& instance, const std::string& request_id, double milliseconds, const std::string& status);
  std::int64_t sandboxMemory(const Instance& instance) const;
  void flushLog(Instance& instance);
  void readOutput(Instance& instance);
  /// Kills the box; ended() follows.
  void end(Instance& instance);
  void ended(std::uint64_t id, const sandbox::BoxOutcome& outcome);
  void remove(std::uint64_t id);
  /// Ends what has run out of time.
  void expire();

  // --- The thread (pool_loop.cpp)
  static constexpr std::uint64_t kListener = 1;
  static constexpr std::uint64_t kOutput = 2;
  static constexpr std::uint64_t kConnection = 3;
  static std::uint64_t key(std::uint64_t instance, std::uint64_t what) { return instance << 2 | what; }
  void run();
  void enqueue(std::function<void()> work);
  void wake();
  /// When an instance runs out of time, or a spare is due.
  Steady::time_point nextDeadline() const;
  void dispatch(std::uint64_t event);
  std::vector<std::function<void()>> takePosted();

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
  std::mutex stop_;                      ///< Held by whoever stops.
  std::atomic<bool> ended_ = false;      ///< The thread is no more: work is done by whoever brings it, and refuses.
  std::mutex owner_;                     ///< Guards all below but the counters and the queue.
  std::atomic<std::thread::id> inside_;  ///< Who holds owner_.
  Steady::time_point wakes_at_ = Steady::time_point::min();  ///< When the thread looks at deadlines next.
  Steady::time_point given_{};                               ///< When an instance got an invocation last.
  bool stopping_ = false;
  std::map<std::uint64_t, std::unique_ptr<Instance>> instances_;
  std::map<std::uint64_t, std::uint64_t> connections_;  ///< To their instances.
  std::uint64_t last_id_ = 0;
  std::uint64_t last_connection_ = 0;
  std::map<std::string, SpareKind> spare_kinds_;
  std::atomic<std::uint64_t> live_ = 0, cold_starts_ = 0, invocations_ = 0;
  std::atomic<std::uint64_t> spares_ = 0;  ///< Part of live_.
  std::atomic<std::uint64_t> failed_spares_ = 0;
  std::atomic<std::uint64_t> ready_spares_ = 0;  ///< Of the last turn; part of spares_.
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  std::atomic<bool> has_posted_ = false;
};

}  // namespace thimble::services::lambda::runtime
