// Sources that are polled: actions of S3 and CodeCommit unless PollForSourceChanges is "false", and of connections
// unless DetectChanges is "false" (there is nobody who would tell; git's references are asked for, with triggers all
// that they want, and those of our own CodeCommit for its pull requests).
// https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-about-starting.html
//
// Looking needs no durability, so it writes nothing; what it finds is a signal to the pipeline, which decides in one
// transaction whether there is anything new.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/json.h"
#include "dispatch/doorway.h"
#include "dispatch/kernel.h"
#include "services/codepipeline/tables.h"

namespace thimble::services::codepipeline {

/// Brings the polled sources of a pipeline in line with its declaration; known revisions are kept.
void setPolledSources(store::Transaction& transaction, const std::string& pipeline_arn, const base::Json& declaration);

class SourcePoller : public std::enable_shared_from_this<SourcePoller> {
 public:
  SourcePoller(dispatch::Kernel& kernel, dispatch::Doorway& doorway) : kernel_(kernel), doorway_(doorway) {}
  void start() { waitForNextRound(); }

 private:
  /// What is known of a source between two looks.
  struct Look {
    bool under_way = false;
    std::int64_t pause = 0;  ///< Milliseconds; grows while looking fails.
    base::Timestamp next;
  };

  void waitForNextRound();
  void round();
  void look(const rows::PolledSource& source, const std::string& key);
  void lookAtReferences(const rows::PolledSource& source, const std::string& key, base::Timestamp began,
                        const base::Json& pulls);
  dispatch::Call callFor(const rows::PolledSource& source) const;
  void seen(const rows::PolledSource& source, const std::string& key, base::Timestamp began,
            const dispatch::CallOutcome& outcome, const base::Json& pulls);

  struct Changes;
  void tellChanges(const rows::PolledSource& source, const std::string& key, const base::Json& references,
                   const base::Json& pulls);
  void decideNext(const std::shared_ptr<Changes>& changes);

  dispatch::Kernel& kernel_;
  dispatch::Doorway& doorway_;
  std::mutex mutex_;
  std::map<std::string, Look> looks_;  ///< By the row's key.
};

}  // namespace thimble::services::codepipeline
