// The messages between the server, the spawner and a box's first process: bytes in a fixed order, no external library,
// so that the spawner stays small.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/box.h"

namespace thimble::sandbox {

/// First byte of each message on a box's channel and on the control socket.
enum class MessageKind : char {
  Hello = 'H',     ///< Spawner to server, once: its Support. Control socket.
  Refusal = 'N',   ///< Spawner to server, once, instead of Hello: why no box can be made here.
  Start = 'S',     ///< Server to spawner: the box's number; descriptors: input (memfd), channel, stdin, stdout, stderr.
  Complete = 'C',  ///< Server to spawner: the box's number and its Completion.
  Prepare = 'O',   ///< Server to spawner: boxes with outbound connections will come, so keep networks ready for them.
  Process = 'P',   ///< On the channel; descriptors: a pidfd of the first process; what reads the peak memory, if any.
  Listeners = 'L',  ///< On the channel; descriptors: the listeners in the order asked for.
  Ready = 'R',      ///< On the channel: all is set up, the command runs.
  Completed = 'K',  ///< On the channel, from the spawner: the answer to Complete; what failed, or empty.
  SetupError = 'E',
  ExecError = 'X',
  Done = 'D',
};

/// A packed sequence of numbers and strings.
class Writer {
 public:
  void number(std::uint64_t value);
  void text(std::string_view value);
  void texts(const std::vector<std::string>& values);
  std::string bytes;
};

/// Reads what Writer wrote; `failed()` once anything did not fit.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number();
  std::string text();
  std::vector<std::string> texts();
  bool failed() const { return failed_; }
  bool atEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::string encodeInput(const BoxInput& input);
std::optional<BoxInput> decodeInput(std::string_view bytes);

std::string encodeCompletion(std::uint64_t box, const Completion& completion);
std::optional<Completion> decodeCompletion(std::string_view bytes, std::uint64_t& box);

std::string encodeSupport(const Support& support);
std::optional<Support> decodeSupport(std::string_view bytes);

std::string encodeOutcome(const BoxOutcome& outcome);
std::optional<BoxOutcome> decodeOutcome(std::string_view bytes);

/// Sends one packet with descriptors over a SOCK_SEQPACKET socket; false when the other end is gone or full.
bool sendPacket(int socket, MessageKind kind, std::string_view payload, const std::vector<int>& descriptors = {});

/// One packet as it came; its descriptors are closed on exec and belong to the receiver.
struct Packet {
  MessageKind kind{};
  std::string payload;
  std::vector<int> descriptors;
};
enum class ReceiveStatus { Packet, Empty, Closed };
/// Receives one packet; `wait` false returns Empty when there is none. At most 64 KiB and 16 descriptors.
ReceiveStatus receivePacket(int socket, Packet& packet, bool wait);

}  // namespace thimble::sandbox
