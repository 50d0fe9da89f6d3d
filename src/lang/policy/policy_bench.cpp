// How long one decision takes once the documents are compiled.
#include <benchmark/benchmark.h>

#include "lang/policy/evaluate.h"

namespace thimble::lang::policy {
namespace {

constexpr const char* kDocument = R"({"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::artifacts/*"},
  {"Effect": "Allow", "Action": "states:StartExecution",
   "Resource": "arn:aws:states:eu-west-1:111122223333:stateMachine:Start*",
   "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}},
  {"Effect": "Allow", "Action": ["logs:Create*", "logs:PutLogEvents"], "Resource": "*"},
  {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]})";

Request request() {
  Request request;
  request.principal.arn = "arn:aws:sts::111122223333:assumed-role/R/S";
  request.principal.issuer_arn = "arn:aws:iam::111122223333:role/R";
  request.principal.account = "111122223333";
  request.action = "states:StartExecution";
  request.resource = "arn:aws:states:eu-west-1:111122223333:stateMachine:StartPipeline";
  request.keys.set("aws:RequestedRegion", "eu-west-1");
  request.keys.set("aws:PrincipalArn", "arn:aws:iam::111122223333:role/R");
  request.keys.set("aws:PrincipalAccount", "111122223333");
  return request;
}

void evaluateCompiled(benchmark::State& state) {
  const auto document = Document::parse(kDocument);
  PolicySet policies;
  policies.identity.push_back({"bench", *document});
  const Request asked = request();
  for (auto _ : state) {
    Evaluation evaluation = evaluate(asked, policies);
    if (!evaluation.allowed()) state.SkipWithError("not allowed");
    benchmark::DoNotOptimize(evaluation);
  }
}
BENCHMARK(evaluateCompiled);

void compileDocument(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Document::parse(kDocument));
}
BENCHMARK(compileDocument);

}  // namespace
}  // namespace thimble::lang::policy
