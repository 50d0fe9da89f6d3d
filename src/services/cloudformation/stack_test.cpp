// Stacks end to end within a world in memory. The buckets are rows of a small stand-in for S3.
#include <gtest/gtest.h>

#include <set>

#include "dispatch/testing/test_world.h"
#include "services/cloudformation/change_sets.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/stack_process.h"
#include "services/cloudformation/stacks.h"
#include "wire/shapes/s3.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

/// Buckets as rows, with a name that cannot be created.
class Buckets {
 public:
  static constexpr store::Table<rows::StackNameRecord> kBuckets{"test.bucket"};

  /// Tags that are not taken at present.
  inline static std::set<std::string> refused;

  static void add(dispatch::Registry& registry) {
    registry.add<shapes::s3::CreateBucket>(
        [](dispatch::Context& context,
           const shapes::s3::CreateBucket::Input& input) -> base::Result<shapes::s3::CreateBucket::Output> {
          if (input.Bucket_.find("bad") != std::string::npos)
            return base::ApiError{"InvalidBucketName", "Bad name.", 400};
          if (kBuckets.has(context.transaction(), input.Bucket_))
            return base::ApiError{"BucketAlreadyExists", "Taken.", 409};
          kBuckets.put(context.transaction(), rows::StackNameRecord(), input.Bucket_);
          return shapes::s3::CreateBucket::Output{};
        });
    registry.add<shapes::s3::DeleteBucket>(
        [](dispatch::Context& context,
           const shapes::s3::DeleteBucket::Input& input) -> base::Result<shapes::s3::DeleteBucket::Output> {
          if (input.Bucket_.find("stuck") != std::string::npos)
            return base::ApiError{"BucketNotEmpty", "Not empty.", 409};
          kBuckets.erase(context.transaction(), input.Bucket_);
          return shapes::s3::DeleteBucket::Output{};
        });
    registry.add<shapes::s3::PutBucketTagging>(
        [](dispatch::Context& context,
           const shapes::s3::PutBucketTagging::Input& input) -> base::Result<shapes::s3::PutBucketTagging::Output> {
          rows::StackNameRecord record;
          for (const auto& tag : input.Tagging_.TagSet_)
            record.set_stack_id(record.stack_id() + tag.Key_ + "=" + tag.Value_ + ";");
          if (refused.count(record.stack_id()) != 0) return base::ApiError{"OperationAborted", "Not now.", 409};
          if (record.stack_id().find("fail=") != std::string::npos)
            return base::ApiError{"InvalidTag", "Bad tag.", 400};
          kBuckets.put(context.transaction(), record, input.Bucket_);
          return shapes::s3::PutBucketTagging::Output{};
        });
    // Takes five seconds.
    registry.addAsynchronous<shapes::s3::PutBucketVersioning>(
        [](std::shared_ptr<dispatch::AsyncContext> context, const shapes::s3::PutBucketVersioning::Input&,
           dispatch::Responder<shapes::s3::PutBucketVersioning::Output> respond) {
          context->environment().executor.postAt(context->now().plusMilliseconds(5'000), [respond] {
            respond(dispatch::Reply(shapes::s3::PutBucketVersioning::Output{}));
          });
        });
    registry.add<shapes::s3::DeleteBucketTagging>(
        [](dispatch::Context& context, const shapes::s3::DeleteBucketTagging::Input& input)
            -> base::Result<shapes::s3::DeleteBucketTagging::Output> {
          kBuckets.put(context.transaction(), rows::StackNameRecord(), input.Bucket_);
          return shapes::s3::DeleteBucketTagging::Output{};
        });
  }

  /// "name" or "name[tags]" of each bucket.
  static std::set<std::string> all(dispatch::TestWorld& world) {
    std::set<std::string> names;
    auto transaction = world.environment().store.begin();
    for (const auto& entry : kBuckets.scan(transaction, {})) {
      store::KeyReader key(entry.key);
      (void)key.text();
      std::string name = key.text().value_or("");
      if (!entry.record.stack_id().empty()) name += "[" + entry.record.stack_id() + "]";
      names.insert(name);
    }
    return names;
  }
};

class StackTest : public testing::Test {
 protected:
  StackTest() { begin(); }

