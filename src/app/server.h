// The program as a server: everything is made here, in order, and taken down in reverse.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thimble::app {

struct ServerOptions {
  std::string data_folder;
  bool memory = false;                  ///< Keep nothing: rows in memory, blobs in a temporary folder.
  std::string host = "127.0.0.1";       ///< A loopback address.
  std::uint16_t port = 4566;            ///< 0: a free one.
  std::string public_address;           ///< "HOST:PORT" that serves deployed APIs and the button; empty: none.
  std::string public_token;             ///< What the button asks for there; empty: no button there.
  std::vector<std::string> host_names;  ///< Further names of this machine that control APIs answer to.
  bool observe_iam = false;             ///< Refusals are recorded and let through.
  std::vector<std::string>
      allowed_addresses;  ///< Addresses that outgoing HTTP integrations may reach beside public ones.
  std::vector<std::uint16_t> function_ports;  ///< Ports of this machine's loopback that functions may reach.
  int io_threads = 2;
  int worker_threads = 3;
  std::uint64_t build_disk_mebibytes = 20'480;  ///< That one build may have on the disk.
};

class Server {
 public:
  /// Opens the data folder and begins to serve. Throws std::runtime_error or std::system_error with a message for the
  /// user when it cannot.
  explicit Server(ServerOptions options);
  /// Stops if stop() was not called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  std::uint16_t publicPort() const;

  /// Takes no more requests, finishes those that run within the deadline, and closes the store.
  void stop(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace thimble::app
