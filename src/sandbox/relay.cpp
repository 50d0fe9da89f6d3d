#include "sandbox/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace thimble::sandbox {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::size_t kMaxConnections = 1024;

/// Two sockets and what is on its way from each to the other.
struct Pair {
  std::array<int, 2> sockets = {-1, -1};
  std::array<std::string, 2> waiting;  ///< Bytes to be written to sockets[i].
  std::array<bool, 2> ended = {};      ///< sockets[i] will send no more.
  std::array<bool, 2> shut = {};       ///< sockets[i] has been told that no more will come.
};

}  // namespace

struct Relay::State {
  State() : epoll(epoll_create1(EPOLL_CLOEXEC)), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (epoll < 0 || wake < 0) throw std::system_error(errno, std::generic_category(), "a relay's descriptors");
    watch(wake, 0, EPOLLIN);
    thread = std::thread([this] { run(); });
  }
  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    signal();
    thread.join();
    for (auto& [id, listener] : listeners) close(listener.first);
    for (auto& [id, pair] : pairs) {
      for (const int socket : pair.sockets) close(socket);
    }
    close(epoll);
    close(wake);
  }

  void signal() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake, &one, sizeof one);
  }

  /// Keys: 0 the wake-up; else the number, and which: 0 listener, 1 and 2 a pair's sockets.
  static std::uint64_t key(std::uint64_t id, unsigned which) { return id << 2 | which; }
  bool watch(int descriptor, std::uint64_t what, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = what;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
  }

  void run() {
    epoll_event events[64];
    for (;;) {
      const int count = epoll_wait(epoll, events, 64, -1);
      const std::lock_guard lock(mutex);
      if (stopping) return;
      for (int i = 0; i < count; ++i) {
        const std::uint64_t id = events[i].data.u64 >> 2;
        const unsigned which = static_cast<unsigned>(events[i].data.u64 & 3);
        if (id == 0) {
          std::uint64_t value;
          [[maybe_unused]] const ssize_t got = read(wake, &value, sizeof value);
        } else if (which == 0) {
          const auto found = listeners.find(id);
          if (found != listeners.end()) acceptAll(found->second.first, found->second.second);
        } else {
          const auto found = pairs.find(id);
          if (found != pairs.end() && !move(found->second)) drop(id);
        }
      }
    }
  }

  void acceptAll(int listener, std::uint16_t port) {
    for (;;) {
      const int inside = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (inside < 0) return;
      const int outside = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(port);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      const bool connecting =
          outside >= 0 && pairs.size() < kMaxConnections &&
          (connect(outside, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 || errno == EINPROGRESS);
      if (!connecting) {
        close(inside);
        if (outside >= 0) close(outside);
        continue;
      }
      const std::uint64_t id = ++last_id;
      pairs[id].sockets = {inside, outside};
      watch(inside, key(id, 1), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
      watch(outside, key(id, 2), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    }
  }

  /// Moves what can be moved. False: the connection is over.
  static bool move(Pair& pair) {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t from = 0; from < 2; ++from) {
        const std::size_t to = 1 - from;
        if (!pair.ended[from] && pair.waiting[to].empty()) {
          char buffer[kBufferBytes];
          const ssize_t size = recv(pair.sockets[from], buffer, sizeof buffer, 0);
          if (size > 0) {
            pair.waiting[to].assign(buffer, static_cast<std::size_t>(size));
            moved = true;
          } else if (size == 0) {
            pair.ended[from] = true;
          } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ENOTCONN) {
            return false;
          }
        }
        if (!pair.waiting[to].empty()) {
          const ssize_t size = send(pair.sockets[to], pair.waiting[to].data(), pair.waiting[to].size(), MSG_NOSIGNAL);
          if (size > 0) {
            pair.waiting[to].erase(0, static_cast<std::size_t>(size));
            moved = true;
          } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ENOTCONN) {
            return false;
          }
        }
        if (pair.ended[from] && pair.waiting[to].empty() && !pair.shut[to]) {
          shutdown(pair.sockets[to], SHUT_WR);
          pair.shut[to] = true;
        }
      }
    }
    return !(pair.shut[0] && pair.shut[1]);
  }

  void drop(std::uint64_t id) {
    for (const int socket : pairs[id].sockets) close(socket);
    pairs.erase(id);
  }

  int epoll;
  int wake;
  std::mutex mutex;  ///< Guards all below.
  bool stopping = false;
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, std::pair<int, std::uint16_t>> listeners;
  std::map<std::uint64_t, Pair> pairs;
  std::thread thread;
};

Relay::Relay() : state_(std::make_unique<State>()) {}
Relay::~Relay() = default;

std::uint64_t Relay::add(int listener, std::uint16_t port) {
  const std::lock_guard lock(state_->mutex);
  const std::uint64_t id = ++state_->last_id;
  state_->listeners[id] = {listener, port};
  state_->watch(listener, State::key(id, 0), EPOLLIN);
  return id;
}

void Relay::remove(std::uint64_t id) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->listeners.find(id);
  if (found == state_->listeners.end()) return;
  close(found->second.first);
  state_->listeners.erase(found);
}

}  // namespace thimble::sandbox
