// CreateQueue, GetQueueUrl, ListQueues, DeleteQueue, PurgeQueue, ListDeadLetterSourceQueues.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html and the pages beside it
#include <algorithm>
#include <functional>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "services/sqs/errors.h"
#include "services/sqs/move_tasks.h"
#include "services/sqs/queues.h"
#include "services/sqs/service.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::sqs {
namespace {

using namespace shapes::sqs;  // NOLINT: the operations of this file
using Endpoint = std::function<std::string()>;

constexpr std::int64_t kPurgeInterval = 60'000;

std::string urlOf(const Endpoint& endpoint, const std::string& account, const std::string& name) {
  return endpoint() + "/" + account + "/" + name;
}

base::Result<void> checkName(const std::string& name, bool fifo) {
  std::string_view plain = name;
  if (fifo) {
    if (!plain.ends_with(".fifo")) {
      return invalidParameter(
          "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
          "underscores, must end with .fifo suffix and be 1 to 80 in length.");
    }
    plain.remove_suffix(5);
  }
  const bool valid = !plain.empty() && name.size() <= 80 &&
                     std::all_of(plain.begin(), plain.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
  if (valid) return {};
  return invalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}

base::Result<CreateQueue::Output> create(dispatch::Context& context, const Endpoint& endpoint,
                                         const CreateQueue::Input& input) {
  const auto attributes = withPlainTruths(input.Attributes_.value_or(std::map<std::string, std::string>()));
  const auto fifo_attribute = attributes.find("FifoQueue");
  const bool fifo = fifo_attribute != attributes.end() && fifo_attribute->second == "true";
  if (fifo_attribute != attributes.end() && !fifo) return invalidAttributeName("FifoQueue");
  TRY(checkName(input.QueueName_, fifo));
  for (const auto& [name, value] : attributes) TRY(checkAttribute(name, value, fifo, true));
  CreateQueue::Output output;
  output.QueueUrl_ = urlOf(endpoint, context.account(), input.QueueName_);
  if (auto row = kQueues.get(context.transaction(), context.account(), context.region(), input.QueueName_)) {
    const Found queue{context.account(), context.region(), *std::move(row)};
    for (const auto& [name, value] : attributes) {
      if (queue.attribute(name) == value) continue;
      return base::ApiError{"QueueNameExists",
                            "A queue already exists with the same name and a different value for attribute " + name,
                            400};
    }
    return output;
  }
  Found queue{context.account(), context.region(), {}};
  queue.row.set_name(input.QueueName_);
  queue.row.set_id(context.random().hex(24));
  for (const auto& [name, value] : attributes) (*queue.row.mutable_attributes())[name] = value;
  TRY(checkAsWhole(context.transaction(), queue, attributes));
  settleEncryption(queue.row, attributes);
  for (const auto& [key, value] : input.tags_.value_or(std::map<std::string, std::string>())) {
    (*queue.row.mutable_tags())[key] = value;
  }
  queue.row.set_created(context.now().milliseconds);
  queue.row.set_modified(context.now().milliseconds);
  putQueue(context, queue);
  return output;
}

base::Result<GetQueueUrl::Output> getUrl(dispatch::Context& context, const Endpoint& endpoint,
                                         const GetQueueUrl::Input& input) {
  const std::string account = input.QueueOwnerAWSAccountId_.value_or(context.account());
  TRY(findQueue(context, account + "/" + input.QueueName_, "sqs:GetQueueUrl"));
  GetQueueUrl::Output output;
  output.QueueUrl_ = urlOf(endpoint, account, input.QueueName_);
  return output;
}

/// One page of the caller's queues that are `wanted`, as URLs, and the token of the next.
template <class Input>
base::Result<std::pair<std::vector<std::string>, std::optional<std::string>>> page(
    dispatch::Context& context, const Endpoint& endpoint, const Input& input,
    const std::function<bool(const Found&)>& wanted) {
  constexpr std::int64_t kMost = 1000;
  const std::int64_t most = input.MaxResults_.value_or(kMost);
  if (most < 1 || most > kMost) {
    return invalidValue(std::to_string(most), "MaxResults", "MaxResults must be an integer between 1 and 1000.");
  }
  const std::string after = input.NextToken_ ? base::decodeBase64(*input.NextToken_).value_or("") : "";
  std::vector<std::string> urls;
  std::string last;
  for (auto& entry : kQueues.scan(context.transaction(), {}, context.account(), context.region())) {
    const Found queue{context.account(), context.region(), std::move(entry.record)};
    if (queue.row.name() <= after || !wanted(queue)) continue;
    if (urls.size() == static_cast<std::size_t>(most)) {
      if (!input.MaxResults_) break;
      return std::pair(std::move(urls), std::optional(base::encodeBase64(last)));
    }
    last = queue.row.name();
    urls.push_back(urlOf(endpoint, context.account(), last));
  }
  return std::pair(std::move(urls), std::optional<std::string>());
}

base::Result<ListQueues::Output> list(dispatch::Context& context, const Endpoint& endpoint,
                                      const ListQueues::Input& input) {
  TRY_ASSIGN(auto found, page(context, endpoint, input, [&](const Found& queue) {
               return queue.row.name().starts_with(input.QueueNamePrefix_.value_or(""));
             }));
  ListQueues::Output output;
  output.NextToken_ = std::move(found.second);
  if (!found.first.empty()) output.QueueUrls_ = std::move(found.first);
  return output;
}

base::Result<DeleteQueue::Output> remove(dispatch::Context& context, const DeleteQueue::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:DeleteQueue"));
  kQueues.erase(context.transaction(), queue.account, queue.region, queue.row.name());
  forgetMoveTasks(context.transaction(), queue.arn());
  context.start({std::string(kCleanupKind), queue.row.id()}, {});
  return DeleteQueue::Output();
}

base::Result<PurgeQueue::Output> purge(dispatch::Context& context, const PurgeQueue::Input& input) {
  TRY_ASSIGN(Found queue, findQueue(context, input.QueueUrl_, "sqs:PurgeQueue"));
  if (queue.row.purged() != 0 && queue.row.purged() + kPurgeInterval > context.now().milliseconds) {
    return base::ApiError{"PurgeQueueInProgress",
                          "Only one PurgeQueue operation on " + queue.row.name() + " is allowed every 60 seconds.",
                          403};
  }
  context.start({std::string(kCleanupKind), queue.row.id()}, {});
  queue.row.set_id(context.random().hex(24));
  queue.row.set_purged(context.now().milliseconds);
  putQueue(context, queue);
  return PurgeQueue::Output();
}

base::Result<ListDeadLetterSourceQueues::Output> listSources(dispatch::Context& context, const Endpoint& endpoint,
                                                             const ListDeadLetterSourceQueues::Input& input) {
  TRY_ASSIGN(const Found queue, findQueue(context, input.QueueUrl_, "sqs:ListDeadLetterSourceQueues"));
  TRY_ASSIGN(auto found, page(context, endpoint, input, [&](const Found& other) {
               const auto policy = base::Json::parse(other.attribute("RedrivePolicy"));
               return policy.ok() && policy->stringAt("deadLetterTargetArn") == queue.arn();
             }));
  ListDeadLetterSourceQueues::Output output;
  output.queueUrls_ = std::move(found.first);
  output.NextToken_ = std::move(found.second);
  return output;
}

}  // namespace

void registerQueues(dispatch::Registry& registry, const Endpoint& endpoint) {
  registry.add<CreateQueue>([&endpoint](dispatch::Context& context, const CreateQueue::Input& input) {
    return create(context, endpoint, input);
  });
  registry.add<GetQueueUrl>([&endpoint](dispatch::Context& context, const GetQueueUrl::Input& input) {
    return getUrl(context, endpoint, input);
  });
  registry.add<ListQueues>([&endpoint](dispatch::Context& context, const ListQueues::Input& input) {
    return list(context, endpoint, input);
  });
  registry.add<DeleteQueue>(remove);
  registry.add<PurgeQueue>(purge);
  registry.add<ListDeadLetterSourceQueues>(
      [&endpoint](dispatch::Context& context, const ListDeadLetterSourceQueues::Input& input) {
        return listSources(context, endpoint, input);
      });
}

}  // namespace thimble::services::sqs
