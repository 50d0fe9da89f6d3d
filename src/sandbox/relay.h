// Carries connections from a box's listener to a port of the host's loopback: the exceptions to a box's isolation that
// the operator has named.
#pragma once

#include <cstdint>
#include <memory>

namespace thimble::sandbox {

/// Serves any number of listeners on one thread of its own. Each direction holds at most 64 KiB.
class Relay {
 public:
  Relay();
  /// Cuts all connections.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Takes over the listener; its connections go to 127.0.0.1:`port`. Returns its number, for remove(). From any
  /// thread.
  std::uint64_t add(int listener, std::uint16_t port);
  /// Closes the listener; its connections go on.
  void remove(std::uint64_t id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thimble::sandbox
