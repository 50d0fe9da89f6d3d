#include "services/cloudformation/resources/resource_type.h"

#include <gtest/gtest.h>

#include <variant>

#include "base/zip.h"
#include "services/cloudformation/resources/expression.h"
#include "services/cloudformation/resources/fit.h"
#include "services/cloudformation/resources/recipe.h"
#include "wire/shapes/model.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

Json json(std::string_view text) {
  auto parsed = Json::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed.ok() ? *parsed : Json();
}

TEST(ResourceTypes, EveryFileIsReadAndEveryCallIsAnOperationOfItsService) {
  const auto names = supportedResourceTypes();
  EXPECT_GT(names.size(), 30u);
  for (const std::string& name : names) {
    const ResourceType* type = findResourceType(name);
    ASSERT_NE(type, nullptr);
    EXPECT_FALSE(type->create.empty()) << name;
    for (const auto* steps : {&type->create, &type->update, &type->remove}) {
      for (const Step& step : *steps) {
        const shapes::Service* service = step.service.empty() ? nullptr : shapes::findService(step.service);
        if (service == nullptr) continue;  // Its service is not part of this build.
        const shapes::Operation* operation = service->findOperation(step.operation);
        ASSERT_NE(operation, nullptr) << name << " calls " << step.service << ":" << step.operation;
        if (!step.input.isObject() || operation->input == nullptr) continue;
        for (const auto& [member, value] : step.input.asObject()) {
          if (member[0] == '$') continue;
          bool known = false;
          for (const shapes::Member& candidate : operation->input->members) {
            known = known || strcasecmp(std::string(candidate.name).c_str(), member.c_str()) == 0;
          }
          EXPECT_TRUE(known) << name << ": " << step.operation << " has no member " << member;
        }
      }
    }
  }
}

TEST(Expressions, Cases) {
  const Json variables = json(R"({"P":{"A":"a","N":5,"L":["x","y"],"M":{"k":"v"},"T":[{"Key":"1"},{"Key":"2"}],"E":""},
      "O":{"A":"b","L":["x"],"T":[{"Key":"2"},{"Key":"3"}]},"Region":"eu-west-1","Name":"n"})");
  const std::pair<const char*, const char*> cases[] = {
      {R"("$P.A")", R"("a")"},
      {R"("$P.L.1")", R"("y")"},
      {R"("$P.Missing")", "missing"},
      {R"("arn:{$Region}:{$P.A}-{$P.N}")", R"("arn:eu-west-1:a-5")"},
      {R"("{$P.Missing}")", "missing"},
      {R"({"X":"$P.A","Y":"$P.Missing"})", R"({"X":"a"})"},
      {R"({"$or":["$P.Missing","$P.N"]})", "5"},
      {R"({"$if":["$P.A",1,2]})", "1"},
      {R"({"$if":["$P.E",1,null]})", "missing"},
      {R"({"$json":"$P.M"})", R"("{\"k\":\"v\"}")"},
      {R"({"$parse":"{\"a\":[1]}"})", R"({"a":[1]})"},
      {R"({"$parse":"$P.A"})", "missing"},
      {R"({"$minus":["$P.T","$O.T","Key"]})", R"([{"Key":"1"}])"},
      {R"({"$minus":["$P.L","$O.L",""]})", R"(["y"])"},
      {R"({"$changed":["A"]})", "true"},
      {R"({"$changed":["Q"]})", "false"},
      {R"({"$patch":{"/a":"A","/n":"N","/m":"Missing"}})",
       R"([{"op":"replace","path":"/a","value":"a"},{"op":"replace","path":"/n","value":"5"}])"},
      {R"({"$entries":"$P.M"})", R"([{"Key":"k","Value":"v"}])"},
      {R"({"$map":[[{"a":"1","b":2}],"a","b"]})", R"({"1":2})"},
      {R"({"$each":["$P.T",{"Id":"$I.Key"}]})", R"([{"Id":"1"},{"Id":"2"}])"},
      {R"({"$substitute":["<${k}>","$P.M"]})", R"("<v>")"},
      {R"({"$acl":"BucketOwnerRead"})", R"("bucket-owner-read")"},
      {R"({"$join":["/",{"$methodPath":"/a/b"}]})", R"("/~1a~1b")"},
      {R"({"$split":["a/b/c","/",-1]})", R"("c")"},
      {R"({"$list":"$P.L"})", R"("x,y")"},
      {R"({"$present":[{"op":"x","value":"$P.Missing"},"value"]})", "missing"},
      {R"({"$merge":["$P.M",{"j":1}]})", R"({"k":"v","j":1})"},
      {R"({"$omit":["$P.M",["k"]]})", "{}"},
  };
  for (const auto& [expression, expected] : cases) {
    const auto value = evaluateExpression(json(expression), variables);
    EXPECT_EQ(value ? value->write() : "missing", expected) << expression;
  }
}

