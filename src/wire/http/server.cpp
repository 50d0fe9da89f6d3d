#include "wire/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstring>
#include <map>
#include <system_error>

#include "wire/http/connection.h"

namespace thimble::wire::http {
namespace asio = boost::asio;
namespace {

using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

constexpr int kBacklog = 4096;
// After a failed accept (no descriptors left) the next try waits this long.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

int bindAndListen(int family, const sockaddr* address, socklen_t length, const std::string& name) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail(errno, "cannot make a socket");
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(descriptor, address, length) != 0 || ::listen(descriptor, kBacklog) != 0) {
    const int error = errno;
    ::close(descriptor);
    fail(error, "cannot listen on " + name);
  }
  return descriptor;
}

struct Listener {
  Listener(asio::io_context& context, ListenerInfo what)
      : acceptor(context), pause(context), info(std::make_shared<const ListenerInfo>(std::move(what))) {}

  Acceptor acceptor;
  asio::steady_timer pause;
  std::shared_ptr<const ListenerInfo> info;
  std::uint16_t port = 0;
  int family = AF_INET;
};

}  // namespace

struct Server::Impl {
  std::shared_ptr<ServerShared> shared = std::make_shared<ServerShared>();
  std::vector<std::shared_ptr<IoThread>> threads;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::mutex mutex;
  std::map<ListenerId, std::shared_ptr<Listener>> listeners;  // Guarded by mutex.
  ListenerId next_listener = 1;
  std::size_t next_thread = 0;  // Touched on the first io thread only.
  bool joined = false;

  ListenerId add(int descriptor, ListenerInfo info);
  void accept(const std::shared_ptr<Listener>& listener);
  void accepted(const Listener& listener, IoThread& io, Socket socket);
  void closeListeners();
  void join();
};

Server::Server(ServerOptions options, Handler& handler) : impl_(std::make_unique<Impl>()) {
  ServerShared& shared = *impl_->shared;
  shared.spool = {.above = options.spool_above, .folder = options.staging_folder};
  shared.options = std::move(options);
  shared.handler = &handler;
  for (int i = 0; i < std::max(1, shared.options.io_threads); ++i) {
    auto io = std::make_shared<IoThread>(impl_->shared);
    impl_->guards.push_back(asio::make_work_guard(io->context));
    io->scheduleSweep();
    io->thread = std::thread([raw = io.get()] { raw->context.run(); });
    impl_->threads.push_back(std::move(io));
  }
}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

Server::ListenerId Server::Impl::add(int descriptor, ListenerInfo info) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    const int error = errno;
    ::close(descriptor);
    fail(error, "not a socket");
  }
  auto listener = std::make_shared<Listener>(threads.front()->context, std::move(info));
  listener->family = address.ss_family;
  if (address.ss_family == AF_INET) {
    listener->port = ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  } else if (address.ss_family == AF_INET6) {
    listener->port = ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  listener->acceptor.assign(Protocol(address.ss_family, address.ss_family == AF_UNIX ? 0 : IPPROTO_TCP), descriptor);
  listener->acceptor.non_blocking(true);
  ListenerId id = 0;
  {
    const std::lock_guard lock(mutex);
    id = next_listener++;
    listeners[id] = listener;
  }
  asio::post(threads.front()->context, [this, listener] { accept(listener); });
  return id;
}

void Server::Impl::accept(const std::shared_ptr<Listener>& listener) {
  if (!listener->acceptor.is_open()) return;
  // A plain pointer: the threads outlive what waits in their contexts.
  IoThread* const io = threads[next_thread++ % threads.size()].get();
  auto socket = std::make_shared<Socket>(io->context);
  listener->acceptor.async_accept(*socket, [this, listener, io, socket](const boost::system::error_code& error) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      accepted(*listener, *io, std::move(*socket));
      return accept(listener);
    }
    listener->pause.expires_after(kAcceptPause);
    listener->pause.async_wait([this, listener](const boost::system::error_code& stopped) {
      if (!stopped) accept(listener);
    });
  });
}