  void begin() {
    registerOperations(world_.registry(), {[] { return std::string("http://localhost:4566"); }});
    Buckets::add(world_.registry());
    world_.kernel().addKind(std::string(kStackProcess), process_);
    world_.start();
  }

  Json call(const std::string& operation, Json input) {
    auto answer = world_.call("cloudformation", operation, std::move(input));
    if (!answer.ok()) return Json::object({{"Error", Json(answer.error().code + ": " + answer.error().message)}});
    world_.runFor(10'000);
    return answer->output;
  }

  Json create(const std::string& body, const std::string& name = "s") {
    return call("CreateStack", Json::object({{"StackName", Json(name)}, {"TemplateBody", Json(body)}}));
  }
  Json update(const std::string& body, const std::string& name = "s") {
    return call("UpdateStack", Json::object({{"StackName", Json(name)}, {"TemplateBody", Json(body)}}));
  }
  Json describe(const std::string& name = "s") {
    return call("DescribeStacks", Json::object({{"StackName", Json(name)}}))["Stacks"][std::size_t{0}];
  }
  std::string status(const std::string& name = "s") { return describe(name).stringAt("StackStatus"); }

  /// Events, oldest first: "A CREATE_COMPLETE" or "A CREATE_FAILED: reason".
  std::vector<std::string> events(const std::string& name = "s") {
    const Json list = call("DescribeStackEvents", Json::object({{"StackName", Json(name)}}))["StackEvents"];
    std::vector<std::string> out;
    for (const Json& event : list.asArray()) {
      std::string text = event.stringAt("LogicalResourceId") + " " + event.stringAt("ResourceStatus");
      if (event.contains("ResourceStatusReason")) text += ": " + event.stringAt("ResourceStatusReason");
      out.insert(out.begin(), text);
    }
    return out;
  }

  dispatch::TestWorld world_;
  StackProcess process_;
};

constexpr char kTwo[] = R"(
Resources:
  A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a}}
  B: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Sub "${A}-b"}}
Outputs:
  Url: {Value: !Sub "https://${B}.example", Export: {Name: url}}
  Api: {Value: "https://abc123.execute-api.us-east-1.amazonaws.com/Prod/x"}
)";

TEST_F(StackTest, CreatesInOrderAndDeletesBackwards) {
  const Json created = create(kTwo);
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a", "a-b"}));
  const Json outputs = describe()["Outputs"];
  EXPECT_EQ(outputs[std::size_t{0}]["OutputValue"], Json("https://a-b.example"));
  EXPECT_EQ(outputs[1]["OutputValue"], Json("http://localhost:4566/restapis/abc123/Prod/_user_request_/x"));
  EXPECT_EQ(events(),
            (std::vector<std::string>{"s CREATE_IN_PROGRESS: User Initiated", "A CREATE_IN_PROGRESS",
                                      "A CREATE_IN_PROGRESS: Resource creation Initiated", "A CREATE_COMPLETE",
                                      "B CREATE_IN_PROGRESS", "B CREATE_IN_PROGRESS: Resource creation Initiated",
                                      "B CREATE_COMPLETE", "s CREATE_COMPLETE"}));
  call("DeleteStack", Json::object({{"StackName", Json("s")}}));
  EXPECT_TRUE(Buckets::all(world_).empty());
  const std::string id = created.stringAt("StackId");
  EXPECT_EQ(status(id), "DELETE_COMPLETE");
  const auto all = events(id);
  EXPECT_EQ(
      (std::vector<std::string>(all.end() - 6, all.end())),
      (std::vector<std::string>{"s DELETE_IN_PROGRESS: User Initiated", "B DELETE_IN_PROGRESS", "B DELETE_COMPLETE",
                                "A DELETE_IN_PROGRESS", "A DELETE_COMPLETE", "s DELETE_COMPLETE"}));
  EXPECT_EQ(call("DescribeStacks", Json::object({{"StackName", Json("s")}}))["Error"],
            Json("ValidationError: Stack with id s does not exist"));
}

