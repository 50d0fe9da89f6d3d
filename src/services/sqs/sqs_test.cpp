#include <gtest/gtest.h>

#include "dispatch/testing/test_world.h"
#include "services/sqs/service.h"

namespace thimble::services::sqs {
namespace {

using base::Json;

class SqsTest : public testing::Test {
 protected:
  SqsTest() { connect(); }
  void connect() {
    service_ = std::make_unique<Service>([] { return std::string("http://localhost:4566"); });
    service_->registerWith(world_.registry(), world_.kernel());
    world_.start();
  }
  Json call(const std::string& operation, const std::string& input) {
    const auto json = Json::parse(input);
    EXPECT_TRUE(json.ok()) << input;
    auto answer = world_.call("sqs", operation, *json);
    if (!answer.ok()) return Json::object({{"error", answer.error().code + ": " + answer.error().message}});
    return answer->output;
  }
  std::string url(const std::string& name) { return "http://localhost:4566/000000000000/" + name; }
  void make(const std::string& name, const std::string& attributes = "{}") {
    const Json made = call("CreateQueue", R"({"QueueName":")" + name + R"(","Attributes":)" + attributes + "}");
    EXPECT_EQ(made.stringAt("QueueUrl"), url(name));
  }
  Json send(const std::string& name, const std::string& body, const std::string& more = "") {
    return call("SendMessage", R"({"QueueUrl":")" + url(name) + R"(","MessageBody":")" + body + "\"" + more + "}");
  }
  Json receive(const std::string& name, const std::string& more = "") {
    return call("ReceiveMessage", R"({"QueueUrl":")" + url(name) + "\"" + more + "}");
  }
  /// The bodies that one receive of up to ten gives.
  std::string bodies(const std::string& name) {
    std::string out;
    const Json messages = receive(name, R"(,"MaxNumberOfMessages":10)")["Messages"];
    for (std::size_t i = 0; i < messages.size(); ++i) out += messages[i].stringAt("Body") + " ";
    return out;
  }
  std::string handle(const Json& received) { return received["Messages"][std::size_t{0}].stringAt("ReceiptHandle"); }
  Json remove(const std::string& name, const std::string& receipt) {
    return call("DeleteMessage", R"({"QueueUrl":")" + url(name) + R"(","ReceiptHandle":")" + receipt + "\"}");
  }

  dispatch::TestWorld world_;
  std::unique_ptr<Service> service_;
};

