#include "services/codebuild/agent/protocol.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "sandbox/message.h"

namespace thimble::services::codebuild::agent {
namespace {

bool sendAll(int socket, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receiveAll(int socket, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t got = recv(socket, bytes, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

std::string encode(const RunRequest& request) {
  sandbox::Writer writer;
  writer.text(request.shell);
  writer.text(request.folder);
  writer.text(request.user);
  writer.number(request.separate);
  writer.text(request.prelude);
  writer.text(request.command);
  return std::move(writer.bytes);
}

std::optional<RunRequest> decodeRun(std::string_view payload) {
  sandbox::Reader reader(payload);
  RunRequest request;
  request.shell = reader.text();
  request.folder = reader.text();
  request.user = reader.text();
  request.separate = reader.number() != 0;
  request.prelude = reader.text();
  request.command = reader.text();
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  return request;
}

std::string encode(const CollectRequest& request) {
  sandbox::Writer writer;
  writer.text(request.folder);
  writer.text(request.base_directory);
  writer.texts(request.patterns);
  writer.texts(request.exclude);
  writer.number(request.keep_links);
  writer.number(request.whole_folders);
  writer.number(request.absolute_names);
  return std::move(writer.bytes);
}

std::optional<CollectRequest> decodeCollect(std::string_view payload) {
  sandbox::Reader reader(payload);
  CollectRequest request;
  request.folder = reader.text();
  request.base_directory = reader.text();
  request.patterns = reader.texts();
  request.exclude = reader.texts();
  request.keep_links = reader.number() != 0;
  request.whole_folders = reader.number() != 0;
  request.absolute_names = reader.number() != 0;
  if (reader.failed() || !reader.atEnd()) return std::nullopt;
  return request;
}

bool sendFrame(int socket, FrameKind kind, std::string_view payload) {
  char head[5];
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::memcpy(head, &size, sizeof size);
  head[4] = static_cast<char>(kind);
  return payload.size() <= kMostPayload && sendAll(socket, head, sizeof head) &&
         sendAll(socket, payload.data(), payload.size());
}

std::optional<Frame> receiveFrame(int socket) {
  char head[5];
  if (!receiveAll(socket, head, sizeof head)) return std::nullopt;
  std::uint32_t size = 0;
  std::memcpy(&size, head, sizeof size);
  if (size > kMostPayload) return std::nullopt;
  Frame frame;
  frame.kind = static_cast<FrameKind>(head[4]);
  frame.payload.resize(size);
  if (!receiveAll(socket, frame.payload.data(), size)) return std::nullopt;
  return frame;
}

}  // namespace thimble::services::codebuild::agent
