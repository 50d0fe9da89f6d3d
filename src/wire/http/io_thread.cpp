#include "wire/http/connection.h"

namespace thimble::wire::http {

void IoThread::scheduleSweep() {
  const ServerOptions& options = shared->options;
  auto shortest = std::chrono::milliseconds(1000);
  for (auto each :
       {options.head_timeout, options.idle_timeout, options.body_timeout, options.write_timeout, options.linger}) {
    shortest = std::min(shortest, std::max(each / 4, std::chrono::milliseconds(5)));
  }
  sweep.expires_after(shortest);
  sweep.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    sweepNow();
    scheduleSweep();
  });
}

void IoThread::sweepNow() {
  const SteadyTime now = std::chrono::steady_clock::now();
  // Backwards, because a connection that closes is replaced by the last.
  for (std::size_t i = connections.size(); i-- > 0;) {
    if (i < connections.size()) {
      const std::shared_ptr<Connection> connection = connections[i];
      connection->checkDeadline(now);
    }
  }
}

const std::string& IoThread::dateField() {
  const base::Timestamp now = shared->options.clock->now();
  if (now.seconds() != date_second) {
    date_second = now.seconds();
    date_field = "Date: " + base::formatHttpDate(now) + "\r\n";
  }
  return date_field;
}

}  // namespace thimble::wire::http
