#include "sandbox/message.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace thimble::sandbox {
namespace {

constexpr std::size_t kPacketBytes = 64 * 1024;
constexpr std::size_t kPacketDescriptors = 16;

}  // namespace

void Writer::number(std::uint64_t value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void Writer::text(std::string_view value) {
  number(value.size());
  bytes.append(value);
}

void Writer::texts(const std::vector<std::string>& values) {
  number(values.size());
  for (const std::string& value : values) text(value);
}

std::uint64_t Reader::number() {
  std::uint64_t value = 0;
  if (rest_.size() < sizeof value) {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  std::memcpy(&value, rest_.data(), sizeof value);
  rest_.remove_prefix(sizeof value);
  return value;
}

std::string Reader::text() {
  const std::uint64_t size = number();
  if (size > rest_.size()) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  std::string value(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return value;
}

std::vector<std::string> Reader::texts() {
  const std::uint64_t count = number();
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i < count && !failed_; ++i) values.push_back(text());
  return values;
}

namespace {

void writeMounts(Writer& writer, const std::vector<Mount>& mounts) {
  writer.number(mounts.size());
  for (const Mount& mount : mounts) {
    writer.text(mount.source);
    writer.text(mount.target);
    writer.number(mount.writable);
  }
}

std::vector<Mount> readMounts(Reader& reader) {
  std::vector<Mount> mounts;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    Mount mount;
    mount.source = reader.text();
    mount.target = reader.text();
    mount.writable = reader.number() != 0;
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

}  // namespace

std::string encodeInput(const BoxInput& input) {
  Writer writer;
  writer.texts(input.arguments);
  writer.texts(input.environment);
  writer.text(input.working_directory);
  writeMounts(writer, input.mounts);
  writer.number(static_cast<std::uint64_t>(input.root));
  writer.text(input.changes);
  writer.text(input.image);
  const Limits& limits = input.limits;
  for (const std::uint64_t value : {limits.memory_bytes, limits.processes, limits.open_files, limits.file_bytes,
                                    limits.tmp_bytes, limits.cpu_shares}) {
    writer.number(value);
  }
  writer.number(input.listeners.size());
  for (const std::uint16_t port : input.listeners) writer.number(port);
  writer.number(input.outbound);
  writer.text(input.host_name);
  writer.number(input.completable);
  return std::move(writer.bytes);
}

std::optional<BoxInput> decodeInput(std::string_view bytes) {
  Reader reader(bytes);
  BoxInput input;
  input.arguments = reader.texts();
  input.environment = reader.texts();
  input.working_directory = reader.text();
  input.mounts = readMounts(reader);
  input.root = static_cast<RootKind>(reader.number());
  input.changes = reader.text();
  input.image = reader.text();
  Limits& limits = input.limits;
  for (std::uint64_t* value : {&limits.memory_bytes, &limits.processes, &limits.open_files, &limits.file_bytes,
                               &limits.tmp_bytes, &limits.cpu_shares}) {
    *value = reader.number();
  }
  const std::uint64_t listeners = reader.number();
  for (std::uint64_t i = 0; i < listeners && !reader.failed(); ++i) {
    input.listeners.push_back(static_cast<std::uint16_t>(reader.number()));
  }
  input.outbound = reader.number() != 0;
  input.host_name = reader.text();
  input.completable = reader.number() != 0;
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  return input;
}

std::string encodeCompletion(std::uint64_t box, const Completion& completion) {
  Writer writer;
  writer.number(box);
  writeMounts(writer, completion.mounts);
  for (const std::uint64_t value : {completion.memory_bytes, completion.tmp_bytes, completion.cpu_shares}) {
    writer.number(value);
  }
  return std::move(writer.bytes);
}

std::optional<Completion> decodeCompletion(std::string_view bytes, std::uint64_t& box) {
  Reader reader(bytes);
  Completion completion;
  box = reader.number();
  completion.mounts = readMounts(reader);
  for (std::uint64_t* value : {&completion.memory_bytes, &completion.tmp_bytes, &completion.cpu_shares}) {
    *value = reader.number();
  }
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  return completion;
}

std::string encodeSupport(const Support& support) {
  Writer writer;
  for (const bool value :
       {support.privileged, support.memory_limit, support.process_limit, support.cpu_weight, support.outbound}) {
    writer.number(value);
  }
  writer.texts(support.problems);
  return std::move(writer.bytes);
}

std::optional<Support> decodeSupport(std::string_view bytes) {
  Reader reader(bytes);
  Support support;
  for (bool* value :
       {&support.privileged, &support.memory_limit, &support.process_limit, &support.cpu_weight, &support.outbound}) {
    *value = reader.number() != 0;
  }
  support.problems = reader.texts();
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  return support;
}

std::string encodeOutcome(const BoxOutcome& outcome) {
  Writer writer;
  writer.number(static_cast<std::uint64_t>(outcome.kind));
  writer.number(static_cast<std::uint64_t>(outcome.status));
  writer.text(outcome.message);
  writer.number(outcome.peak_memory_bytes);
  writer.number(outcome.cpu_microseconds);
  return std::move(writer.bytes);
}

std::optional<BoxOutcome> decodeOutcome(std::string_view bytes) {
  Reader reader(bytes);
  BoxOutcome outcome;
  outcome.kind = static_cast<BoxOutcome::Kind>(reader.number());
  outcome.status = static_cast<int>(reader.number());
  outcome.message = reader.text();
  outcome.peak_memory_bytes = reader.number();
  outcome.cpu_microseconds = reader.number();
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  return outcome;
}

bool sendPacket(int socket, MessageKind kind, std::string_view payload, const std::vector<int>& descriptors) {
  char kind_byte = static_cast<char>(kind);
  iovec parts[2] = {{&kind_byte, 1}, {const_cast<char*>(payload.data()), payload.size()}};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kPacketDescriptors)] = {};
  if (!descriptors.empty()) {
    const std::size_t bytes = sizeof(int) * descriptors.size();
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* message = CMSG_FIRSTHDR(&header);
    message->cmsg_level = SOL_SOCKET;
    message->cmsg_type = SCM_RIGHTS;
    message->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(message), descriptors.data(), bytes);
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

ReceiveStatus receivePacket(int socket, Packet& packet, bool wait) {
  static thread_local char buffer[kPacketBytes];
  iovec part{buffer, sizeof buffer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kPacketDescriptors)];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t received;
  do {
    received = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  } while (received < 0 && errno == EINTR);
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return ReceiveStatus::Empty;
  if (received <= 0) return ReceiveStatus::Closed;
  packet.kind = static_cast<MessageKind>(buffer[0]);
  packet.payload.assign(buffer + 1, static_cast<std::size_t>(received) - 1);
  packet.descriptors.clear();
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr; message = CMSG_NXTHDR(&header, message)) {
    if (message->cmsg_level != SOL_SOCKET || message->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (message->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const std::size_t before = packet.descriptors.size();
    packet.descriptors.resize(before + count);
    std::memcpy(packet.descriptors.data() + before, CMSG_DATA(message), count * sizeof(int));
  }
  return ReceiveStatus::Packet;
}

}  // namespace thimble::sandbox
