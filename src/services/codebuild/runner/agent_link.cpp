#include "services/codebuild/runner/agent_link.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "sandbox/message.h"

namespace thimble::services::codebuild::runner {

using agent::Frame;
using agent::FrameKind;

void AgentLink::readOutput() {
  static thread_local char buffer[64 * 1024];
  // A pipe's whole content, and no more than that of what is being written meanwhile.
  for (int i = 0; i < 17; ++i) {
    const ssize_t size = read(output_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    log_.append({buffer, static_cast<std::size_t>(size)});
  }
}

Frame AgentLink::await() {
  for (;;) {
    if (const std::optional<Interruption> why = interrupted_()) throw Interrupted{*why};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Steady::now()).count();
    if (left <= 0) throw Interrupted{Interruption::TimedOut};
    pollfd watched[3] = {{socket_, POLLIN, 0}, {output_, POLLIN, 0}, {wake_, POLLIN, 0}};
    poll(watched, 3, static_cast<int>(std::min<std::int64_t>(left + 1, 1'000)));
    if (watched[2].revents != 0) {
      std::uint64_t value;
      [[maybe_unused]] const ssize_t got = read(wake_, &value, sizeof value);
    }
    if ((watched[1].revents & POLLIN) != 0) {
      readOutput();
      log_.flush();
    }
    if (watched[0].revents != 0) {
      std::optional<Frame> frame = agent::receiveFrame(socket_);
      if (!frame) {
        if (const std::optional<Interruption> why = interrupted_()) throw Interrupted{*why};
        throw Interrupted{Interruption::BoxEnded};
      }
      // What a command printed comes before what follows it.
      readOutput();
      return std::move(*frame);
    }
  }
}

void AgentLink::awaitReady() {
  while (await().kind != FrameKind::Ready) {
  }
}

void AgentLink::setEnvironment(const std::vector<std::string>& variables) {
  sandbox::Writer writer;
  writer.texts(variables);
  if (!agent::sendFrame(socket_, FrameKind::Environment, writer.bytes)) throw Interrupted{Interruption::BoxEnded};
}

AgentLink::Result AgentLink::run(const agent::RunRequest& request) {
  if (!agent::sendFrame(socket_, FrameKind::Run, encode(request))) throw Interrupted{Interruption::BoxEnded};
  const Frame frame = await();
  sandbox::Reader reader(frame.payload);
  Result result;
  result.status = static_cast<int>(reader.number());
  result.text = reader.text();
  return result;
}

AgentLink::Result AgentLink::evaluate(const agent::RunRequest& request) {
  if (!agent::sendFrame(socket_, FrameKind::Evaluate, encode(request))) throw Interrupted{Interruption::BoxEnded};
  const Frame frame = await();
  sandbox::Reader reader(frame.payload);
  Result result;
  result.status = static_cast<int>(reader.number());
  result.text = reader.text();
  return result;
}

AgentLink::Collected AgentLink::collect(const agent::CollectRequest& request, const Files& files) {
  if (!agent::sendFrame(socket_, FrameKind::Collect, encode(request))) throw Interrupted{Interruption::BoxEnded};
  for (;;) {
    const Frame frame = await();
    sandbox::Reader reader(frame.payload);
    if (frame.kind == FrameKind::Data) {
      if (files.data) files.data(frame.payload);
    } else if (frame.kind == FrameKind::File) {
      const std::string name = reader.text();
      const std::uint64_t mode = reader.number();
      const std::uint64_t size = reader.number();
      if (files.file) files.file(name, static_cast<unsigned>(mode), size);
    } else if (frame.kind == FrameKind::Link) {
      const std::string name = reader.text();
      const std::string target = reader.text();
      if (files.link) files.link(name, target);
    } else if (frame.kind == FrameKind::End) {
      Collected collected;
      collected.count = reader.number();
      collected.error = reader.text();
      return collected;
    }
  }
}

}  // namespace thimble::services::codebuild::runner