TEST_F(SqsTest, AMessageIsHiddenOnceReceivedAndComesBack) {
  make("q", R"({"VisibilityTimeout":"30"})");
  EXPECT_EQ(send("q", "hello").stringAt("MD5OfMessageBody"), "5d41402abc4b2a76b9719d911017c592");
  const Json first = receive("q", R"(,"AttributeNames":["All"])");
  EXPECT_EQ(first["Messages"][std::size_t{0}]["Attributes"].stringAt("ApproximateReceiveCount"), "1");
  EXPECT_EQ(bodies("q"), "");
  world_.runFor(30'000);
  world_.crash();
  connect();
  const Json second = receive("q");
  EXPECT_EQ(second["Messages"][std::size_t{0}].stringAt("Body"), "hello");
  remove("q", handle(second));
  world_.runFor(31'000);
  EXPECT_EQ(bodies("q"), "");
}

TEST_F(SqsTest, DelayedMessagesWait) {
  make("q", R"({"DelaySeconds":"5"})");
  send("q", "a");
  send("q", "b", R"(,"DelaySeconds":0)");
  EXPECT_EQ(bodies("q"), "b ");
  world_.runFor(5'000);
  EXPECT_EQ(bodies("q"), "a ");
}

TEST_F(SqsTest, ALongPollEndsWithAMessageOrItsTime) {
  make("q");
  const std::int64_t began = world_.clock().now().milliseconds;
  EXPECT_FALSE(receive("q", R"(,"WaitTimeSeconds":5)").contains("Messages"));
  EXPECT_EQ(world_.clock().now().milliseconds - began, 5'000);
  send("q", "soon", R"(,"DelaySeconds":2)");
  EXPECT_EQ(receive("q", R"(,"WaitTimeSeconds":20)")["Messages"].size(), 1u);
  EXPECT_EQ(world_.clock().now().milliseconds - began, 7'000);

  bool answered = false;
  dispatch::Call call;
  call.identity = dispatch::Identity::root("000000000000");
  call.account = "000000000000";
  call.region = "us-east-1";
  call.service = "sqs";
  call.operation = "ReceiveMessage";
  call.input = Json::object({{"QueueUrl", url("q")}, {"WaitTimeSeconds", 20}});
  world_.doorway().call(call, [&](dispatch::CallOutcome outcome) {
    answered = true;
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->output["Messages"][std::size_t{0}].stringAt("Body"), "now");
  });
  world_.run();
  EXPECT_FALSE(answered);
  send("q", "now");
  world_.run();
  EXPECT_TRUE(answered);
}

TEST_F(SqsTest, FifoKeepsTheOrderOfGroupsAndTakesAMessageOnce) {
  make("q.fifo", R"({"FifoQueue":"true","ContentBasedDeduplication":"true"})");
  for (const char* body : {"a1", "a2", "a1"}) send("q.fifo", body, R"(,"MessageGroupId":"a")");
  send("q.fifo", "b1", R"(,"MessageGroupId":"b")");
  const Json first = receive("q.fifo");
  EXPECT_EQ(first["Messages"][std::size_t{0}].stringAt("Body"), "a1");
  EXPECT_EQ(bodies("q.fifo"), "b1 ");  // Group a is locked.
  remove("q.fifo", handle(first));
  EXPECT_EQ(bodies("q.fifo"), "a2 ");
  send("q.fifo", "a1", R"(,"MessageGroupId":"a")");
  world_.runFor(31'000);
  EXPECT_EQ(bodies("q.fifo"), "a2 b1 ");
  world_.runFor(300'000);
  send("q.fifo", "a1", R"(,"MessageGroupId":"a")");
  EXPECT_EQ(bodies("q.fifo"), "a2 b1 a1 ");
  EXPECT_EQ(remove("q.fifo", handle(first)).stringAt("error"), "");
}

TEST_F(SqsTest, WhatIsReceivedTooOftenGoesToTheDeadLetterQueue) {
  make("dead");
  make("q", R"({"VisibilityTimeout":"1","RedrivePolicy":
    "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":\"2\"}"})");
  const Json sent = send("q", "poison");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bodies("q"), "poison ");
    world_.runFor(1'000);
  }
  EXPECT_EQ(bodies("q"), "");
  const Json dead = receive("dead", R"(,"AttributeNames":["DeadLetterQueueSourceArn"])")["Messages"][std::size_t{0}];
  EXPECT_EQ(dead.stringAt("MessageId"), sent.stringAt("MessageId"));
  EXPECT_EQ(dead["Attributes"].stringAt("DeadLetterQueueSourceArn"), "arn:aws:sqs:us-east-1:000000000000:q");
}

TEST_F(SqsTest, ASlowMoveGoesOnAfterACrash) {
  const std::string dead = "arn:aws:sqs:us-east-1:000000000000:dead";
  make("dead");
  make("q", R"({"RedrivePolicy":"{\"deadLetterTargetArn\":\")" + dead + R"(\",\"maxReceiveCount\":1}"})");
  for (const char* body : {"a", "b", "c"}) send("q", body);
  for (int i = 0; i < 2; ++i) receive("q", R"(,"MaxNumberOfMessages":10,"VisibilityTimeout":0)");
  const std::string named = R"({"SourceArn":")" + dead + "\"";
  EXPECT_NE(call("StartMessageMoveTask", named + R"(,"MaxNumberOfMessagesPerSecond":1})").stringAt("TaskHandle"), "");
  world_.run();
  world_.crash();
  connect();
  EXPECT_EQ(bodies("q"), "a ");
  world_.runFor(10'000);
  EXPECT_EQ(bodies("q"), "b c ");
  const Json task = call("ListMessageMoveTasks", named + "}")["Results"][std::size_t{0}];
  EXPECT_EQ(task.stringAt("Status"), "COMPLETED");
  EXPECT_EQ(task["ApproximateNumberOfMessagesMoved"].asInt(), 3);
}

TEST_F(SqsTest, ADeadLetterQueueMustBeThereAndTakeWhatComes) {
  const std::string arn = "arn:aws:sqs:us-east-1:000000000000:";
  make("dead");
  make("closed", R"({"RedriveAllowPolicy":"{\"redrivePermission\":\"denyAll\"}"})");
  make("few",
       R"({"RedriveAllowPolicy":"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\")" + arn + R"(q\"]}"})");
  make("q");
  const auto set = [&](const std::string& target, const std::string& count) {
    const std::string policy = R"({\"deadLetterTargetArn\":\")" + target + R"(\",\"maxReceiveCount\":)" + count + "}";
    const std::string error = call("SetQueueAttributes", R"({"QueueUrl":")" + url("q") +
                                                             R"(","Attributes":{"RedrivePolicy":")" + policy + "\"}}")
                                  .stringAt("error");
    const std::size_t reason = error.find("Reason: ");
    return reason == std::string::npos ? error : error.substr(reason + 8);
  };
  EXPECT_EQ(set(arn + "dead", "1000"), "");
  EXPECT_EQ(set(arn + "few", R"(\"3\")"), "");
  EXPECT_EQ(set("dead", "3"), "Invalid value for deadLetterTargetArn.");
  EXPECT_EQ(set(arn + "none", "3"), "Dead letter target does not exist.");
  EXPECT_EQ(set(arn + "closed", "3"), "Dead letter target does not allow this source queue.");
  EXPECT_EQ(set(arn + "dead", "0"),
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.");
}

TEST_F(SqsTest, MessageAttributesAreChecked) {
  make("q");
  const auto error = [&](const std::string& name, const std::string& type, const std::string& value) {
    return send("q", "m",
                R"(,"MessageAttributes":{")" + name + R"(":{"DataType":")" + type + R"(","StringValue":")" + value +
                    "\"}}")
        .stringAt("error");
  };
  EXPECT_EQ(error("a.b-c_1", "Number.int", "-1.5e400"), "");
  for (const char* name : {"", "a b", ".a", "a.", "a..b", "AWS.a", "amazon.a"})
    EXPECT_NE(error(name, "String", "x"), "");
  EXPECT_EQ(error("a", "Number", "many"),
            "InvalidParameterValueException: Can't cast the value of message (user) attribute 'a' to a number.");
  EXPECT_NE(error("a", "String", "\\u0001"), "");
}

TEST_F(SqsTest, AttributesHaveAwsDigest) {
  make("q");
  const Json sent = send("q", "test", R"(,"MessageAttributes":{"timestamp":{"StringValue":"1493147359900",
    "DataType":"Number"}})");
  EXPECT_EQ(sent.stringAt("MD5OfMessageAttributes"), "235c5c510d26fb653d073faed50ae77c");
  const Json message = receive("q", R"(,"MessageAttributeNames":["time.*"])")["Messages"][std::size_t{0}];
  EXPECT_EQ(message["MessageAttributes"]["timestamp"].stringAt("StringValue"), "1493147359900");
}

TEST_F(SqsTest, APurgedQueueIsEmptyAtOnce) {
  make("q");
  for (int i = 0; i < 1200; ++i) send("q", "m");
  call("PurgeQueue", R"({"QueueUrl":")" + url("q") + "\"}");
  EXPECT_EQ(bodies("q"), "");
  world_.run();
  store::Transaction transaction = world_.environment().store.begin();
  EXPECT_TRUE(kMessages.scan(transaction, {}).empty());
  EXPECT_TRUE(kPlaces.scan(transaction, {}).empty());
}

