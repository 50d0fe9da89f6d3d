// A client for measurements: runs a scenario of HTTP requests on one keep-alive connection, again and again, and tells
// how long after its beginning each step was done.
//
//   bench_client PORT SCENARIO COUNT
//
// SCENARIO is a JSON file: {"host", "steps": [{"name", "method", "path", "headers": {}, "body", "until", "capture":
// {"name", "after", "before"}}]}. "{n}" becomes the number of the run, and "{x}" what a step captured as "x" between
// two texts of its answer. A step with "until" is repeated until the answer holds that text. The result is JSON:
// {"failures", "steps":
// [{"name", "p50", "p99", "least"}]}, in milliseconds. An answer that is no 2xx is a failure and ends its run.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace {

using thimble::base::Json;

struct Answer {
  int status = 0;
  std::string body;
};

/// Blocking requests over one connection.
class Connection {
 public:
  explicit Connection(int port) {
    descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor_ < 0 || connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("nothing listens on port " + std::to_string(port));
    }
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Connection() { close(descriptor_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Answer request(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t size = send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) throw std::runtime_error("the connection broke");
      sent += static_cast<std::size_t>(size);
    }
    std::size_t head = std::string::npos;
    while ((head = buffer_.find("\r\n\r\n")) == std::string::npos) receive();
    std::string fields = buffer_.substr(0, head + 2);
    std::transform(fields.begin(), fields.end(), fields.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    buffer_.erase(0, head + 4);
    Answer answer;
    answer.status = std::atoi(fields.c_str() + fields.find(' '));
    if (const std::size_t at = fields.find("\r\ncontent-length:"); at != std::string::npos) {
      answer.body = take(std::strtoull(fields.c_str() + at + 17, nullptr, 10));
    } else if (fields.find("\r\ntransfer-encoding:") != std::string::npos) {
      for (;;) {
        const std::size_t size = std::strtoull(line().c_str(), nullptr, 16);
        answer.body += take(size);
        line();
        if (size == 0) break;
      }
    }
    return answer;
  }

 private:
  void receive() {
    char bytes[65536];
    const ssize_t size = recv(descriptor_, bytes, sizeof bytes, 0);
    if (size <= 0) throw std::runtime_error("the connection ended");
    buffer_.append(bytes, static_cast<std::size_t>(size));
  }
  std::string take(std::size_t size) {
    while (buffer_.size() < size) receive();
    std::string out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }
  std::string line() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n")) == std::string::npos) receive();
    std::string out = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return out;
  }

  int descriptor_ = -1;
  std::string buffer_;
};

std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    const std::string mark = "{" + name + "}";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

std::string requestOf(const Json& scenario, const Json& step, const std::map<std::string, std::string>& values) {
  const std::string body = filled(step.stringAt("body"), values);
  std::string out = step.stringAt("method", "GET") + " " + filled(step.stringAt("path", "/"), values) +
                    " HTTP/1.1\r\nHost: " + scenario.stringAt("host", "localhost") + "\r\n";
  if (step["headers"].isObject()) {
    for (const auto& [name, value] : step["headers"].asObject()) out += name + ": " + value.asString() + "\r\n";
  }
  return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string between(const std::string& text, const std::string& after, const std::string& before) {
  const std::size_t at = text.find(after);
  if (at == std::string::npos) throw std::runtime_error("an answer lacks " + after + ": " + text.substr(0, 300));
  const std::size_t begin = at + after.size();
  return text.substr(begin, text.find(before, begin) - begin);
}

double percentile(std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

/// False when an answer was no success.
bool run(Connection& connection, const Json& scenario, int number, std::vector<std::vector<double>>& times) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds kPatience{30};
  std::map<std::string, std::string> values{{"n", std::to_string(number)}};
  const auto began = Clock::now();
  const auto& steps = scenario["steps"].asArray();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string request = requestOf(scenario, steps[i], values);
    const std::string until = filled(steps[i].stringAt("until"), values);
    Answer answer;
    do {
      answer = connection.request(request);
      if (answer.status / 100 != 2) {
        std::cerr << steps[i].stringAt("name") << ": " << answer.status << " " << answer.body.substr(0, 300) << "\n";
        return false;
      }
      if (Clock::now() - began > kPatience)
        throw std::runtime_error("'" + until + "' never came: " + answer.body.substr(0, 300));
    } while (!until.empty() && answer.body.find(until) == std::string::npos);
    times[i].push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    if (const Json& capture = steps[i]["capture"]; capture.isObject()) {
      values[capture.stringAt("name")] = between(answer.body, capture.stringAt("after"), capture.stringAt("before"));
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench_client PORT SCENARIO COUNT\n";
    return 2;
  }
  try {
    std::ifstream file(argv[2]);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto scenario = Json::parse(text);
    if (!scenario.ok()) throw std::runtime_error(std::string(argv[2]) + ": " + scenario.error().message);
    Connection connection(std::atoi(argv[1]));
    const auto& steps = (*scenario)["steps"].asArray();
    std::vector<std::vector<double>> times(steps.size());
    int failures = 0;
    for (int number = 0; number < std::atoi(argv[3]); ++number) {
      if (!run(connection, *scenario, number, times)) ++failures;
    }
    Json result = Json::object({{"failures", failures}});
    Json out = Json::array();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      std::sort(times[i].begin(), times[i].end());
      out.push(Json::object({{"name", Json(steps[i].stringAt("name"))},
                             {"p50", Json(percentile(times[i], 0.5))},
                             {"p99", Json(percentile(times[i], 0.99))},
                             {"least", Json(percentile(times[i], 0))}}));
    }
    result.set("steps", std::move(out));
    std::cout << result.write() << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_client: " << error.what() << "\n";
    return 1;
  }
}
