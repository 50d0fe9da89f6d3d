#include "dispatch/kernel.h"

#include <stdexcept>

#include "base/json_binary.h"
#include "dispatch/call_record.h"
#include "dispatch/doorway.h"
#include "dispatch/kernel_tables.h"

namespace thimble::dispatch {
namespace {

// Timers taken up at a time; the rest follow at once.
constexpr std::size_t kTimersAtATime = 256;
// How long work waits for the disk to have room again.
constexpr std::int64_t kRefusedRetryMilliseconds = 500;

base::Json decodePayload(const std::string& bytes) {
  auto payload = base::decodeJsonBinary(bytes);
  if (!payload) throw store::DamagedRow("the payload of a task or timer is damaged");
  return *std::move(payload);
}

ProcessReference processOf(const rows::TaskRecord& task) {
  return {task.process_kind(), task.process_id()};
}

}  // namespace

Kernel::Kernel(const Environment& environment) : environment_(environment) {}
Kernel::~Kernel() = default;

void Kernel::addKind(std::string name, ProcessKind& kind) {
  if (!kinds_.emplace(std::move(name), &kind).second) throw std::logic_error("a process kind is added twice");
}

void Kernel::start(Doorway& doorway) {
  doorway_ = &doorway;
  started_ = true;
  recover();
}

void Kernel::decide(store::Transaction& transaction, const ProcessReference& process, const ProcessInput& input) {
  const auto kind = kinds_.find(process.kind);
  if (kind == kinds_.end()) throw std::logic_error("no process kind is named " + process.kind);
  ProcessContext context(*this, transaction, process);
  kind->second->decide(context, input);
}

void Kernel::complete(store::Transaction& transaction, const ProcessReference& process, const base::Json& reply) {
  transaction.onCommitted([this, process, reply] {
    std::vector<std::function<void(const base::Json&)>> waiting;
    {
      const std::lock_guard lock(mutex_);
      const auto found = waiting_.find(process);
      if (found == waiting_.end()) return;
      waiting = std::move(found->second);
      waiting_.erase(found);
    }
    environment_.executor.post([waiting = std::move(waiting), reply] {
      for (const auto& done : waiting) done(reply);
    });
  });
}

void Kernel::await(const ProcessReference& process, std::function<void(const base::Json&)> done) {
  const std::lock_guard lock(mutex_);
  waiting_[process].push_back(std::move(done));
}

void Kernel::signalLater(const ProcessReference& process, base::Json payload) {
  enqueue(process, [this, process, payload = std::move(payload)](std::function<void()> finished) {
    transact(
        [this, process, payload](store::Transaction& transaction) {
          ProcessInput input;
          input.type = ProcessInput::Type::Signal;
          input.payload = payload;
          decide(transaction, process, input);
        },
        [finished](bool) { finished(); });
  });
}

void Kernel::taskScheduled(store::Transaction& transaction, const std::string& task_id,
                           const ProcessReference& process) {
  transaction.onCommitted([this, task_id, process] {
    if (!started_) return;  // start() finds the row.
    enqueue(process, [this, task_id](std::function<void()> finished) { runTask(task_id, std::move(finished)); });
  });
}

void Kernel::timerScheduled(store::Transaction& transaction, base::Timestamp due) {
  transaction.onCommitted([this, due] {
    if (started_) armTimer(due);
  });
}

void Kernel::enqueue(const ProcessReference& process, Job job) {
  ++busy_;
  {
    const std::lock_guard lock(mutex_);
    auto [place, first] = jobs_.try_emplace(process);
    place->second.push_back(std::move(job));
    if (!first) return;
  }
  environment_.executor.post([this, process] { runJobs(process); });
}

void Kernel::runJobs(const ProcessReference& process) {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(process);
    job = std::move(found->second.front());
    found->second.pop_front();
  }
  job([this, process] {
    bool more = false;
    {
      const std::lock_guard lock(mutex_);
      const auto found = jobs_.find(process);
      more = !found->second.empty();
      if (!more) jobs_.erase(found);
    }
    --busy_;
    if (more) environment_.executor.post([this, process] { runJobs(process); });
  });
}

void Kernel::transact(std::function<void(store::Transaction&)> work, std::function<void(bool)> done) {
  store::Transaction transaction = environment_.store.begin();
  work(transaction);
  environment_.store.commit(std::move(transaction), [this, work = std::move(work),
                                                     done = std::move(done)](store::CommitOutcome outcome) mutable {
    auto again = [this, work = std::move(work), done]() mutable { transact(std::move(work), std::move(done)); };
    switch (outcome) {
      case store::CommitOutcome::Committed:
        done(true);
        break;
      case store::CommitOutcome::Broken:
        done(false);
        break;
      case store::CommitOutcome::Conflict:
        environment_.executor.post(std::move(again));
        break;
      case store::CommitOutcome::Refused:
        environment_.executor.postAt(environment_.clock.now().plusMilliseconds(kRefusedRetryMilliseconds),
                                     std::move(again));
        break;
    }
  });
}