TEST_F(SqsTest, RefusesWithAwsWords) {
  make("q");
  EXPECT_EQ(receive("none").stringAt("error"), "QueueDoesNotExist: The specified queue does not exist.");
  EXPECT_EQ(receive("q", R"(,"MaxNumberOfMessages":11)").stringAt("error"),
            "InvalidParameterValueException: Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be "
            "between 1 and 10, if provided.");
  EXPECT_EQ(call("CreateQueue", R"({"QueueName":"q","Attributes":{"DelaySeconds":"2"}})").stringAt("error"),
            "QueueNameExists: A queue already exists with the same name and a different value for attribute "
            "DelaySeconds");
  EXPECT_EQ(call("SetQueueAttributes", R"({"QueueUrl":")" + url("q") + R"(","Attributes":{"FifoQueue":"true"}})")
                .stringAt("error"),
            "InvalidAttributeName: Unknown Attribute FifoQueue.");
  EXPECT_EQ(
      call("DeleteMessageBatch", R"({"QueueUrl":")" + url("q") + R"(","Entries":[{"Id":"","ReceiptHandle":"x"}]})")
          .stringAt("error"),
      "InvalidBatchEntryId: A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
      "It can be at most 80 letters long.");
}

}  // namespace
}  // namespace thimble::services::sqs
