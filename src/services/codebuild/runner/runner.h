// Runs builds: each on a thread of its own, in a box of its own.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "dispatch/log_delivery.h"
#include "sandbox/sandbox.h"
#include "services/codebuild/build_process.h"
#include "services/codebuild/runner/images.h"
#include "services/codebuild/runner/toolchain.h"
#include "services/codebuild/service.h"

namespace thimble::services::codebuild::runner {

/// What the thread of a build shares with those who stop it.
class RunControl {
 public:
  RunControl();
  ~RunControl();
  RunControl(const RunControl&) = delete;
  RunControl& operator=(const RunControl&) = delete;

  int wakeDescriptor() const { return wake_; }
  void stop();
  void serverStops();
  bool stopped() const;
  bool serverStopping() const;
  /// Waits until the box's end is told, for as long as it takes: a killed box ends.
  sandbox::BoxOutcome awaitBox();
  void boxEnded(const sandbox::BoxOutcome& outcome);
  bool boxHasEnded() const;

 private:
  void wake() const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int wake_ = -1;
  bool stopped_ = false;
  bool server_stops_ = false;
  bool box_ended_ = false;
  sandbox::BoxOutcome outcome_;
};

class Runner : public Builder {
 public:
  Runner(const dispatch::Environment& environment, const Settings& settings);
  ~Runner() override;

  /// Logs are delivered, and calls made, through the doorway.
  void begin(dispatch::Doorway& doorway);
  /// Ends all builds at once, and waits for them. Their tasks stay as rows.
  void end();

  void start(std::shared_ptr<dispatch::AsyncContext> context, base::Json document, dispatch::CallDone done) override;
  void stop(const std::string& process_id) override;
  void combine(std::shared_ptr<dispatch::AsyncContext> context, base::Json document, dispatch::CallDone done) override;

  // For the runs.
  const Settings& settings() const { return settings_; }
  const dispatch::Environment& environment() const { return environment_; }
  dispatch::LogDelivery& logs() { return *logs_; }
  /// Opens the sandbox when it is not open yet; throws PhaseFailure when this machine has none.
  sandbox::Sandbox& sandbox();
  bool outbound();
  /// A folder of its own for a build; it is removed by dropFolder, in the background.
  std::string makeFolder();
  /// The same for a box whose root is the host's: made ahead, when there has been time.
  std::string makeBoxFolder();
  void dropFolder(const std::string& folder);
  /// The folder with the agent's program.
  const std::string& agentFolder() const { return agent_folder_; }
  const Toolchain& toolchain() const { return toolchain_; }
  Images& images() { return images_; }

 private:
  struct Run;
  void runOne(const std::shared_ptr<Run>& run);
  void prepareBoxFolder();
  /// Makes folders for boxes to come, and removes those of boxes that are no more.
  void tidy();

  const dispatch::Environment& environment_;
  const Settings& settings_;
  std::string agent_folder_;
  Toolchain toolchain_;
  Images images_;
  std::shared_ptr<dispatch::LogDelivery> logs_;
  std::mutex opening_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::string refusal_;
  std::mutex mutex_;  ///< Guards all below.
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Run>> runs_;  ///< By the process's id.
  std::size_t busy_ = 0;                              ///< Builds that hold one of the places.
  std::size_t threads_ = 0;
  bool ending_ = false;
  std::vector<std::string> rubbish_;
  std::vector<std::string> ready_;  ///< Folders for boxes to come.
  bool prepares_ = false;           ///< There has been a box since folders could last be made ahead.
  bool tidying_ = false;
};

}  // namespace thimble::services::codebuild::runner