TEST_F(StackTest, AFailedCreateRollsBack) {
  create(
      R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a}}, B: {Type: "AWS::S3::Bucket", DependsOn: A, Properties: {BucketName: bad}}})");
  EXPECT_EQ(status(), "ROLLBACK_COMPLETE");
  EXPECT_TRUE(Buckets::all(world_).empty());
  const auto all = events();
  EXPECT_EQ(all[5].substr(0, 64), "B CREATE_FAILED: Resource handler returned message: \"Bad name. (");
  EXPECT_EQ(all[6],
            "s ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [B]. Rollback requested by user.");
}

TEST_F(StackTest, TypesThatAreNotHereAreRefusedBeforeAnythingIsMade) {
  const Json refused(
      "ValidationError: Template format error: Unrecognized resource types: [AWS::EC2::VPC, Not::A::Type]");
  const std::string body =
      R"(Resources: {A: {Type: "AWS::S3::Bucket"}, B: {Type: "Not::A::Type"}, C: {Type: "AWS::EC2::VPC"}})";
  EXPECT_EQ(create(body)["Error"], refused);
  EXPECT_EQ(call("ValidateTemplate", Json::object({{"TemplateBody", Json(body)}}))["Error"], refused);
  EXPECT_EQ(call("CreateChangeSet", Json::object({{"StackName", "s"},
                                                  {"ChangeSetName", "c"},
                                                  {"ChangeSetType", "CREATE"},
                                                  {"TemplateBody", Json(body)}}))["Error"],
            refused);
  EXPECT_TRUE(Buckets::all(world_).empty());
  // What the conditions leave out does not matter.
  create(
      R"(Conditions: {Never: {"Fn::Equals": [a, b]}}
Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a}}, C: {Type: "AWS::EC2::VPC", Condition: Never}})");
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  EXPECT_EQ(update(body)["Error"], refused);
  EXPECT_EQ(status(), "CREATE_COMPLETE");
}

TEST_F(StackTest, AnUnsupportedPropertyFailsByName) {
  create(R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {Colour: red}}})", "t");
  EXPECT_EQ(events("t")[2], "A CREATE_FAILED: Encountered unsupported property Colour");
}

TEST_F(StackTest, UpdatesInPlaceReplacesAndCleansUp) {
  create(
      R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a}}, B: {Type: "AWS::S3::Bucket", Properties: {BucketName: b}}, C: {Type: "AWS::S3::Bucket", Properties: {BucketName: c}}})");
  update(
      R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a, Tags: [{Key: k, Value: v}]}}, B: {Type: "AWS::S3::Bucket", Properties: {BucketName: b2}}})");
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a[k=v;]", "b2"}));
  const auto all = events();
  EXPECT_NE(std::find(all.begin(), all.end(),
                      "B UPDATE_IN_PROGRESS: Requested update requires the creation of a new physical resource; hence "
                      "creating one."),
            all.end());
  EXPECT_EQ(all.back(), "s UPDATE_COMPLETE");
  EXPECT_EQ(
      update(
          R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a, Tags: [{Key: k, Value: v}]}}, B: {Type: "AWS::S3::Bucket", Properties: {BucketName: b2}}})")
          ["Error"],
      Json("ValidationError: No updates are to be performed."));
}

TEST_F(StackTest, AFailedUpdateRestoresWhatWas) {
  create(
      R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a, Tags: [{Key: old, Value: v}]}}, B: {Type: "AWS::S3::Bucket", Properties: {BucketName: b}}})");
  update(
      R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a, Tags: [{Key: new, Value: v}]}}, B: {Type: "AWS::S3::Bucket", DependsOn: A, Properties: {BucketName: b2}}, C: {Type: "AWS::S3::Bucket", DependsOn: B, Properties: {BucketName: c}}, D: {Type: "AWS::S3::Bucket", DependsOn: C, Properties: {BucketName: bad}}})");
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a[old=v;]", "b"}));
  // And the stack can be updated again.
  update(
      R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a}}, B: {Type: "AWS::S3::Bucket", Properties: {BucketName: b}}})");
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a", "b"}));
}

TEST_F(StackTest, AnUpdateThatIsRefusedHalfwayIsUndone) {
  create(R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a}}})");
  update(R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a, Tags: [{Key: fail, Value: v}]}}})");
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a"}));
}