TEST(Fit, MakesTheFormThatTheShapeAsksFor) {
  const shapes::Service* s3 = shapes::findService("s3");
  ASSERT_NE(s3, nullptr);
  const shapes::Shape& shape = *s3->findOperation("PutPublicAccessBlock")->input;
  auto fitted =
      fitToShape(json(R"({"Bucket":"b","PublicAccessBlockConfiguration":{"BlockPublicAcls":"true"}})"), shape);
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  EXPECT_EQ(fitted->write(), R"({"Bucket":"b","PublicAccessBlockConfiguration":{"BlockPublicAcls":true}})");
  auto refused = fitToShape(json(R"({"Bucket":"b","PublicAccessBlockConfiguration":{"Blocked":true}})"), shape);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "Encountered unsupported property Blocked");
  // A document where the API wants text.
  auto policy =
      fitToShape(json(R"({"Bucket":"b","Policy":{"Statement":[]}})"), *s3->findOperation("PutBucketPolicy")->input);
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ((*policy)["Policy"], Json(R"({"Statement":[]})"));
}

TEST(GeneratedNames, KeepWithinTheirLength) {
  const GeneratedName rule{.property = "Name", .length = 40};
  EXPECT_EQ(resourceName(rule, json(R"({"Name":"given"})"), "stack", "Topic", "ABCDEFGHIJKL", {}), "given");
  EXPECT_EQ(resourceName(rule, json("{}"), "stack", "Topic", "ABCDEFGHIJKL", {}), "stack-Topic-ABCDEFGHIJKL");
  const std::string long_name =
      resourceName(rule, json("{}"), std::string(60, 's'), std::string(60, 'l'), "ABCDEFGHIJKL", {});
  EXPECT_EQ(long_name.size(), 40u);
  EXPECT_EQ(long_name.substr(27), "-ABCDEFGHIJKL");
}

ResourceType bucketType() {
  return readResourceType(R"({"type":"AWS::T::Bucket","properties":{"Name":"replace","Tags":"update","Rules":"update"},
    "create":[{"call":"s3:CreateBucket","input":{"Bucket":"$Name"},"save":{"Made":true},"repeated":["Exists"]},
              {"call":"s3:PutBucketTagging","if":"$P.Tags","input":{"Bucket":"$Name","Tagging":{"TagSet":"$P.Tags"}}},
              {"call":"s3:HeadBucket","input":{"Bucket":"$Name"},"until":{"$equals":["$R.State","Active"]}}],
    "delete":[{"call":"s3:DeleteBucket","input":{"Bucket":"$Name"},"ignore":["NoSuchBucket"]}],
    "id":{"$if":["$S.Made","$Name",null]},"attributes":{"Arn":"arn:{$Name}"}})");
}

RecipeState stateOf(RecipeKind kind, std::string_view properties) {
  RecipeState state;
  state.kind = kind;
  state.properties = json(properties);
  state.surroundings = json(R"({"Name":"bucket-1","Token":"t"})");
  return state;
}

TEST(Recipe, GoesFromCallToCall) {
  const ResourceType type = bucketType();
  RecipeState state = stateOf(RecipeKind::Create, R"({"Tags":[{"Key":"a","Value":"b"}]})");
  Next next = advance(type, state, std::nullopt);
  ASSERT_TRUE(std::holds_alternative<NextCall>(next));
  EXPECT_EQ(std::get<NextCall>(next).operation, "CreateBucket");
  EXPECT_EQ(std::get<NextCall>(next).input.write(), R"({"Bucket":"bucket-1"})");
  EXPECT_EQ(physicalId(type, state), std::nullopt);
  next = advance(type, state, Outcome(Json::object()));
  EXPECT_EQ(physicalId(type, state), "bucket-1");
  EXPECT_EQ(std::get<NextCall>(next).operation, "PutBucketTagging");
  next = advance(type, state, Outcome(Json::object()));
  EXPECT_EQ(std::get<NextCall>(next).operation, "HeadBucket");
  next = advance(type, state, Outcome(json(R"({"State":"Pending"})")));
  EXPECT_EQ(std::get<NextCall>(next).operation, "HeadBucket");
  EXPECT_GT(std::get<NextCall>(next).delay_milliseconds, 0);
  next = advance(type, state, Outcome(json(R"({"State":"Active"})")));
  EXPECT_TRUE(std::holds_alternative<RecipeDone>(next));
  EXPECT_EQ(attributeValue(type, state, "Arn"), Json("arn:bucket-1"));
  EXPECT_EQ(attributeValue(type, state, "Nothing"), std::nullopt);
}

