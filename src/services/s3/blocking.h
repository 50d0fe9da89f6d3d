// Work that reads or writes files, off the thread that called.
#pragma once

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "dispatch/context.h"
#include "dispatch/registry.h"

namespace thimble::services::s3 {

/// Runs `work(respond)` on the executor. A full disk is answered as one that the store meets; another broken
/// environment (a file cannot be read) becomes an InternalError.
template <class Output, class Work>
void runBlocking(const std::shared_ptr<dispatch::AsyncContext>& context, dispatch::Responder<Output> respond,
                 Work work) {
  context->environment().executor.post([respond = std::move(respond), work = std::move(work)] {
    try {
      work(respond);
    } catch (const std::system_error& failure) {
      const bool full = failure.code() == std::errc::no_space_on_device;
      respond(full
                  ? dispatch::storeUnavailable(store::CommitOutcome::Refused)
                  : base::ApiError{
                        "InternalError",
                        "We encountered an internal error. Please try again. (" + failure.code().message() + ")", 500});
    } catch (const std::exception& failure) {
      respond(base::ApiError{
          "InternalError", std::string("We encountered an internal error. Please try again. (") + failure.what() + ")",
          500});
    }
  });
}

}  // namespace thimble::services::s3