/// Resources of every kind, with a tag and a name that an update changes: A updated, B replaced, C created, D that
/// fails.
std::string versionOf(const char* tag, const char* b, const char* more) {
  return std::string("Resources: {A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: a, Tags: [{Key: is, Value: ") +
         tag + "}]}}, B: {Type: 'AWS::S3::Bucket', DependsOn: A, Properties: {BucketName: " + b + "}}" + more + "}";
}
constexpr char kFailing[] =
    ", C: {Type: 'AWS::S3::Bucket', DependsOn: B, Properties: {BucketName: c}}"
    ", D: {Type: 'AWS::S3::Bucket', DependsOn: C, Properties: {BucketName: bad}}";

TEST_F(StackTest, AFailedRollbackIsContinued) {
  create(versionOf("old", "b", ""));
  // The new tag arrives, and then the bucket refuses the old one.
  Buckets::refused = {"is=old;"};
  update(versionOf("new", "b2", kFailing));
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_FAILED");
  EXPECT_EQ(describe().stringAt("StackStatusReason"), "The following resource(s) failed to update: [A]. ");
  // Once more it fails; then it goes through, and ends where the stack was.
  const Json input = Json::object({{"StackName", Json("s")}});
  call("ContinueUpdateRollback", input);
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_FAILED");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a[is=new;]", "b", "b2", "c"}));
  Buckets::refused.clear();
  call("ContinueUpdateRollback", input);
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a[is=old;]", "b"}));
  // What the stack says of its resources is what is there.
  update(versionOf("newer", "b", ""));
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a[is=newer;]", "b"}));
}

TEST_F(StackTest, AContinuedRollbackSkipsWhatItIsToldToSkip) {
  create(versionOf("old", "b", ""));
  Buckets::refused = {"is=old;"};
  update(versionOf("new", "b2", kFailing));
  call("ContinueUpdateRollback",
       Json::object({{"StackName", Json("s")}, {"ResourcesToSkip", Json::array({Json("A")})}}));
  Buckets::refused.clear();
  EXPECT_EQ(status(), "UPDATE_ROLLBACK_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a[is=new;]", "b"}));
}

/// Callers outside get their answer when the stack is done, or after a second.
TEST_F(StackTest, AnAnswerWaitsForAFastStack) {
  const auto begin = [this](const char* name, const char* body) {
    dispatch::Call call;
    call.identity = dispatch::Identity::root("000000000000");
    call.account = "000000000000";
    call.region = "us-east-1";
    call.service = "cloudformation";
    call.operation = "CreateStack";
    call.input = Json::object({{"StackName", Json(name)}, {"TemplateBody", Json(body)}});
    call.source_ip = "127.0.0.1";
    auto answered = std::make_shared<bool>(false);
    world_.doorway().call(std::move(call), [answered](const dispatch::CallOutcome& outcome) {
      EXPECT_TRUE(outcome.ok());
      *answered = true;
    });
    return answered;
  };
  const auto fast = begin("fast", kTwo);
  EXPECT_FALSE(*fast);
  while (!*fast) ASSERT_TRUE(world_.executor().runOne());
  EXPECT_EQ(status("fast"), "CREATE_COMPLETE");

  const auto slow = begin(
      "slow", R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {VersioningConfiguration: {Status: Enabled}}}})");
  world_.runFor(999);
  EXPECT_FALSE(*slow);
  world_.runFor(1);
  EXPECT_TRUE(*slow);
  const auto stack = [this] {
    return world_.call("cloudformation", "DescribeStacks", Json::object({{"StackName", Json("slow")}}))
        ->output["Stacks"][std::size_t{0}]
        .stringAt("StackStatus");
  };
  EXPECT_EQ(stack(), "CREATE_IN_PROGRESS");
  world_.runFor(4'000);
  EXPECT_EQ(stack(), "CREATE_COMPLETE");
}

TEST_F(StackTest, RetainedResourcesStayAndFailedDeletesAreNamed) {
  const std::string id =
      create(
          R"(Resources: {A: {Type: "AWS::S3::Bucket", DeletionPolicy: Retain, Properties: {BucketName: kept}}, B: {Type: "AWS::S3::Bucket", Properties: {BucketName: stuck}}})")
          .stringAt("StackId");
  call("DeleteStack", Json::object({{"StackName", Json("s")}}));
  EXPECT_EQ(status(), "DELETE_FAILED");
  EXPECT_EQ(describe().stringAt("StackStatusReason"), "The following resource(s) failed to delete: [B]. ");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"kept", "stuck"}));
  call("DeleteStack", Json::object({{"StackName", Json("s")}, {"RetainResources", Json::array({Json("B")})}}));
  EXPECT_EQ(status(id), "DELETE_COMPLETE");
}

