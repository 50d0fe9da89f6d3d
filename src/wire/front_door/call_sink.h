// Where the front door hands its calls: implemented by the program around it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "platform/byte_source.h"
#include "wire/http/message.h"
#include "wire/shapes/model.h"

namespace thimble::wire {

/// An API call as it came over the wire: read, its signature checked.
struct WireCall {
  const shapes::Operation* operation = nullptr;
  std::string region;
  base::Json input;
  platform::ByteSourcePointer body;       ///< The streamed payload, or null.
  std::shared_ptr<const void> principal;  ///< From the Authenticator: who calls.
  std::string request_id;
  std::string source_ip;
  std::string user_agent;
};

struct WireAnswer {
  base::Json output;
  platform::ByteSourcePointer body;  ///< The streamed payload, or null.
  int http_status = 0;               ///< 0: as the model says.
};

using WireOutcome = base::Result<WireAnswer>;

class CallSink {
 public:
  virtual ~CallSink() = default;
  /// Makes the call; `done` is called once, on any thread.
  virtual void call(WireCall call, std::function<void(WireOutcome)> done) = 0;
};

/// Who a request comes from. Asked twice, since a body comes after its head and may be long.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  struct Admission {
    std::shared_ptr<const void> state;           ///< Kept by the front door for finish().
    std::unique_ptr<http::BodyDecoder> decoder;  ///< For a body that is framed again inside (aws-chunked), else null.
  };
  /// From the head alone. An error refuses the request before its body is read. `operation` is null when the body names
  /// it.
  virtual base::Result<Admission> begin(const http::HttpRequest& head, const shapes::Service& service,
                                        const shapes::Operation* operation) = 0;
  /// With the whole request. The value is passed on as WireCall::principal.
  virtual base::Result<std::shared_ptr<const void>> finish(const std::shared_ptr<const void>& state,
                                                           const http::HttpRequest& request,
                                                           const shapes::Operation& operation) = 0;
};

}  // namespace thimble::wire
