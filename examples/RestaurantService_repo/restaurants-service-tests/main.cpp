// Tests a deployed restaurant service and answers the pipeline's action.
//
// Event: {"apiUrl": "https://...", "jobId": "..."}; without a jobId the report is only returned. What was tested and
// what failed is in the function's log, and the failure is the action's message too.
#include "api_tests.h"
#include "functions/runtime/aws.h"
#include "functions/runtime/event.h"
#include "functions/runtime/function.h"
#include "functions/runtime/http.h"
#include "wire/shapes/codepipeline.h"

namespace codepipeline = thimble::shapes::codepipeline;
using restaurants::Json;
using restaurants::Report;
using thimble::function::Context;
using thimble::function::log;

namespace {

constexpr std::size_t kLongestMessage = 5000;  // Of FailureDetails, CodePipeline API Reference.

std::string smallLettersAndDigits(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') out += c;
  }
  return out;
}

template <class Operation>
void answerJob(const typename Operation::Input& input, std::chrono::milliseconds timeout) {
  auto output = thimble::function::aws::call<Operation>(input, timeout);
  if (!output.ok()) throw thimble::function::Error(output.error().code, output.error().message);
}

void answerPipeline(const std::string& job_id, const Report& report, std::chrono::milliseconds timeout) {
  if (report.failure) {
    codepipeline::PutJobFailureResult::Input input;
    input.jobId_ = job_id;
    input.failureDetails_.type_ = "JobFailed";
    input.failureDetails_.message_ = report.failure->substr(0, kLongestMessage);
    answerJob<codepipeline::PutJobFailureResult>(input, timeout);
  } else {
    codepipeline::PutJobSuccessResult::Input input;
    input.jobId_ = job_id;
    answerJob<codepipeline::PutJobSuccessResult>(input, timeout);
  }
}

}  // namespace

int main() {
  return thimble::function::run([](const Json& event, const Context& context) {
    std::string url = thimble::function::requiredText(event, "apiUrl");
    while (url.ends_with('/')) url.pop_back();
    const restaurants::Send send = [&](const std::string& method, const std::string& path, const std::string& body) {
      thimble::function::HttpRequest request{method, url + path, {{"Content-Type", "application/json"}}, body};
      const thimble::function::HttpResponse response = thimble::function::fetch(request);
      return restaurants::Reply{response.status, response.body};
    };
    log("testing " + url);
    const Report report = restaurants::testApi(send, smallLettersAndDigits(context.request_id));
    Json passed = Json::array();
    for (const std::string& step : report.passed) {
      log("passed: " + step);
      passed.push(step);
    }
    if (report.failure) log("FAILED: " + *report.failure);
    const std::string job_id = event.stringAt("jobId");
    if (!job_id.empty()) answerPipeline(job_id, report, context.remaining());
    Json result = Json::object({{"passed", passed}});
    if (report.failure) result.set("failure", *report.failure);
    return result;
  });
}
