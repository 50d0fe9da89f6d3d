// What the operations share besides the store: unpacked code, images of instances, the pool, the log's delivery.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dispatch/context.h"
#include "dispatch/doorway.h"
#include "dispatch/log_delivery.h"
#include "sandbox/sandbox.h"
#include "services/lambda/configuration.h"
#include "services/lambda/records.h"
#include "services/lambda/service.h"

namespace thimble::services::lambda {

/// An instance's image with what its log needs.
struct FunctionImage : runtime::Image {
  dispatch::LogTarget log;
};

class Functions {
 public:
  Functions(const dispatch::Environment& environment, Settings settings);

  const Settings& settings() const { return settings_; }
  const Interpreters& interpreters() const { return interpreters_; }
  const dispatch::Environment& environment() const { return environment_; }
  /// `port`: where the server listens on this machine's loopback.
  void start(dispatch::Doorway& doorway, std::uint16_t port);
  void stop();
  /// Opens the sandbox soon: invocations are to be expected.
  void prepare();
  /// An instance of a function of this configuration and code may be needed soon: a spare is made for it
  /// (runtime/pool.h).
  void expect(const base::Json& configuration, const std::string& blob);
  /// Opens the sandbox when it is not open yet. The error says why functions cannot be run.
  base::Result<runtime::Pool*> pool();
  runtime::Pool::Counters counters();

  /// The folder with the archive's files, unpacked when it is not there yet.
  base::Result<std::string> unpack(const std::string& blob);
  /// The same for layers, each over those before it.
  base::Result<std::string> unpackLayers(const std::vector<std::string>& blobs);

  using ImageDone = std::function<void(base::Result<std::shared_ptr<const FunctionImage>>)>;
  /// The image for a version; issues credentials of its role when there are none that last. May answer at once or
  /// later.
  void image(std::shared_ptr<dispatch::AsyncContext> context, const Resolved& resolved, ImageDone done);

  /// Ends the instances of a function, or of one version; busy ones finish first.
  void retire(const FunctionReference& function);

  std::string codeLocation(const std::string& blob) const { return endpoint_ + "/_thimble/lambda/code/" + blob; }

 private:
  /// Of an image whose runtime and memory are set: command, mounts, environment and spare of its interpreter. Leaves
  /// the command empty where the function brings its program.
  void setProgram(runtime::Image& image) const;
  std::shared_ptr<const FunctionImage> buildImage(const Resolved& resolved, const std::string& code,
                                                  const std::string& layers,
                                                  const std::vector<std::string>& credentials,
                                                  std::int64_t usable_until) const;
  std::string codeFolder(const std::string& name) const { return settings_.folder + "/code/" + name; }
  base::Result<std::string> unpackInto(const std::string& name, const std::vector<std::string>& blobs);

  const dispatch::Environment& environment_;
  Settings settings_;
  Interpreters interpreters_;
  std::string endpoint_;
  std::shared_ptr<dispatch::LogDelivery> logs_;
  std::mutex opening_;  ///< Guards the next four.
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<runtime::Pool> pool_;
  std::string refusal_;  ///< Why there is no pool; empty while it has not been tried.
  bool stopped_ = false;
  bool outbound_ = false;  ///< Boxes may reach the outside. Set with the pool.
  std::mutex unpacking_;
  std::mutex mutex_;  ///< Guards images_.
  std::map<std::string, std::shared_ptr<const FunctionImage>> images_;
};

}  // namespace thimble::services::lambda
