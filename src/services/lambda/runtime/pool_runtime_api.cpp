// The Runtime API that instances speak.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "base/json.h"
#include "services/lambda/runtime/pool_loop.h"

namespace thimble::services::lambda::runtime {
namespace {

constexpr std::string_view kInvocationPath = "/2018-06-01/runtime/invocation/";
constexpr std::size_t kMaxConnections = 64;

std::string apiError(std::string_view type, std::string_view message) {
  return base::Json::object({{"errorMessage", message}, {"errorType", type}}).write();
}

}  // namespace

void Pool::Loop::acceptConnections(Instance& instance) {
  for (;;) {
    const int descriptor = accept4(instance.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return;
    if (instance.connections.size() >= kMaxConnections) {
      close(descriptor);
      continue;
    }
    const std::uint64_t id = ++last_connection_;
    instance.connections[id] = std::make_unique<ApiConnection>(descriptor);
    connections_[id] = instance.id;
    watch(descriptor, id << 2 | kConnection);
    // Its request is usually there already.
    readConnection(instance, id);
  }
}

void Pool::Loop::readConnection(Instance& instance, std::uint64_t id) {
  const auto found = instance.connections.find(id);
  if (found == instance.connections.end()) return;
  ApiConnection& connection = *found->second;
  if (connection.wantsToWrite() && !connection.flush()) return drop(instance, id);
  ApiConnection::Status status = connection.read();
  while (status == ApiConnection::Status::Request || status == ApiConnection::Status::TooLarge) {
    // A request whose answer waits (/next) holds the connection.
    if (instance.waiting == id || !handle(instance, id, connection, status == ApiConnection::Status::TooLarge)) return;
    if (instance.waiting == id) return;
    status = connection.next();
  }
  if (status == ApiConnection::Status::Closed) drop(instance, id);
}

void Pool::Loop::drop(Instance& instance, std::uint64_t id) {
  if (instance.waiting == id) {
    instance.waiting = 0;
    if (instance.state == Instance::State::Idle) instance.state = Instance::State::Between;
  }
  instance.connections.erase(id);
  connections_.erase(id);
}

bool Pool::Loop::handle(Instance& instance, std::uint64_t id, ApiConnection& connection, bool too_large) {
  const wire::http::HttpRequest& request = connection.request();
  const std::string_view path = request.path();
  if (instance.spare || instance.completing) return handleSpare(instance, id, connection);
  if (request.method == "GET" && path == "/2018-06-01/runtime/invocation/next") return next(instance, id, connection);
  int status = 202;
  std::string body = R"({"status":"OK"})";
  if (request.method == "POST" && path == "/2018-06-01/runtime/init/error") {
    initError(instance, connection);
  } else if (request.method == "POST" && path.substr(0, kInvocationPath.size()) == kInvocationPath) {
    const std::string_view rest = path.substr(kInvocationPath.size());
    const std::size_t slash = rest.find('/');
    const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (verb != "response" && verb != "error") {
      status = 404;
      body = apiError("NotFound", "no such path");
    } else if (instance.state != Instance::State::Busy ||
               rest.substr(0, slash) != instance.current->invocation.request_id) {
      status = 400;
      body = apiError("InvalidRequestID", "Invalid request ID");
    } else if (too_large) {
      const std::string message = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
      status = 413;
      body = apiError("RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes).");
      finish(instance, InvocationResult::Kind::FunctionError,
             base::Json::object({{"errorType", "Function.ResponseSizeTooLarge"}, {"errorMessage", message}}).write(),
             "");
    } else {
      finish(instance, verb == "response" ? InvocationResult::Kind::Succeeded : InvocationResult::Kind::FunctionError,
             std::move(connection.body()), "");
    }
  } else {
    status = 404;
    body = apiError("NotFound", "the Runtime API has no such path");
  }
  if (instance.connections.find(id) == instance.connections.end()) return false;
  if (connection.answer(status, {}, body)) return true;
  drop(instance, id);
  return false;
}

bool Pool::Loop::next(Instance& instance, std::uint64_t id, ApiConnection& connection) {
  using State = Instance::State;
  if (instance.state == State::Busy || instance.waiting != 0) {
    if (connection.answer(403, {}, apiError("InvalidStateTransition", "an invocation is under way or awaited already")))
      return true;
    drop(instance, id);
    return false;
  }
  if (instance.state == State::Ended) return true;
  if (instance.state == State::Starting) instance.init_milliseconds = millisecondsSince(instance.started);
  instance.asked = true;
  instance.state = State::Idle;
  instance.waiting = id;
  instance.deadline = Steady::now() + std::chrono::milliseconds(options_.idle_milliseconds);
  if (instance.pending) {
    give(instance);
  } else if (instance.retired) {
    end(instance);
  }
  // What it wrote meanwhile belongs to no invocation; the log gets it with the next.
  return true;
}

void Pool::Loop::give(Instance& instance) {
  instance.current = std::move(instance.pending);
  instance.pending.reset();
  instance.state = Instance::State::Busy;
  instance.invoked = Steady::now();
  instance.deadline = instance.invoked + std::chrono::seconds(instance.image->timeout_seconds);
  given_ = instance.invoked;
  const Invocation& invocation = instance.current->invocation;
  const base::Timestamp now = clock_.now();
  readOutput(instance);
  instance.log.begin();
  instance.log.line("START RequestId: " + invocation.request_id + " Version: " + instance.image->version, now);
  std::string headers =
      "Lambda-Runtime-Aws-Request-Id: " + invocation.request_id +
      "\r\nLambda-Runtime-Deadline-Ms: " + std::to_string(now.milliseconds + instance.image->timeout_seconds * 1000) +
      "\r\nLambda-Runtime-Invoked-Function-Arn: " + invocation.invoked_arn + "\r\nLambda-Runtime-Trace-Id: Root=1-" +
      traceRoot(now) + ";Parent=" + random_.hex(16) + ";Sampled=0\r\n";
  if (!invocation.client_context.empty())
    headers += "Lambda-Runtime-Client-Context: " + invocation.client_context + "\r\n";
  answerWaiting(instance, headers, invocation.payload);
}

bool Pool::Loop::answerWaiting(Instance& instance, std::string_view headers, std::string_view body) {
  const std::uint64_t id = std::exchange(instance.waiting, 0);
  const auto found = instance.connections.find(id);
  if (found == instance.connections.end()) return false;
  ApiConnection& connection = *found->second;
  if (!connection.answer(200, headers, body)) {
    drop(instance, id);
    return false;
  }
  if (connection.wantsToWrite()) rearm(connection, id);
  connection.next();
  return true;
}

void Pool::Loop::rearm(const ApiConnection& connection, std::uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.u64 = id << 2 | kConnection;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor(), &event);
}

std::string Pool::Loop::traceRoot(base::Timestamp now) {
  char text[16];
  std::snprintf(text, sizeof text, "%08llx", static_cast<unsigned long long>(now.seconds()));
  return std::string(text) + "-" + random_.hex(24);
}

void Pool::Loop::initError(Instance& instance, ApiConnection& connection) {
  if (instance.state != Instance::State::Starting) return;
  std::string payload = std::move(connection.body());
  if (payload.empty()) payload = apiError("Runtime.InitError", "the runtime reported an error of its initialisation");
  failPending(instance, InvocationResult::Kind::FunctionError, payload, "error");
  end(instance);
}

}  // namespace thimble::services::lambda::runtime