void Kernel::runTask(const std::string& task_id, std::function<void()> finished) {
  struct Plan {
    std::optional<Call> call;  ///< An asynchronous call to make once "started" is durable.
    ProcessReference process;
  };
  auto plan = std::make_shared<Plan>();
  transact(
      [this, task_id, plan](store::Transaction& transaction) {
        *plan = {};
        auto task = kTasks.get(transaction, task_id);
        if (!task || task->state() != rows::TaskRecord::SCHEDULED) return;  // Taken back, or taken up already.
        plan->process = processOf(*task);
        ProcessInput input;
        input.task_id = task_id;
        input.name = task->tag();
        if (!task->has_call()) {
          kTasks.erase(transaction, task_id);
          input.type = ProcessInput::Type::Continue;
          input.payload = decodePayload(task->payload());
          decide(transaction, plan->process, input);
          return;
        }
        Call call = fromRecord(task->call());
        input.type = ProcessInput::Type::TaskStarted;
        decide(transaction, plan->process, input);
        const auto* entry = doorway_->registry().find(call.service, call.operation);
        if (entry != nullptr && entry->asynchronous) {
          task->set_state(rows::TaskRecord::STARTED);
          kTasks.put(transaction, *task, task_id);
          plan->call = std::move(call);
          return;
        }
        // The call's effect and its result are one commit, so it happens exactly once.
        kTasks.erase(transaction, task_id);
        input.type = ProcessInput::Type::TaskResult;
        input.outcome = doorway_->callWithin(transaction, std::move(call));
        decide(transaction, plan->process, input);
      },
      [this, task_id, plan, finished](bool committed) {
        if (committed && plan->call) {
          ++busy_;
          environment_.executor.post([this, task_id, plan] {
            doorway_->call(std::move(*plan->call), [this, task_id, process = plan->process](CallOutcome outcome) {
              finishTask(task_id, process, std::move(outcome));
            });
          });
        }
        finished();
      });
}

void Kernel::finishTask(const std::string& task_id, const ProcessReference& process, CallOutcome outcome) {
  auto shared = std::make_shared<CallOutcome>(std::move(outcome));
  enqueue(process, [this, task_id, process, shared](std::function<void()> finished) {
    transact(
        [this, task_id, process, shared](store::Transaction& transaction) {
          const auto task = kTasks.get(transaction, task_id);
          if (!task) return;  // Taken back meanwhile.
          kTasks.erase(transaction, task_id);
          ProcessInput input;
          input.type = ProcessInput::Type::TaskResult;
          input.task_id = task_id;
          input.name = task->tag();
          input.outcome = *shared;
          decide(transaction, process, input);
        },
        [finished](bool) { finished(); });
  });
  --busy_;
}

void Kernel::loseTask(const std::string& task_id, std::function<void()> finished) {
  transact(
      [this, task_id](store::Transaction& transaction) {
        const auto task = kTasks.get(transaction, task_id);
        if (!task) return;
        kTasks.erase(transaction, task_id);
        ProcessInput input;
        input.type = ProcessInput::Type::WorkerLost;
        input.task_id = task_id;
        input.name = task->tag();
        decide(transaction, processOf(*task), input);
      },
      [finished](bool) { finished(); });
}

void Kernel::recover() {
  store::Transaction transaction = environment_.store.begin();
  for (auto& entry : kTasks.scan(transaction, {})) {
    store::KeyReader reader(entry.key);
    reader.text();
    const std::string task_id = reader.text().value_or("");
    const bool was_started = entry.record.state() == rows::TaskRecord::STARTED;
    enqueue(processOf(entry.record), [this, task_id, was_started](std::function<void()> finished) {
      was_started ? loseTask(task_id, std::move(finished)) : runTask(task_id, std::move(finished));
    });
  }
  armTimer(environment_.clock.now());
}

void Kernel::armTimer(base::Timestamp due) {
  {
    const std::lock_guard lock(mutex_);
    if (armed_ && *armed_ <= due) return;
    armed_ = due;
  }
  environment_.executor.postAt(due, [this] { fireTimers(); });
}

void Kernel::fireTimers() {
  {
    const std::lock_guard lock(mutex_);
    armed_.reset();
  }
  const base::Timestamp now = environment_.clock.now();
  store::Transaction transaction = environment_.store.begin();
  std::size_t on_their_way = 0;
  {
    const std::lock_guard lock(mutex_);
    on_their_way = firing_.size();
  }
  const auto rows = kTimers.scan(transaction, {.limit = kTimersAtATime + on_their_way + 1});
  std::optional<base::Timestamp> next;
  for (const auto& row : rows) {
    store::KeyReader reader(row.key);
    reader.text();
    const base::Timestamp due{reader.number().value_or(0)};
    const ProcessReference process{reader.text().value_or(""), reader.text().value_or("")};
    const std::string name = reader.text().value_or("");
    if (due > now) {
      next = due;
      break;
    }
    {
      const std::lock_guard lock(mutex_);
      if (!firing_.insert(row.key).second) continue;
    }
    enqueue(process, [this, key = row.key, due, process, name](std::function<void()> finished) {
      transact(
          [this, due, process, name](store::Transaction& writing) {
            const auto timer = kTimers.get(writing, due.milliseconds, process.kind, process.id, name);
            if (!timer) return;  // Cancelled meanwhile.
            kTimers.erase(writing, due.milliseconds, process.kind, process.id, name);
            kTimerLookup.erase(writing, process.kind, process.id, name);
            ProcessInput input;
            input.type = ProcessInput::Type::Timer;
            input.name = name;
            input.payload = decodePayload(timer->payload());
            decide(writing, process, input);
          },
          [this, key, finished](bool) {
            {
              const std::lock_guard lock(mutex_);
              firing_.erase(key);
            }
            finished();
          });
    });
  }
  if (!next && rows.size() > kTimersAtATime) next = now;
  if (next) armTimer(*next);
}

}  // namespace thimble::dispatch
