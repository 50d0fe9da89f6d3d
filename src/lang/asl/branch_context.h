// The context object ("$$") of a branch.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
#pragma once

#include <optional>
#include <string>

#include "lang/asl/environment.h"
#include "lang/asl/execution.h"

namespace thimble::lang::asl {

class BranchContext final : public ContextSource {
 public:
  BranchContext(const ExecutionIdentity& identity, const Header& header, const State& state, const Branch& branch)
      : identity_(identity), header_(header), state_(state), branch_(branch) {}

  const base::Json& context() override;
  /// Another Map item than the branch's own, for an ItemSelector.
  void setItem(std::int64_t index, base::Json value);
  void setToken(std::string token) { token_ = std::move(token); }

 private:
  const ExecutionIdentity& identity_;
  const Header& header_;
  const State& state_;
  const Branch& branch_;
  std::optional<std::int64_t> item_index_;
  base::Json item_;
  std::string token_;
  std::optional<base::Json> made_;
};

}  // namespace thimble::lang::asl
