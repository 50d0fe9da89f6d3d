#include "dispatch/denials.h"

#include <algorithm>
#include <map>

#include "dispatch/denials.pb.h"
#include "store/table.h"

namespace thimble::dispatch {
namespace {

constexpr store::Table<rows::DenialRecord> kDenials("dispatch.denials");
constexpr std::size_t kMaxText = 4096;

std::string bounded(const std::string& text) {
  return text.substr(0, kMaxText);
}

rows::DenialRecord toRecord(const Denial& denial, std::int64_t sequence) {
  rows::DenialRecord record;
  record.set_sequence(sequence);
  record.set_time(denial.time.milliseconds);
  record.set_request_id(bounded(denial.request_id));
  record.set_service(denial.service);
  record.set_operation(denial.operation);
  record.set_principal(bounded(denial.principal));
  record.set_action(bounded(denial.action));
  record.set_resource(bounded(denial.resource));
  record.set_message(bounded(denial.message));
  for (const std::string& line : denial.explanation) record.add_explanation(bounded(line));
  record.set_allowed_anyway(denial.allowed_anyway);
  return record;
}

Denial fromRecord(const rows::DenialRecord& record) {
  Denial denial;
  denial.time = {record.time()};
  denial.request_id = record.request_id();
  denial.service = record.service();
  denial.operation = record.operation();
  denial.principal = record.principal();
  denial.action = record.action();
  denial.resource = record.resource();
  denial.message = record.message();
  denial.explanation.assign(record.explanation().begin(), record.explanation().end());
  denial.allowed_anyway = record.allowed_anyway();
  return denial;
}

}  // namespace

DenialLog::DenialLog(store::Store& store) : store_(store) {
  std::map<std::int64_t, Denial> found;
  store::Transaction transaction = store.begin();
  for (const auto& entry : kDenials.scan(transaction, {})) found[entry.record.sequence()] = fromRecord(entry.record);
  for (auto& [sequence, denial] : found) {
    next_ = sequence + 1;
    ring_.push_back(std::move(denial));
  }
}

void DenialLog::record(Denial denial) {
  std::int64_t sequence = 0;
  rows::DenialRecord row;
  {
    const std::lock_guard lock(mutex_);
    // A handler that is run again after a conflict is refused again.
    if (!ring_.empty() && !denial.request_id.empty() && ring_.back().request_id == denial.request_id &&
        ring_.back().action == denial.action && ring_.back().resource == denial.resource) {
      return;
    }
    sequence = next_++;
    row = toRecord(denial, sequence);
    ring_.push_back(std::move(denial));
    if (ring_.size() > static_cast<std::size_t>(kCapacity)) ring_.pop_front();
  }
  store::Transaction transaction = store_.begin();
  kDenials.put(transaction, row, sequence % kCapacity);
  store_.commit(std::move(transaction), [](store::CommitOutcome) {});
}

std::vector<Denial> DenialLog::recent(std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min(limit, ring_.size());
  return {ring_.rbegin(), ring_.rbegin() + static_cast<std::ptrdiff_t>(count)};
}

std::string describe(const Denial& denial) {
  std::string text = base::formatIso8601Seconds(denial.time) + "  " + denial.principal + " may not " + denial.action +
                     " on " + denial.resource + "\n";
  text += "  in the call " + denial.service + ":" + denial.operation;
  if (!denial.request_id.empty()) text += " (request " + denial.request_id + ")";
  text += denial.allowed_anyway ? "; allowed all the same, because the server only observes\n" : "\n";
  for (const std::string& line : denial.explanation) text += "  " + line + "\n";
  return text;
}

}  // namespace thimble::dispatch
