#include "services/lambda/runtime/pool.h"

#include "services/lambda/runtime/pool_loop.h"

namespace thimble::services::lambda::runtime {

Pool::Pool(sandbox::Sandbox& sandbox, const platform::Clock& clock, platform::Random& random, LogSink log,
           ServeApi serve_api, PoolOptions options)
    : loop_(std::make_unique<Loop>(sandbox, clock, random, std::move(log), std::move(serve_api), options)) {}

Pool::~Pool() = default;

void Pool::invoke(std::shared_ptr<const Image> image, Invocation invocation, std::size_t limit, InvocationDone done) {
  auto pending = std::make_shared<PendingInvocation>(PendingInvocation{std::move(invocation), std::move(done)});
  loop_->runNow([loop = loop_.get(), image = std::move(image), pending, limit] {
    loop->invoke(image, std::move(*pending), limit);
  });
}

void Pool::expect(std::shared_ptr<const Image> image) {
  loop_->post([loop = loop_.get(), image = std::move(image)] { loop->expectSpare(*image); });
}

void Pool::stop() {
  loop_->stop();
}

void Pool::retire(const std::string& prefix) {
  loop_->post([loop = loop_.get(), prefix] { loop->retire(prefix); });
}

Pool::Counters Pool::counters() const {
  return loop_->counters();
}

}  // namespace thimble::services::lambda::runtime
