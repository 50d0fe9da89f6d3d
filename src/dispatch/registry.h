// Which operations exist, and who handles them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "dispatch/call.h"
#include "dispatch/context.h"
#include "wire/shapes/from_json.h"
#include "wire/shapes/model.h"

namespace thimble::dispatch {

/// Answers with the typed output, or with it and a payload (Reply<Output>), or with an error.
template <class Output>
using Responder = std::function<void(base::Result<Reply<Output>>)>;

class Registry {
 public:
  using TransactionalHandler = std::function<CallOutcome(Context&, const base::Json& input)>;
  using AsynchronousHandler = std::function<void(std::shared_ptr<AsyncContext>, CallDone)>;

  /// Calls its last argument, once and on any thread, when the answer of a call that succeeded may leave. The answer's
  /// effect is durable already.
  using AnswerDelay =
      std::function<void(const Environment&, Kernel&, const Call&, const Answer&, std::function<void()>)>;

  struct Entry {
    const shapes::Operation* operation = nullptr;  ///< nullptr for an internal operation.
    TransactionalHandler transactional;            ///< Exactly one of the two is set.
    AsynchronousHandler asynchronous;
    AnswerDelay delay;  ///< May be empty.
  };

  /// Adds an operation whose whole effect is one transaction. Op: an operation of the generated shapes. Handler:
  /// `base::Result<Op::Output>` or `base::Result<Reply<Op::Output>>` (Context&, const Op::Input&).
  template <class Op, class Handler>
  void add(Handler handler) {
    insert(Op::kService, Op::kName).transactional = [handler = std::move(handler)](
                                                        Context& context, const base::Json& input) -> CallOutcome {
      auto result = handler(context, shapes::fromJson<typename Op::Input>(input));
      if (!result.ok()) return std::move(result).error();
      return toAnswer<typename Op::Output>(std::move(result).value());
    };
  }

  /// Adds an operation whose handler takes and gives the model values themselves, without the generated structures: for
  /// hot paths (an item of DynamoDB). Handler: `base::Result<base::Json>` (Context&, const base::Json& input).
  template <class Handler>
  void addPlain(std::string_view service, std::string_view operation, Handler handler) {
    insert(service, operation).transactional = [handler = std::move(handler)](Context& context,
                                                                              const base::Json& input) -> CallOutcome {
      auto result = handler(context, input);
      if (!result.ok()) return std::move(result).error();
      return Answer{std::move(result).value(), nullptr, 0};
    };
  }

  /// Adds an operation that waits or acts outside of the store. Handler: void(std::shared_ptr<AsyncContext>,
  /// Op::Input, Responder<Op::Output>); the responder is called exactly once, on any thread.
  template <class Op, class Handler>
  void addAsynchronous(Handler handler) {
    insert(Op::kService, Op::kName).asynchronous = [handler = std::move(handler)](std::shared_ptr<AsyncContext> context,
                                                                                  CallDone done) {
      auto input = shapes::fromJson<typename Op::Input>(context->call().input);
      Responder<typename Op::Output> responder = [done = std::move(done)](auto result) {
        if (!result.ok()) {
          done(std::move(result).error());
        } else {
          done(toAnswer<typename Op::Output>(std::move(result).value()));
        }
      };
      handler(std::move(context), std::move(input), std::move(responder));
    };
  }

  /// Adds an operation of our own that processes use as tasks (an outgoing HTTP request, say). No model describes it,
  /// no policy limits it, and the front door never routes to it: the service's name begins with "thimble.".
  void addInternal(std::string_view service, std::string_view operation, AsynchronousHandler handler);

  /// nullptr when no such operation is registered.
  const Entry* find(std::string_view service, std::string_view operation) const;

  /// Calls `visit` for each registered operation of AWS, in order of service and name.
  void each(const std::function<void(const Entry&)>& visit) const;

  /// Holds the answers of an operation back for a while, for example until what it began is done. Only those of calls
  /// from outside (Call::source_ip): inside the system they are given at once.
  template <class Op>
  void delayAnswers(AnswerDelay delay) {
    entries_.find(std::pair<std::string, std::string>(Op::kService, Op::kName))->second.delay = std::move(delay);
  }

  /// A service's resource policies: the policy document attached to a resource, or nothing. Key: the ARN's service.
  using ResourcePolicy =
      std::function<std::optional<std::string>(store::Transaction&, const std::string& resource_arn)>;
  void addResourcePolicy(std::string_view arn_service, ResourcePolicy policy);
  const ResourcePolicy* findResourcePolicy(std::string_view arn_service) const;

 private:
  /// Asserts that the models know the operation, that operations.json lists it, and that it is not there yet.
  Entry& insert(std::string_view service, std::string_view operation);

  template <class Output>
  static Answer toAnswer(Reply<Output> reply) {
    return {toJson(reply.output), std::move(reply.body), reply.http_status};
  }

  std::map<std::pair<std::string, std::string>, Entry, std::less<>> entries_;
  std::map<std::string, ResourcePolicy, std::less<>> resource_policies_;
};

}  // namespace thimble::dispatch
