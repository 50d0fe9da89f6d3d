#include "sandbox/relay.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace thimble::sandbox {
namespace {

int listenAnywhere(std::uint16_t& port, bool blocking) {
  const int listener = socket(AF_INET, SOCK_STREAM | (blocking ? 0 : SOCK_NONBLOCK), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener, 8), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

int connectTo(std::uint16_t port) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return client;
}

std::string readAll(int socket) {
  std::string text;
  char buffer[4096];
  for (ssize_t size; (size = recv(socket, buffer, sizeof buffer, 0)) > 0;)
    text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

TEST(Relay, CarriesBothDirectionsToTheirEnds) {
  std::uint16_t inside_port = 0;
  std::uint16_t target_port = 0;
  const int target = listenAnywhere(target_port, true);
  Relay relay;
  const std::uint64_t id = relay.add(listenAnywhere(inside_port, false), target_port);
  // More than both buffers hold, so that the flow has to wait and go on.
  const std::string large(5'000'000, 'x');
  std::thread server([&] {
    const int connection = accept(target, nullptr, nullptr);
    const std::string received = readAll(connection);
    const std::string answer = "got " + std::to_string(received.size());
    EXPECT_EQ(send(connection, answer.data(), answer.size(), 0), static_cast<ssize_t>(answer.size()));
    close(connection);
  });
  const int client = connectTo(inside_port);
  for (std::size_t done = 0; done < large.size();) {
    const ssize_t size = send(client, large.data() + done, large.size() - done, 0);
    ASSERT_GT(size, 0);
    done += static_cast<std::size_t>(size);
  }
  shutdown(client, SHUT_WR);
  EXPECT_EQ(readAll(client), "got 5000000");
  close(client);
  server.join();
  close(target);
  // Without anyone behind it the connection ends at once.
  const int refused = connectTo(inside_port);
  EXPECT_EQ(readAll(refused), "");
  close(refused);
  relay.remove(id);
}

}  // namespace
}  // namespace thimble::sandbox
