// Asynchronous operations whose handlers take and give the model values themselves, without the generated structures,
// as Registry::addPlain has them of transactional ones.
#pragma once

#include <memory>
#include <utility>

#include "dispatch/registry.h"

namespace thimble::dispatch {

/// An output that is a model value already.
struct PlainOutput {
  base::Json value;
};

/// Its one reader drops it afterwards, so the value is taken and not copied.
inline base::Json toJson(PlainOutput& output) {
  return std::move(output.value);
}

/// In the place of an input that the handler reads of its context's call.
struct PlainInput {};

/// Op: an operation of the generated shapes.
template <class Op>
struct PlainOperation {
  static constexpr auto kService = Op::kService;
  static constexpr auto kName = Op::kName;
  using Input = PlainInput;
  using Output = PlainOutput;
};

using PlainResponder = Responder<PlainOutput>;

/// Adds an operation that waits or acts outside of the store. Handler: void(std::shared_ptr<AsyncContext>,
/// PlainResponder); the responder is called exactly once, on any thread.
template <class Op, class Handler>
void addPlainAsynchronous(Registry& registry, Handler handler) {
  registry.addAsynchronous<PlainOperation<Op>>(
      [handler = std::move(handler)](std::shared_ptr<AsyncContext> context, const PlainInput&,
                                     PlainResponder responder) { handler(std::move(context), std::move(responder)); });
}

}  // namespace thimble::dispatch

namespace thimble::shapes {

template <>
inline dispatch::PlainInput fromJson<dispatch::PlainInput>(const base::Json&) {
  return {};
}

}  // namespace thimble::shapes
