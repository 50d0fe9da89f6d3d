// A pool with functions of one file, for its tests.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "services/lambda/bootstrap/embedded_bootstrap.h"
#include "services/lambda/runtime/pool.h"

namespace thimble::services::lambda::runtime {

class PoolFixture : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/thimble-pool-XXXXXX";
    folder_ = mkdtemp(folder);
    std::filesystem::create_directory(folder_ + "/runtime");
    writeBootstraps(folder_ + "/runtime");
    auto opened = sandbox::Sandbox::open();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    sandbox_ = std::move(opened).value();
    makePool({});
  }

  void TearDown() override {
    pool_.reset();
    sandbox_.reset();
    std::filesystem::remove_all(folder_);
  }

  void makePool(PoolOptions options) {
    pool_.reset();
    options.spare_quiet_milliseconds = 1;
    pool_ = std::make_unique<Pool>(
        *sandbox_, clock_, random_,
        [this](const auto&, const std::string&, std::vector<LogLine> lines) {
          const std::lock_guard lock(mutex_);
          for (LogLine& line : lines) log_.push_back(std::move(line.text));
        },
        nullptr, options);
  }

  /// A function of one file.
  std::shared_ptr<Image> image(const std::string& file, const std::string& code, std::vector<std::string> command,
                               const std::string& handler) {
    const std::string folder = folder_ + "/code" + std::to_string(++functions_);
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/" + file) << code;
    chmod((folder + "/" + file).c_str(), 0755);
    auto image = std::make_shared<Image>();
    image->key = "function" + std::to_string(functions_);
    image->group = image->key;
    image->function_name = "f";
    image->version = "$LATEST";
    image->runtime_name = "test";
    image->command = std::move(command);
    image->environment = {"PATH=/usr/bin:/bin", "LAMBDA_TASK_ROOT=/var/task", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001",
                          "_HANDLER=" + handler, "LANG=en_US.UTF-8"};
    image->mounts = {{folder, "/var/task"}, {folder_ + "/runtime", "/var/runtime"}};
    image->outbound = false;
    return image;
  }

  std::shared_ptr<Image> python(const std::string& code, const std::string& handler = "index.handler") {
    return image("index.py", code, {"/usr/bin/python3", "-S", "-B", "/var/runtime/bootstrap.py"}, handler);
  }
  std::shared_ptr<Image> node(const std::string& code, const std::string& handler = "index.handler") {
    return image("index.js", code, {"/usr/bin/node", "/var/runtime/bootstrap.mjs"}, handler);
  }
  /// The same, to be made out of a spare where there is one.
  std::shared_ptr<Image> withSpare(std::shared_ptr<Image> image) {
    image->spare = SpareStart{{"LANG=en_US.UTF-8"}, {image->mounts[1]}};
    return image;
  }
  /// The same, with boto3 loaded already where the machine has it.
  std::shared_ptr<Image> withBoto3(std::shared_ptr<Image> image) {
    withSpare(image)->spare->environment.push_back("THIMBLE_PRELOAD=boto3");
    return image;
  }
  bool awaitSpares(std::uint64_t count) {
    for (int i = 0; i < 10000 && pool_->counters().spares != count; ++i) usleep(1000);
    return pool_->counters().spares == count;
  }
  std::shared_ptr<Image> custom(const std::string& script) {
    return image("bootstrap", "#!/bin/sh\n" + script, {"/var/task/bootstrap"}, "h");
  }

  std::future<InvocationResult> start(const std::shared_ptr<Image>& image, const std::string& payload,
                                      std::size_t limit = 100) {
    auto promise = std::make_shared<std::promise<InvocationResult>>();
    Invocation invocation;
    invocation.request_id = "request-" + std::to_string(++requests_);
    invocation.payload = payload;
    invocation.invoked_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    pool_->invoke(image, std::move(invocation), limit,
                  [promise](InvocationResult result) { promise->set_value(std::move(result)); });
    return promise->get_future();
  }
  InvocationResult invoke(const std::shared_ptr<Image>& image, const std::string& payload = "{}",
                          std::size_t limit = 100) {
    return start(image, payload, limit).get();
  }

  std::string folder_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  platform::SystemClock clock_;
  platform::SystemRandom random_;
  std::mutex mutex_;
  std::vector<std::string> log_;
  std::unique_ptr<Pool> pool_;
  int functions_ = 0;
  int requests_ = 0;
};

}  // namespace thimble::services::lambda::runtime
