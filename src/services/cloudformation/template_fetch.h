// Templates and policies by URL, from our own S3.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "dispatch/context.h"
#include "dispatch/registry.h"
#include "services/cloudformation/stored_parameters.h"

namespace thimble::services::cloudformation {

struct S3Location {
  std::string bucket;
  std::string key;
  std::string version_id;
  bool operator==(const S3Location&) const = default;
};

/// An S3 object's URL in AWS's forms (path and virtual-hosted style) and in ours (localhost). Nothing for all else.
std::optional<S3Location> parseS3Url(const std::string& url);

/// Reads the text of up to 1 MB behind the URL as the caller and gives it to `done`.
void fetchText(const std::shared_ptr<dispatch::AsyncContext>& context, const std::string& url,
               std::function<void(base::Result<std::string>)> done);

/// Adds an operation whose input may name a text by URL. `url` and `body` are members of its input: a given URL is read
/// first and put into the body; stored parameters get the values that Parameter Store has; then `work` does the rest in
/// one transaction.
template <class Op>
void addWithUrl(dispatch::Registry& registry, std::optional<std::string> Op::Input::*url,
                std::optional<std::string> Op::Input::*body,
                base::Result<typename Op::Output> (*work)(dispatch::Context&, const typename Op::Input&)) {
  using Input = typename Op::Input;
  using Output = typename Op::Output;
  registry.addAsynchronous<Op>([url, body, work](std::shared_ptr<dispatch::AsyncContext> context, Input input,
                                                 dispatch::Responder<Output> respond) {
    auto commit = [context, work, respond](const Input& complete) {
      context->transact<Output>([complete, work](dispatch::Context& inner) { return work(inner, complete); },
                                [respond](base::Result<Output> result) {
                                  if (!result.ok()) {
                                    respond(std::move(result).error());
                                  } else {
                                    respond(dispatch::Reply<Output>(std::move(result).value()));
                                  }
                                });
    };
    auto transact = [context, commit, body, respond](Input complete) {
      [[maybe_unused]] const auto text_of = body;
      if constexpr (requires { complete.Parameters_; }) {
        const auto stack = complete.StackName_;
        const auto text = complete.*text_of;
        const auto given = complete.Parameters_;
        fetchStoredParameters(context, stack, text, given,
                              [complete = std::move(complete), commit, respond](auto parameters) mutable {
                                if (!parameters.ok()) return respond(std::move(parameters).error());
                                complete.Parameters_ = *std::move(parameters);
                                commit(complete);
                              });
      } else {
        commit(complete);
      }
    };
    if (!(input.*url) || (input.*body)) {
      transact(input);
      return;
    }
    const std::string address = *(input.*url);
    fetchText(context, address,
              [input = std::move(input), body, transact, respond](base::Result<std::string> text) mutable {
                if (!text.ok()) {
                  respond(std::move(text).error());
                  return;
                }
                input.*body = std::move(*text);
                transact(input);
              });
  });
}

}  // namespace thimble::services::cloudformation
