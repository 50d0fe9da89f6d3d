#include "services/codepipeline/action_listing.h"

#include <algorithm>

#include "services/codepipeline/errors.h"
#include "services/codepipeline/paging.h"

namespace thimble::services::codepipeline {
namespace {

constexpr std::int64_t kLargestPage = 100;

}  // namespace

base::Result<ActionPage> listActions(dispatch::Context& context, const ActionListing& listing,
                                     const std::function<bool(const rows::Action&)>& of_kind,
                                     const std::function<std::set<std::int64_t>(const rows::Execution&)>& current) {
  TRY_ASSIGN(const rows::Pipeline pipeline, findPipeline(context, listing.pipeline));
  std::optional<rows::Execution> execution;
  if (listing.execution) {
    execution = findExecution(context.transaction(), pipeline.arn(), *listing.execution);
    if (!execution) return executionNotFound(*listing.execution);
  }
  const std::set<std::int64_t> counting = listing.latest ? current(*execution) : std::set<std::int64_t>();
  std::string after;
  if (listing.next_token) {
    TRY_ASSIGN(after, readPageToken(*listing.next_token));
  }
  const auto wanted = static_cast<std::size_t>(std::min(listing.max_results.value_or(kLargestPage), kLargestPage));
  const store::ScanOptions options{.limit = wanted + 1, .reverse = true};
  ActionPage page;
  while (true) {
    auto entries =
        execution ? kActions.scanAfter(context.transaction(), after, options, pipeline.arn(), execution->sequence())
                  : kActions.scanAfter(context.transaction(), after, options, pipeline.arn());
    for (auto& entry : entries) {
      const bool shown = of_kind(entry.record) && (!listing.latest || counting.contains(entry.record.sequence()));
      if (shown && page.actions.size() == wanted) {
        page.next_token = pageToken(after);
        return page;
      }
      after = entry.key;
      if (shown) page.actions.push_back(std::move(entry.record));
    }
    if (entries.size() <= wanted) return page;
  }
}

}  // namespace thimble::services::codepipeline
