// The end of blobs that nothing names any more: of objects that were replaced or deleted, of deleted code, of writes
// that a crash cut off between the blob and its row.
//
// At the start of a server, before anything runs, nobody can name a blob but its rows can: there is no transaction in
// flight, and names are given out by BlobStore alone. So what the rows of that moment do not name is garbage, however
// young it is, unless its name is given out again since, because the same bytes are put once more. Therefore
//  1. the rows are looked through as they were at the start (one snapshot), in the background;
//  2. names that are given out after the start are noted, and spared;
//  3. a file is removed under the lock that notes take: whoever puts the same bytes later finds it gone, and writes it.
// A crash at any point leaves garbage for the next start and nothing else. What becomes garbage while the server runs
// is collected at its next start.
//
// A row names a blob by having its 64 digits, as they are, anywhere in its bytes; services that keep names otherwise
// would lose their blobs. More text of that form spares more.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "platform/files.h"
#include "store/store.h"

namespace thimble::store {

/// The file system of a BlobStore that is collected. A BlobStore asks whether a blob's file exists, or moves one to its
/// place, before it gives the name out; so each name passes here first.
class BlobFiles final : public platform::FileSystem {
 public:
  /// `files` is borrowed. Names are noted from the beginning until stopNoting.
  explicit BlobFiles(platform::FileSystem& files) : files_(files) {}

  /// Removes a file unless its name was noted. False when it was.
  bool removeUnlessGivenOut(const std::string& path);
  void stopNoting();

  std::unique_ptr<platform::WritableFile> create(const std::string& path) override { return files_.create(path); }
  std::string read(const std::string& path, std::uint64_t most) override { return files_.read(path, most); }
  bool exists(const std::string& path) override;
  void createFolders(const std::string& path) override { files_.createFolders(path); }
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override { files_.remove(path); }
  void removeTree(const std::string& path) override { files_.removeTree(path); }
  void syncFolder(const std::string& path) override { files_.syncFolder(path); }
  std::vector<std::string> list(const std::string& path) override { return files_.list(path); }

 private:
  void note(const std::string& path);

  platform::FileSystem& files_;
  std::mutex mutex_;
  bool noting_ = true;
  std::unordered_set<std::string> given_out_;  ///< Names.
};

class BlobCollector {
 public:
  /// The rows of this moment are what counts: made before anything writes. `folder` is the BlobStore's, `files` what
  /// that uses. Both are borrowed.
  BlobCollector(Store& store, BlobFiles& files, std::string folder);
  /// Ends the thread, within one batch of rows.
  ~BlobCollector();
  BlobCollector(const BlobCollector&) = delete;
  BlobCollector& operator=(const BlobCollector&) = delete;

  /// Does it once, in a thread of low priority; then calls `done` there.
  void start(std::function<void()> done);
  /// Does it on the caller's thread. The number of blobs that were removed.
  std::size_t collect();

 private:
  std::vector<std::string> unnamedOf(std::vector<std::string> names);

  BlobFiles& files_;
  const std::string folder_;
  std::optional<Transaction> rows_;  ///< Only read.
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace thimble::store
