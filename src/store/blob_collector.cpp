#include "store/blob_collector.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "platform/log.h"
#include "store/blob_marks.h"

namespace thimble::store {
namespace {

constexpr std::size_t kRowsAtATime = 64;        ///< Some have 400 KiB.
constexpr std::size_t kNamesAtATime = 200'000;  ///< Some 20 MB.
constexpr int kLowestPriority = 19;

std::string nameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

void BlobFiles::note(const std::string& path) {
  std::string name = nameOf(path);
  if (name.size() != BlobMarks::kDigits) return;
  const std::lock_guard lock(mutex_);
  if (noting_) given_out_.insert(std::move(name));
}

bool BlobFiles::exists(const std::string& path) {
  note(path);
  return files_.exists(path);
}

void BlobFiles::rename(const std::string& from, const std::string& to) {
  note(to);
  files_.rename(from, to);
}

bool BlobFiles::removeUnlessGivenOut(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (given_out_.contains(nameOf(path))) return false;
  files_.remove(path);
  return true;
}

void BlobFiles::stopNoting() {
  const std::lock_guard lock(mutex_);
  noting_ = false;
  given_out_.clear();
}

BlobCollector::BlobCollector(Store& store, BlobFiles& files, std::string folder)
    : files_(files), folder_(std::move(folder)), rows_(store.begin()) {}

BlobCollector::~BlobCollector() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void BlobCollector::start(std::function<void()> done) {
  thread_ = std::thread([this, done = std::move(done)] {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowestPriority);
    try {
      collect();
    } catch (const std::exception& failure) {
      files_.stopNoting();
      platform::warn(std::string("Blobs that nothing names were not looked for: ") + failure.what());
    }
    done();
  });
}

std::size_t BlobCollector::collect() {
  std::size_t removed = 0;
  const std::vector<std::string> folders = files_.list(folder_);
  for (std::size_t next = 0; next < folders.size() && !stopping_;) {
    std::vector<std::string> names;
    for (; next < folders.size() && names.size() < kNamesAtATime; ++next) {
      if (folders[next].size() != 2) continue;  // The staging folder is none of names.
      for (std::string& name : files_.list(folder_ + "/" + folders[next])) names.push_back(std::move(name));
    }
    for (const std::string& name : unnamedOf(std::move(names))) {
      if (stopping_) break;
      removed += files_.removeUnlessGivenOut(folder_ + "/" + name.substr(0, 2) + "/" + name) ? 1 : 0;
    }
  }
  rows_.reset();
  files_.stopNoting();
  return removed;
}

std::vector<std::string> BlobCollector::unnamedOf(std::vector<std::string> names) {
  BlobMarks marks(std::move(names));
  if (marks.unnamed().empty()) return {};
  for (Range range; !stopping_;) {
    const std::vector<Row> rows = rows_->scan(range, {.limit = kRowsAtATime});
    for (const Row& row : rows) {
      marks.look(row.key);
      marks.look(row.value);
    }
    if (rows.size() < kRowsAtATime) return marks.unnamed();
    range.begin = rows.back().key + std::string(1, '\0');
  }
  return {};
}

}  // namespace thimble::store
