// TagQueue, UntagQueue, ListQueueTags.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html
#include "services/sqs/errors.h"
#include "services/sqs/queues.h"
#include "services/sqs/service.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::sqs {
namespace {

using namespace shapes::sqs;  // NOLINT: the operations of this file

constexpr int kMaxTags = 50;

base::Result<TagQueue::Output> tag(dispatch::Context& context, const TagQueue::Input& input) {
  TRY_ASSIGN(Found queue, findQueue(context, input.QueueUrl_, "sqs:TagQueue"));
  for (const auto& [key, value] : input.Tags_) (*queue.row.mutable_tags())[key] = value;
  if (static_cast<int>(queue.row.tags().size()) > kMaxTags) {
    return invalidParameter("Too many tags added for queue " + queue.row.name() + ".");
  }
  putQueue(context, queue);
  return TagQueue::Output();
}

base::Result<UntagQueue::Output> untag(dispatch::Context& context, const UntagQueue::Input& input) {
  TRY_ASSIGN(Found queue, findQueue(context, input.QueueUrl_, "sqs:UntagQueue"));
  for (const std::string& key : input.TagKeys_) queue.row.mutable_tags()->erase(key);
  putQueue(context, queue);
  return UntagQueue::Output();
}

base::Result<ListQueueTags::Output> list(dispatch::Context& context, const ListQueueTags::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:ListQueueTags"));
  ListQueueTags::Output output;
  if (!queue.row.tags().empty()) {
    output.Tags_ = std::map<std::string, std::string>(queue.row.tags().begin(), queue.row.tags().end());
  }
  return output;
}

}  // namespace

void registerTags(dispatch::Registry& registry) {
  registry.add<TagQueue>(tag);
  registry.add<UntagQueue>(untag);
  registry.add<ListQueueTags>(list);
}

}  // namespace thimble::services::sqs