TEST(Recipe, AnErrorFailsUnlessTheStepIgnoresIt) {
  const ResourceType type = bucketType();
  RecipeState state = stateOf(RecipeKind::Create, "{}");
  (void)advance(type, state, std::nullopt);
  RecipeState again = state;
  const base::ApiError exists{"Exists", "It is there.", 409};
  Next next = advance(type, state, Outcome(exists));
  ASSERT_TRUE(std::holds_alternative<RecipeFailed>(next));
  EXPECT_EQ(std::get<RecipeFailed>(next).reason,
            "Resource handler returned message: \"It is there. (Service: S3, Status Code: 409, Request ID: t)\" "
            "(RequestToken: t, HandlerErrorCode: AlreadyExists)");
  // After a lost call the same error means that the call had been done.
  again.lost = true;
  next = advance(type, again, Outcome(exists));
  ASSERT_TRUE(std::holds_alternative<NextCall>(next));
  EXPECT_EQ(physicalId(type, again), "bucket-1");

  RecipeState gone = stateOf(RecipeKind::Delete, "{}");
  (void)advance(type, gone, std::nullopt);
  EXPECT_TRUE(
      std::holds_alternative<RecipeDone>(advance(type, gone, Outcome(base::ApiError{"NoSuchBucket", "", 404}))));
}

TEST(Recipe, KnowsWhetherItHasOnlyLooked) {
  const ResourceType type = readResourceType(R"({"type":"AWS::T::Bucket","properties":{"Tags":"update"},
    "update":[{"fail_if":{"$not":"$P.Tags"}},{"call":"s3:GetBucketTagging","input":{"Bucket":"$Name"}},
              {"call":"s3:PutBucketTagging","input":{"Bucket":"$Name"}},{"fail_if":"$P.Tags"}]})");
  RecipeState state = stateOf(RecipeKind::Update, "{}");
  EXPECT_TRUE(std::holds_alternative<RecipeFailed>(advance(type, state, std::nullopt)));
  EXPECT_TRUE(onlyLooked(type, state));
  state = stateOf(RecipeKind::Update, R"({"Tags":["a"]})");
  (void)advance(type, state, std::nullopt);
  EXPECT_TRUE(onlyLooked(type, state));
  (void)advance(type, state, Outcome(Json::object()));
  EXPECT_FALSE(onlyLooked(type, state));
  EXPECT_TRUE(std::holds_alternative<RecipeFailed>(advance(type, state, Outcome(Json::object()))));
  EXPECT_FALSE(onlyLooked(type, state));
}

TEST(ResourceTypes, APropertysChangeMayNeedAReplacementOrNot) {
  const ResourceType type = readResourceType(R"({"type":"AWS::T::Bucket","properties":{"Name":"replace","Tags":"update",
    "Rules":{"replace_if":{"$minus":["$O.Rules","$P.Rules",""]}}}})");
  const struct {
    const char* name;
    const char* before;
    const char* after;
    bool replaced;
  } cases[] = {
      {"Name", R"({"Name":"a"})", R"({"Name":"b"})", true},
      {"Name", R"({"Name":"a"})", R"({"Name":"a","Tags":["t"]})", false},
      {"Tags", R"({"Tags":["s"]})", R"({"Tags":["t"]})", false},
      {"Rules", R"({"Rules":["a"]})", R"({"Rules":["a","b"]})", false},
      {"Rules", R"({"Rules":["a","b"]})", R"({"Rules":["a"]})", true},
      {"Rules", "{}", R"({"Rules":["a"]})", false},
      {"Unknown", "{}", R"({"Unknown":1})", false},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(needsReplacement(type, each.name, json(each.before), json(each.after)), each.replaced) << each.after;
  }
  EXPECT_THROW(readResourceType(R"({"type":"AWS::T::Bucket","properties":{"Rules":{"replace":true}}})"),
               std::runtime_error);
}

TEST(Recipe, RefusesUnknownPropertiesByName) {
  EXPECT_EQ(checkProperties(bucketType(), json(R"({"Foo":1})")), "Encountered unsupported property Foo");
  EXPECT_EQ(checkProperties(bucketType(), json(R"({"Tags":[]})")), std::nullopt);
}

TEST(Zip, HoldsOneFile) {
  const std::string zip = base::zipOf("index.py", "print(1)\n");
  EXPECT_EQ(zip.substr(0, 4), "PK\x03\x04");
  EXPECT_NE(zip.find("index.pyprint(1)\n"), std::string::npos);
  EXPECT_EQ(zip, base::zipOf("index.py", "print(1)\n"));
}

}  // namespace
}  // namespace thimble::services::cloudformation