void Server::Impl::accepted(const Listener& listener, IoThread& io, Socket socket) {
  boost::system::error_code ignored;
  if (shared->open.fetch_add(1) >= shared->options.max_connections) {
    shared->open.fetch_sub(1);
    shared->refused.fetch_add(1);
    static constexpr std::string_view kBusy =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 21\r\nRetry-After: 1\r\n"
        "Connection: close\r\n\r\nToo many connections\n";
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kBusy.data(), kBusy.size()), ignored);
    socket.shutdown(Socket::shutdown_both, ignored);
    return;
  }
  shared->accepted.fetch_add(1);
  if (listener.family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  asio::post(io.context, [&io, socket = std::move(socket), info = listener.info]() mutable {
    std::make_shared<Connection>(io.shared_from_this(), std::move(socket), info)->start();
  });
}

Server::ListenerId Server::listenTcp(const std::string& host, std::uint16_t port, ListenerKind kind, std::string tag) {
  const std::string name = host + ":" + std::to_string(port);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return impl_->add(bindAndListen(AF_INET, reinterpret_cast<const sockaddr*>(&v4), sizeof v4, name),
                      {kind, std::move(tag)});
  }
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return impl_->add(bindAndListen(AF_INET6, reinterpret_cast<const sockaddr*>(&v6), sizeof v6, name),
                      {kind, std::move(tag)});
  }
  fail(EINVAL, host + " is not an IP address");
}

Server::ListenerId Server::listenUnix(const std::string& path, ListenerKind kind, std::string tag) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail(ENAMETOOLONG, path);
  std::memcpy(address.sun_path, path.data(), path.size());
  ::unlink(path.c_str());
  return impl_->add(bindAndListen(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, path),
                    {kind, std::move(tag)});
}

Server::ListenerId Server::listenDescriptor(int descriptor, ListenerKind kind, std::string tag) {
  return impl_->add(descriptor, {kind, std::move(tag)});
}

std::uint16_t Server::port(ListenerId id) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->listeners.find(id);
  return found == impl_->listeners.end() ? 0 : found->second->port;
}

void Server::removeListener(ListenerId id) {
  std::shared_ptr<Listener> listener;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->listeners.find(id);
    if (found == impl_->listeners.end()) return;
    listener = std::move(found->second);
    impl_->listeners.erase(found);
  }
  asio::post(impl_->threads.front()->context, [listener] {
    boost::system::error_code ignored;
    listener->acceptor.close(ignored);
    listener->pause.cancel();
  });
}

void Server::Impl::closeListeners() {
  std::map<ListenerId, std::shared_ptr<Listener>> closing;
  {
    const std::lock_guard lock(mutex);
    closing.swap(listeners);
  }
  asio::post(threads.front()->context, [closing] {
    for (const auto& [id, listener] : closing) {
      boost::system::error_code ignored;
      listener->acceptor.close(ignored);
      listener->pause.cancel();
    }
  });
}

bool Server::stop(std::chrono::milliseconds deadline) {
  if (impl_->joined) return true;
  impl_->shared->stopping.store(true);
  impl_->closeListeners();
  for (const auto& io : impl_->threads) {
    asio::post(io->context, [raw = io.get()] {
      const auto connections = raw->connections;
      for (const auto& connection : connections) connection->beginStop();
    });
  }
  // Nothing tells when the last connection ends but its count; waiting is rare and short, so looking is enough.
  const SteadyTime until = std::chrono::steady_clock::now() + deadline;
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (impl_->shared->open.load() > 0 && std::chrono::steady_clock::now() < until) {
    never.wait_for(lock, std::chrono::milliseconds(2));
  }
  const bool clean = impl_->shared->open.load() == 0;
  impl_->join();
  return clean;
}

void Server::Impl::join() {
  joined = true;
  for (const auto& io : threads) {
    asio::post(io->context, [raw = io.get()] {
      const auto connections = raw->connections;
      for (const auto& connection : connections) connection->close();
      raw->context.stop();
    });
  }
  for (const auto& io : threads) io->thread.join();
  // What still waits in a context belongs to closed connections and ends with it.
  guards.clear();
  threads.clear();
}

ServerCounters Server::counters() const {
  const ServerShared& shared = *impl_->shared;
  return {.connections_open = shared.open.load(),
          .connections_accepted = shared.accepted.load(),
          .connections_refused = shared.refused.load(),
          .requests = shared.requests.load(),
          .protocol_errors = shared.protocol_errors.load(),
          .timeouts = shared.timeouts.load()};
}

}  // namespace thimble::wire::http
