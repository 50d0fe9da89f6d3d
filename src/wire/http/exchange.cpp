#include <boost/asio/post.hpp>

#include "wire/http/connection.h"

namespace thimble::wire::http {
namespace asio = boost::asio;

Exchange::~Exchange() {
  if (answered_.load()) return;
  send({.status = 500, .headers = {{"Content-Type", "text/plain"}}, .body = "The request was dropped\n"});
}

void Exchange::send(HttpResponse response) {
  if (answered_.exchange(true)) {
    if (response.stream) response.stream->cancel();
    return;
  }
  const std::shared_ptr<IoThread> io = io_.lock();
  if (!io) return;
  if (io->here()) {
    if (const auto connection = connection_.lock()) connection->answer(serial_, std::move(response));
    return;
  }
  asio::post(io->context, [weak = connection_, serial = serial_, response = std::move(response)]() mutable {
    if (const auto connection = weak.lock()) connection->answer(serial, std::move(response));
  });
}

void Exchange::onClose(std::function<void()> action) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_.load()) {
      actions_.push_back(std::move(action));
      return;
    }
  }
  action();
}

void Exchange::peerClosed() {
  std::vector<std::function<void()>> actions;
  {
    const std::lock_guard lock(mutex_);
    closed_.store(true, std::memory_order_release);
    actions.swap(actions_);
  }
  for (const auto& action : actions) action();
}

}  // namespace thimble::wire::http
