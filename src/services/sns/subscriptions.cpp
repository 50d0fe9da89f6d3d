// Subscribe, ConfirmSubscription, Unsubscribe and what reads and changes subscriptions.
// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html and the pages beside it
#include <algorithm>
#include <set>

#include "base/arn.h"
#include "services/sns/errors.h"
#include "services/sns/filter_policy.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using namespace shapes::sns;  // NOLINT: the operations of this file

constexpr std::size_t kPageSize = 100;
constexpr const char* kPending = "PendingConfirmation";

bool phoneNumberIsValid(const std::string& number) {
  // A plus, then digits with single separators between them.
  if (number.size() < 2 || number.front() != '+') return false;
  bool digit_before = false;
  for (char c : number.substr(1)) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!digit && (!digit_before || (c != '-' && c != '/' && c != '.' && c != ' '))) return false;
    digit_before = digit;
  }
  return digit_before;
}

base::Result<void> checkEndpoint(const std::string& protocol, const std::string& endpoint, const rows::Topic& topic) {
  static const std::set<std::string, std::less<>> kProtocols = {"http", "https",       "email",  "email-json", "sms",
                                                                "sqs",  "application", "lambda", "firehose"};
  if (!kProtocols.contains(protocol)) {
    return invalidParameter("Amazon SNS does not support this protocol string: " + protocol);
  }
  if (isFifo(topic) && protocol != "sqs") {
    return invalidParameter(
        "Invalid parameter: Endpoint Reason: FIFO SNS Topics can not be subscribed by this protocol");
  }
  if (endpoint.empty()) return invalidParameter("Endpoint");
  const auto arn = base::parseArn(endpoint);
  if (protocol == "sqs" && (!arn || arn->service != "sqs")) return invalidParameter("SQS endpoint ARN");
  if (protocol == "sqs" && !isFifo(topic) && arn->resource.ends_with(".fifo")) {
    return invalidParameter(
        "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
  }
  if (protocol == "lambda" && (!arn || arn->service != "lambda")) return invalidParameter("Lambda endpoint ARN");
  if ((protocol == "http" || protocol == "https") && !endpoint.starts_with(protocol + "://")) {
    return invalidParameter("Endpoint must match the specified protocol");
  }
  if (protocol == "sms" && !phoneNumberIsValid(endpoint)) {
    return base::ApiError{"InvalidParameter", "Invalid SMS endpoint: " + endpoint, 400};
  }
  if (protocol.starts_with("email") && endpoint.find('@') == std::string::npos)
    return invalidParameter("Email address");
  if (protocol == "application" && endpoint.find(":endpoint/") == std::string::npos) {
    return invalidParameter("Application endpoint arn invalid:" + endpoint);
  }
  if (protocol == "firehose") return notImplemented("the subscription protocol 'firehose'");
  return {};
}

std::string lowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// The form in which an attribute is kept and shown.
std::string canonical(const std::string& name, const std::string& value) {
  return name == "RawMessageDelivery" ? lowerCase(value) : value;
}

base::Result<void> checkAttributes(const std::map<std::string, std::string>& attributes, bool setting) {
  static const std::set<std::string, std::less<>> kKnown = {
      "DeliveryPolicy", "FilterPolicy",        "FilterPolicyScope", "RawMessageDelivery",
      "RedrivePolicy",  "SubscriptionRoleArn", "ReplayPolicy"};
  const auto scope = attributes.find("FilterPolicyScope");
  for (const auto& [name, value] : attributes) {
    if (!kKnown.contains(name)) return invalidParameter(setting ? "AttributeName" : "Attributes");
    if (name == "RawMessageDelivery" && lowerCase(value) != "true" && lowerCase(value) != "false") {
      return invalidParameter(std::string(setting ? "" : "Attributes Reason: ") +
                              "RawMessageDelivery: Invalid value [" + value + "]. Must be true or false.");
    }
    if (name == "FilterPolicyScope" && value != "MessageAttributes" && value != "MessageBody") {
      return invalidParameter("FilterPolicyScope: Invalid value [" + value +
                              "]. Please use either MessageBody or MessageAttributes");
    }
    if (name == "FilterPolicy" && !value.empty()) {
      const bool body = scope != attributes.end() && scope->second == "MessageBody";
      auto policy = parseFilterPolicy(value, body);
      if (!policy.ok()) {
        base::ApiError error = std::move(policy).error();
        if (setting) {
          const std::string reason = "Attributes Reason: ";
          if (const std::size_t at = error.message.find(reason); at != std::string::npos)
            error.message.erase(at, reason.size());
        }
        return error;
      }
    }
    if (name == "RedrivePolicy" && !value.empty()) {
      const auto parsed = base::Json::parse(value, {.max_depth = 16});
      if (!parsed.ok()) return invalidParameter("RedrivePolicy: failed to parse JSON. " + diagnosis(value));
      if (!parsed->isObject() || parsed->stringAt("deadLetterTargetArn").empty()) {
        return invalidParameter("RedrivePolicy: failed to parse JSON.");
      }
      if (!base::parseArn(parsed->stringAt("deadLetterTargetArn"))) {
        return invalidParameter("RedrivePolicy: deadLetterTargetArn is an invalid arn");
      }
    }
  }
  return {};
}

base::Result<std::pair<std::string, rows::Subscription>> findSubscription(dispatch::Context& context,
                                                                          const std::string& arn) {
  TRY(checkArn(arn, "SubscriptionArn"));
  auto subscription = kSubscriptions.get(context.transaction(), arn);
  if (!subscription) return subscriptionNotFound();
  return std::pair(arn, std::move(*subscription));
}

base::Result<Subscribe::Output> subscribe(dispatch::Context& context, const Subscribe::Input& input) {
  TRY_ASSIGN(const rows::Topic topic, findTopic(context, input.TopicArn_));
  const std::string endpoint = input.Endpoint_.value_or("");
  TRY(checkEndpoint(input.Protocol_, endpoint, topic));
  auto attributes = input.Attributes_.value_or(std::map<std::string, std::string>());
  TRY(checkAttributes(attributes, false));
  if (const auto filter = attributes.find("FilterPolicy"); filter != attributes.end() && filter->second.empty()) {
    attributes.erase(filter);
    attributes.erase("FilterPolicyScope");
  }
  const bool tell_arn = input.ReturnSubscriptionArn_.value_or(false);
  Subscribe::Output output;

  for (const auto& entry : kTopicSubscriptions.scan(context.transaction(), {}, input.TopicArn_)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    const std::string arn = reader.text().value_or("");
    const auto existing = kSubscriptions.get(context.transaction(), arn);
    if (!existing || existing->protocol() != input.Protocol_ || existing->endpoint() != endpoint) continue;
    for (const auto& [name, value] : attributes) {
      const auto found = existing->attributes().find(name);
      if (found == existing->attributes().end() || found->second != canonical(name, value)) {
        return invalidParameter("Attributes Reason: Subscription already exists with different attributes");
      }
    }
    output.SubscriptionArn_ = existing->confirmed() || tell_arn ? arn : "pending confirmation";
    return output;
  }

  rows::Subscription subscription;
  subscription.set_topic_arn(input.TopicArn_);
  subscription.set_protocol(input.Protocol_);
  subscription.set_endpoint(endpoint);
  subscription.set_owner(context.account());
  subscription.set_principal(context.call().identity.arn);
  for (const auto& [name, value] : attributes) (*subscription.mutable_attributes())[name] = canonical(name, value);
  // Endpoints of the same account need no confirmation; those on the web and in mail do.
  const bool needs_confirmation = input.Protocol_.starts_with("http") || input.Protocol_.starts_with("email");
  subscription.set_confirmed(!needs_confirmation);
  subscription.set_confirmation_was_authenticated(!needs_confirmation);
  if (needs_confirmation) subscription.set_token(context.random().hex(256));
  const std::string arn = input.TopicArn_ + ":" + context.random().uuid();
  kSubscriptions.put(context.transaction(), subscription, arn);
  kTopicSubscriptions.put(context.transaction(), rows::Subscription(), input.TopicArn_, arn);
  if (needs_confirmation) startConfirmation(context, arn, subscription);
  output.SubscriptionArn_ = !needs_confirmation || tell_arn ? arn : "pending confirmation";
  return output;
}

base::Result<ConfirmSubscription::Output> confirmSubscription(dispatch::Context& context,
                                                              const ConfirmSubscription::Input& input) {
  // Whoever has the token may confirm. A link in a message carries no signature, so no region either.
  const bool authenticated = context.call().identity.kind != dispatch::Identity::Kind::Anonymous;
  if (authenticated) {
    auto topic = findTopic(context, input.TopicArn_);
    if (!topic.ok()) return std::move(topic).error();
  } else {
    TRY(checkArn(input.TopicArn_, "TopicArn"));
    if (!kTopics.has(context.transaction(), input.TopicArn_)) return topicNotFound();
  }
  for (const auto& entry : kTopicSubscriptions.scan(context.transaction(), {}, input.TopicArn_)) {
    store::KeyReader reader(entry.key);
    reader.text();
    reader.text();
    const std::string arn = reader.text().value_or("");
    auto subscription = kSubscriptions.get(context.transaction(), arn);
    if (!subscription || subscription->token().empty() || subscription->token() != input.Token_) continue;
    subscription->set_confirmed(true);
    subscription->set_confirmation_was_authenticated(authenticated);
    subscription->set_unsubscribe_needs_authentication(authenticated &&
                                                       input.AuthenticateOnUnsubscribe_.value_or("") == "true");
    kSubscriptions.put(context.transaction(), *subscription, arn);
    ConfirmSubscription::Output output;
    output.SubscriptionArn_ = arn;
    return output;
  }
  return invalidParameter("Token");
}

base::Result<Unsubscribe::Output> unsubscribe(dispatch::Context& context, const Unsubscribe::Input& input) {
  auto found = findSubscription(context, input.SubscriptionArn_);
  if (!found.ok()) {
    const bool no_id = std::count(input.SubscriptionArn_.begin(), input.SubscriptionArn_.end(), ':') == 5;
    if (no_id) return invalidParameter("SubscriptionId");
    if (found.error().code == "NotFound") return Unsubscribe::Output();
    return std::move(found).error();
  }
  const auto& [arn, subscription] = *found;
  const bool by_link = context.call().identity.kind == dispatch::Identity::Kind::Anonymous;
  if (!by_link || subscription.unsubscribe_needs_authentication()) {
    TRY(context.authorise("sns:Unsubscribe", subscription.topic_arn()));
  }
  if (!subscription.confirmed()) {
    return invalidParameter("This Amazon SNS subscription cannot be deleted because it is pending confirmation.");
  }
  kSubscriptions.erase(context.transaction(), arn);
  kTopicSubscriptions.erase(context.transaction(), subscription.topic_arn(), arn);
  if (auto topic = kTopics.get(context.transaction(), subscription.topic_arn())) {
    topic->set_subscriptions_deleted(topic->subscriptions_deleted() + 1);
    kTopics.put(context.transaction(), *topic, subscription.topic_arn());
  }
  return Unsubscribe::Output();
}

base::Result<GetSubscriptionAttributes::Output> getSubscriptionAttributes(
    dispatch::Context& context, const GetSubscriptionAttributes::Input& input) {
  TRY_ASSIGN(const auto found, findSubscription(context, input.SubscriptionArn_));
  const auto& [arn, subscription] = found;
  std::map<std::string, std::string> attributes(subscription.attributes().begin(), subscription.attributes().end());
  attributes.try_emplace("RawMessageDelivery", "false");
  if (attributes.contains("FilterPolicy")) attributes.try_emplace("FilterPolicyScope", "MessageAttributes");
  attributes["SubscriptionArn"] = arn;
  attributes["TopicArn"] = subscription.topic_arn();
  attributes["Protocol"] = subscription.protocol();
  attributes["Endpoint"] = subscription.endpoint();
  attributes["Owner"] = subscription.owner();
  attributes["SubscriptionPrincipal"] = subscription.principal();
  attributes["PendingConfirmation"] = subscription.confirmed() ? "false" : "true";
  attributes["ConfirmationWasAuthenticated"] = subscription.confirmation_was_authenticated() ? "true" : "false";
  GetSubscriptionAttributes::Output output;
  output.Attributes_ = std::move(attributes);
  return output;
}

base::Result<SetSubscriptionAttributes::Output> setSubscriptionAttributes(
    dispatch::Context& context, const SetSubscriptionAttributes::Input& input) {
  TRY_ASSIGN(auto found, findSubscription(context, input.SubscriptionArn_));
  auto& [arn, subscription] = found;
  const std::string value = input.AttributeValue_.value_or("");
  std::map<std::string, std::string> change = {{input.AttributeName_, value}};
  const auto scope = subscription.attributes().find("FilterPolicyScope");
  const bool filter = input.AttributeName_ == "FilterPolicy";
  if (filter && scope != subscription.attributes().end()) change.insert(*scope);
  TRY(checkAttributes(change, true));
  if (filter && value.empty()) {
    subscription.mutable_attributes()->erase("FilterPolicy");
    subscription.mutable_attributes()->erase("FilterPolicyScope");
  } else {
    (*subscription.mutable_attributes())[input.AttributeName_] = canonical(input.AttributeName_, value);
  }
  kSubscriptions.put(context.transaction(), subscription, arn);
  return SetSubscriptionAttributes::Output();
}

Subscription describe(const std::string& arn, const rows::Subscription& row) {
  Subscription out;
  out.SubscriptionArn_ = row.confirmed() ? arn : kPending;
  out.Owner_ = row.owner();
  out.Protocol_ = row.protocol();
  out.Endpoint_ = row.endpoint();
  out.TopicArn_ = row.topic_arn();
  return out;
}

/// The ARN after the table's name in a key of kSubscriptions.
std::string arnOfKey(const std::string& key) {
  store::KeyReader reader(key);
  reader.text();
  return reader.text().value_or("");
}

base::Result<ListSubscriptions::Output> listSubscriptions(dispatch::Context& context,
                                                          const ListSubscriptions::Input& input) {
  store::Key begin("sns.subscription");
  begin.addTextPrefix("arn:aws:sns:" + context.region() + ":" + context.account() + ":");
  store::Range range = store::Table<rows::Subscription>::prefixRange(begin.bytes());
  if (input.NextToken_ && !input.NextToken_->empty()) {
    range.begin = kSubscriptions.key(*input.NextToken_).bytes() + std::string(1, '\0');
  }
  const auto entries = kSubscriptions.scanRange(context.transaction(), range, {.limit = kPageSize + 1});
  ListSubscriptions::Output output;
  output.Subscriptions_.emplace();
  for (std::size_t i = 0; i < std::min(entries.size(), kPageSize); ++i) {
    output.Subscriptions_->push_back(describe(arnOfKey(entries[i].key), entries[i].record));
  }
  if (entries.size() > kPageSize) output.NextToken_ = arnOfKey(entries[kPageSize - 1].key);
  return output;
}

base::Result<ListSubscriptionsByTopic::Output> listSubscriptionsByTopic(dispatch::Context& context,
                                                                        const ListSubscriptionsByTopic::Input& input) {
  TRY(findTopic(context, input.TopicArn_));
  const std::string after = input.NextToken_ && !input.NextToken_->empty()
                                ? kTopicSubscriptions.key(input.TopicArn_, *input.NextToken_).bytes()
                                : "";
  const auto entries =
      kTopicSubscriptions.scanAfter(context.transaction(), after, {.limit = kPageSize + 1}, input.TopicArn_);
  ListSubscriptionsByTopic::Output output;
  output.Subscriptions_.emplace();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i == kPageSize) {
      output.NextToken_ = *output.Subscriptions_->back().SubscriptionArn_;
      break;
    }
    store::KeyReader reader(entries[i].key);
    reader.text();
    reader.text();
    const std::string arn = reader.text().value_or("");
    if (const auto row = kSubscriptions.get(context.transaction(), arn)) {
      output.Subscriptions_->push_back(describe(arn, *row));
    }
  }
  return output;
}

}  // namespace

void registerSubscriptions(dispatch::Registry& registry) {
  registry.add<Subscribe>(subscribe);
  registry.add<ConfirmSubscription>(confirmSubscription);
  registry.add<Unsubscribe>(unsubscribe);
  registry.add<GetSubscriptionAttributes>(getSubscriptionAttributes);
  registry.add<SetSubscriptionAttributes>(setSubscriptionAttributes);
  registry.add<ListSubscriptions>(listSubscriptions);
  registry.add<ListSubscriptionsByTopic>(listSubscriptionsByTopic);
}

}  // namespace thimble::services::sns
