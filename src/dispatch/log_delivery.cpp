#include "dispatch/log_delivery.h"

#include <algorithm>
#include <utility>

namespace thimble::dispatch {
namespace {

using base::Json;

constexpr std::size_t kMaxWaitingBytes = std::size_t{32} << 20;
/// PutLogEvents takes 10,000 events and 1 MiB, each event counting 26 bytes more than its text.
constexpr std::size_t kMaxBatchLines = 5000;
constexpr std::size_t kMaxBatchBytes = 900'000;
constexpr std::size_t kMaxStreams = 4096;
constexpr std::int64_t kPutsApartMilliseconds = 50;
constexpr std::int64_t kPutsAtOnce = 10;
constexpr std::int64_t kRefusedMilliseconds = 1000;

}  // namespace

base::Timestamp LogDelivery::Stream::nextPut() const {
  return pace.plusMilliseconds(-kPutsAtOnce * kPutsApartMilliseconds);
}

void LogDelivery::deliver(const LogTarget& target, const std::string& stream, std::vector<LogLine> lines) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    Stream& entry = streams_[stream];
    entry.target = target;
    for (LogLine& line : lines) {
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
    schedule(stream, entry);
  }
}

void LogDelivery::schedule(const std::string& name, Stream& stream) {
  platform::Executor& executor = doorway_.environment().executor;
  // Whoever flushes does not wait for a batch to grow.
  if (stream.lines.empty() || !stream.flushed.empty() || doorway_.environment().clock.now() >= stream.nextPut()) {
    // On another stack: a call may have been answered at once.
    return executor.post([self = shared_from_this(), name] { self->next(name); });
  }
  stream.waiting = true;
  executor.postAt(stream.nextPut(), [self = shared_from_this(), name] {
    {
      const std::lock_guard lock(self->mutex_);
      const auto found = self->streams_.find(name);
      if (found == self->streams_.end() || !std::exchange(found->second.waiting, false)) return;
    }
    self->next(name);
  });
}

void LogDelivery::begin(const LogTarget& target, const std::string& stream,
                        std::function<void(base::Result<void>)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    Stream& entry = streams_[stream];
    entry.target = target;
    entry.begun = std::move(done);
    entry.busy = true;
  }
  make(stream, target);
}

void LogDelivery::flush(const std::string& stream, std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(stream);
    if (found != streams_.end() && found->second.busy) {
      found->second.flushed.push_back(std::move(done));
      if (std::exchange(found->second.waiting, false)) schedule(stream, found->second);
      return;
    }
  }
  done();
}

void LogDelivery::stop() {
  std::map<std::string, Stream> left;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    left.swap(streams_);
    waiting_bytes_ = 0;
  }
  for (const auto& [name, stream] : left) {
    for (const std::function<void()>& done : stream.flushed) done();
  }
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
  std::vector<LogLine> batch;
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
    const std::vector<std::function<void()>> flushed = std::exchange(entry.flushed, {});
    if (streams_.size() > kMaxStreams) streams_.erase(found);
    lock.unlock();
    for (const std::function<void()>& done : flushed) done();
    return;
  }
  entry.pace = std::max(entry.pace, doorway_.environment().clock.now()).plusMilliseconds(kPutsApartMilliseconds);
  lock.unlock();
  put(stream, target, std::move(batch));
}

Call LogDelivery::call(const LogTarget& target, std::string operation, Json input) const {
  Call call;
  call.role = RoleToAssume{target.role_arn, target.service_principal, target.session_name};
  call.account = target.account;
  call.region = target.region;
  call.service = "logs";
  call.operation = std::move(operation);
  call.input = std::move(input);
  return call;
}

void LogDelivery::make(const std::string& stream, const LogTarget& target) {
  auto self = shared_from_this();
  const auto made = [](const CallOutcome& outcome) {
    return outcome.ok() || outcome.error().code == "ResourceAlreadyExistsException";
  };
  const Json names = Json::object({{"logGroupName", target.group}, {"logStreamName", stream}});
  // The group mostly exists, so the stream is tried first.
  doorway_.call(call(target, "CreateLogStream", names), [self, stream, target, made, names](CallOutcome outcome) {
    if (made(outcome)) return self->finished(stream, true);
    if (outcome.error().code != "ResourceNotFoundException") return self->finished(stream, false, outcome.error());
    const Json group = Json::object({{"logGroupName", target.group}});
    self->doorway_.call(
        self->call(target, "CreateLogGroup", group), [self, stream, target, made, names](CallOutcome created) {
          if (!made(created)) return self->finished(stream, false, created.error());
          self->doorway_.call(self->call(target, "CreateLogStream", names), [self, stream, made](CallOutcome again) {
            if (made(again)) return self->finished(stream, true);
            self->finished(stream, false, again.error());
          });
        });
  });
}

void LogDelivery::put(const std::string& stream, const LogTarget& target, std::vector<LogLine> lines) {
  Json events = Json::array();
  for (LogLine& line : lines) {
    events.push(Json::object({{"timestamp", line.time.milliseconds}, {"message", std::move(line.text)}}));
  }
  Json input =
      Json::object({{"logGroupName", target.group}, {"logStreamName", stream}, {"logEvents", std::move(events)}});
  doorway_.call(call(target, "PutLogEvents", std::move(input)),
                [self = shared_from_this(), stream](CallOutcome outcome) {
                  // A group or stream that was deleted meanwhile is made again for the next lines.
                  self->finished(stream, outcome.ok());
                });
}

void LogDelivery::finished(const std::string& stream, bool made, std::optional<base::ApiError> refusal) {
  std::function<void(base::Result<void>)> begun;
  std::vector<std::function<void()>> flushed;
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(stream);
    if (found == streams_.end()) return;
    found->second.made = made;
    begun = std::exchange(found->second.begun, nullptr);
    if (refusal) {
      // Refused: these lines are lost, as on AWS. The next ones are tried after a while.
      Stream& entry = found->second;
      for (const LogLine& line : entry.lines) waiting_bytes_ -= line.text.size();
      entry.lines.clear();
      entry.left_out = 0;
      entry.busy = false;
      entry.pace = doorway_.environment().clock.now().plusMilliseconds(kPutsAtOnce * kPutsApartMilliseconds +
                                                                       kRefusedMilliseconds);
      flushed = std::exchange(entry.flushed, {});
      if (streams_.size() > kMaxStreams) streams_.erase(found);
    } else {
      schedule(stream, found->second);
    }
  }
  if (begun) begun(refusal ? base::Result<void>(*refusal) : base::Result<void>());
  for (const std::function<void()>& done : flushed) done();
}

}  // namespace thimble::dispatch
