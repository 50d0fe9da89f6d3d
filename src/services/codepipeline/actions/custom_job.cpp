// Custom actions and those of partners: a worker polls for the job and answers it.
#include "services/codepipeline/actions/kinds.h"

namespace thimble::services::codepipeline {
namespace {

class CustomJob final : public ActionProvider {
 public:
  ActionStep begin(const ActionInput&, base::Json&) const override { return ActionStep::wait(); }
  Work work() const override { return Work::ByPoll; }
};

}  // namespace

const ActionProvider& customJob() {
  static const CustomJob provider;
  return provider;
}

}  // namespace thimble::services::codepipeline
