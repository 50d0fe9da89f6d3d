#include "services/lambda/log_delivery.h"

#include <utility>

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::size_t kMaxWaitingBytes = std::size_t{32} << 20;
/// PutLogEvents takes 10,000 events and 1 MiB, each event counting 26 bytes more than its text.
constexpr std::size_t kMaxBatchLines = 5000;
constexpr std::size_t kMaxBatchBytes = 900'000;
constexpr std::size_t kMaxStreams = 4096;

}  // namespace

void LogDelivery::deliver(const LogTarget& target, const std::string& stream, std::vector<runtime::LogLine> lines) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    Stream& entry = streams_[stream];
    entry.target = target;
    for (runtime::LogLine& line : lines) {
      if (waiting_bytes_ + line.text.size() > kMaxWaitingBytes) {
        ++entry.left_out;
        continue;
      }
      // CloudWatch Logs takes no empty event.
      if (line.text.empty()) line.text = " ";
      waiting_bytes_ += line.text.size();
      entry.lines.push_back(std::move(line));
    }
    if (entry.busy) return;
    entry.busy = true;
  }
  doorway_.environment().executor.post([self = shared_from_this(), stream] { self->next(stream); });
}

void LogDelivery::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  streams_.clear();
  waiting_bytes_ = 0;
}

void LogDelivery::next(const std::string& stream) {
  std::unique_lock lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  Stream& entry = found->second;
  const LogTarget target = entry.target;
  if (!entry.made) {
    lock.unlock();
    make(stream, target);
    return;
  }
  std::vector<runtime::LogLine> batch;
  std::size_t bytes = 0;
  while (!entry.lines.empty() && batch.size() < kMaxBatchLines && bytes < kMaxBatchBytes) {
    bytes += entry.lines.front().text.size() + 26;
    waiting_bytes_ -= entry.lines.front().text.size();
    batch.push_back(std::move(entry.lines.front()));
    entry.lines.pop_front();
  }
  if (entry.left_out != 0 && !batch.empty()) {
    batch.push_back(
        {batch.back().time, "[" + std::to_string(std::exchange(entry.left_out, 0)) + " lines were left out]"});
  }
  if (batch.empty()) {
    entry.busy = false;
    if (streams_.size() > kMaxStreams) streams_.erase(found);
    return;
  }
  lock.unlock();
  put(stream, target, std::move(batch));
}

dispatch::Call LogDelivery::call(const LogTarget& target, std::string operation, Json input) const {
  dispatch::Call call;
  call.role = dispatch::RoleToAssume{target.role_arn, "lambda.amazonaws.com", target.function_name};
  call.account = target.account;
  call.region = target.region;
  call.service = "logs";
  call.operation = std::move(operation);
  call.input = std::move(input);
  return call;
}

void LogDelivery::make(const std::string& stream, const LogTarget& target) {
  auto self = shared_from_this();
  const auto made = [](const dispatch::CallOutcome& outcome) {
    return outcome.ok() || outcome.error().code == "ResourceAlreadyExistsException";
  };
  const Json names = Json::object({{"logGroupName", target.group}, {"logStreamName", stream}});
  // The group mostly exists, so the stream is tried first.
  doorway_.call(call(target, "CreateLogStream", names),
                [self, stream, target, made, names](dispatch::CallOutcome outcome) {
                  if (made(outcome)) return self->finished(stream, true, false);
                  if (outcome.error().code != "ResourceNotFoundException") return self->finished(stream, false, true);
                  const Json group = Json::object({{"logGroupName", target.group}});
                  self->doorway_.call(self->call(target, "CreateLogGroup", group),
                                      [self, stream, target, made, names](dispatch::CallOutcome created) {
                                        if (!made(created)) return self->finished(stream, false, true);
                                        self->doorway_.call(self->call(target, "CreateLogStream", names),
                                                            [self, stream, made](dispatch::CallOutcome again) {
                                                              self->finished(stream, made(again), !made(again));
                                                            });
                                      });
                });
}

void LogDelivery::put(const std::string& stream, const LogTarget& target, std::vector<runtime::LogLine> lines) {
  Json events = Json::array();
  for (runtime::LogLine& line : lines) {
    events.push(Json::object({{"timestamp", line.time.milliseconds}, {"message", std::move(line.text)}}));
  }
  Json input =
      Json::object({{"logGroupName", target.group}, {"logStreamName", stream}, {"logEvents", std::move(events)}});
  doorway_.call(call(target, "PutLogEvents", std::move(input)),
                [self = shared_from_this(), stream](dispatch::CallOutcome outcome) {
                  // A group or stream that was deleted meanwhile is made again for the next lines.
                  self->finished(stream, outcome.ok(), false);
                });
}

void LogDelivery::finished(const std::string& stream, bool made, bool failed) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(stream);
    if (found == streams_.end()) return;
    found->second.made = made;
    if (failed) {
      // Refused: these lines are lost, as on AWS.
      for (const runtime::LogLine& line : found->second.lines) waiting_bytes_ -= line.text.size();
      streams_.erase(found);
      return;
    }
  }
  // On another stack: a call may have been answered at once.
  doorway_.environment().executor.post([self = shared_from_this(), stream] { self->next(stream); });
}

}  // namespace thimble::services::lambda
