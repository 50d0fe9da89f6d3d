// One push under way: the sink of its request's body.
//
// 1. The commands at its head are read, and the caller is asked for with the references that they name.
// 2. git receive-pack is started and fed as the body arrives, but for the last bytes: without them it cannot finish. So
// a
//    slow client holds nobody up.
// 3. When all is there, the repository's lock is taken, what a crash left behind is recorded, and git gets the rest.
// 4. The references that have changed are on disk and in a committed row, then git's answer is sent.
#pragma once

#include <memory>
#include <string>

#include "dispatch/call.h"
#include "platform/process.h"
#include "services/codecommit/http/push_commands.h"
#include "services/codecommit/references.h"
#include "services/codecommit/world.h"
#include "wire/http/message.h"

namespace thimble::services::codecommit {

class Push final : public wire::http::BodySink, public std::enable_shared_from_this<Push> {
 public:
  /// `call` is who pushes, with the account and region of the repository; `protocol` is the Git-Protocol header.
  Push(World& world, std::string repository_id, std::string repository_arn, std::string default_branch,
       dispatch::Call call, std::string protocol);

  base::Result<void> accept(std::string_view bytes) override;
  bool ready(std::function<void()> resume) override;
  base::Result<void> finish() override;

  /// After finish().
  void complete(wire::http::Responder responder);

 private:
  base::Result<void> begin();
  void feed(std::string_view bytes);
  /// What a push of several references that is all or nothing is remembered by; null for others.
  AlsoWrite rememberAtomic() const;

  World& world_;
  const std::string repository_id_;
  const std::string repository_arn_;
  const std::string default_branch_;
  const dispatch::Call call_;
  const std::string protocol_;
  PushCommandReader reader_;
  bool begun_ = false;
  std::string tail_;  ///< Bytes kept back.
  std::shared_ptr<platform::Process> process_;
};

}  // namespace thimble::services::codecommit