TEST_F(StackTest, AChangeSetShowsAndMakesTheChange) {
  const auto changeSet = [&](const char* type, const std::string& body) {
    return call("CreateChangeSet", Json::object({{"StackName", Json("s")},
                                                 {"ChangeSetName", Json("c")},
                                                 {"ChangeSetType", Json(type)},
                                                 {"TemplateBody", Json(body)}}));
  };
  const Json first = changeSet("CREATE", kTwo);
  EXPECT_EQ(status(), "REVIEW_IN_PROGRESS");
  call("ExecuteChangeSet", Json::object({{"ChangeSetName", first["Id"]}}));
  EXPECT_EQ(status(), "CREATE_COMPLETE");
  const Json same = changeSet("UPDATE", kTwo);
  const Json described = call("DescribeChangeSet", Json::object({{"ChangeSetName", same["Id"]}}));
  EXPECT_EQ(described.stringAt("Status"), "FAILED");
  EXPECT_EQ(described.stringAt("StatusReason"),
            "The submitted information didn't contain changes. Submit different information to create a change set.");
  call("DeleteChangeSet", Json::object({{"ChangeSetName", same["Id"]}}));
  const Json next = changeSet("UPDATE", R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: a2}}})");
  const Json changes = call("DescribeChangeSet", Json::object({{"ChangeSetName", next["Id"]}}))["Changes"];
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[std::size_t{0}]["ResourceChange"].stringAt("Replacement"), "True");
  EXPECT_EQ(changes[1]["ResourceChange"].stringAt("Action"), "Remove");
  call("ExecuteChangeSet", Json::object({{"ChangeSetName", next["Id"]}}));
  EXPECT_EQ(status(), "UPDATE_COMPLETE");
  EXPECT_EQ(Buckets::all(world_), (std::set<std::string>{"a2"}));
}

TEST_F(StackTest, ExportsInUseStay) {
  create(kTwo);
  create(
      R"(Resources: {A: {Type: "AWS::S3::Bucket", Properties: {BucketName: user, Tags: [{Key: u, Value: !ImportValue url}]}}})",
      "t");
  EXPECT_EQ(status("t"), "CREATE_COMPLETE");
  call("DeleteStack", Json::object({{"StackName", Json("s")}}));
  EXPECT_EQ(status(), "DELETE_FAILED");
  EXPECT_EQ(describe().stringAt("StackStatusReason"), "Export url cannot be deleted as it is in use by t");
  call("DeleteStack", Json::object({{"StackName", Json("t")}}));
  call("DeleteStack", Json::object({{"StackName", Json("s")}}));
  EXPECT_TRUE(Buckets::all(world_).empty());
}

/// After every number of steps of the world: a kill, then on to the end. Nothing is doubled, nothing is lost.
TEST_F(StackTest, AKillAtAnyStepChangesNothing) {
  for (int steps = 0;; ++steps) {
    const std::string name = "s" + std::to_string(steps);
    const std::string body =
        "Resources: {A: {Type: 'AWS::S3::Bucket'}, B: {Type: 'AWS::S3::Bucket', Properties: {Tags: "
        "[{Key: of, Value: !Ref A}]}}}";
    auto answer = world_.call("cloudformation", "CreateStack",
                              Json::object({{"StackName", Json(name)}, {"TemplateBody", Json(body)}}));
    ASSERT_TRUE(answer.ok());
    int done = 0;
    while (done < steps && world_.executor().runOne()) ++done;
    world_.crash();
    begin();
    world_.runFor(10'000);
    ASSERT_EQ(status(name), "CREATE_COMPLETE") << "killed after " << steps << " steps";
    ASSERT_EQ(Buckets::all(world_).size(), 2u) << "killed after " << steps << " steps";
    call("DeleteStack", Json::object({{"StackName", Json(name)}}));
    ASSERT_TRUE(Buckets::all(world_).empty());
    if (done < steps) break;
  }
}

}  // namespace
}  // namespace thimble::services::cloudformation
