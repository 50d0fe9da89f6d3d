// Starts a pipeline for API Gateway's Lambda proxy integration: the request is the event, the answer an HTTP answer.
//
// The pipeline is the body's "pipeline_name" if it has one, else the setting PIPELINE_NAME. A body that is no JSON (an
// IoT button's, a webhook's) starts the pipeline of the setting.
#include "functions/runtime/aws.h"
#include "functions/runtime/function.h"
#include "wire/shapes/codepipeline.h"

using namespace thimble;
using shapes::codepipeline::StartPipelineExecution;

namespace {

base::Json httpAnswer(int status, const base::Json& body) {
  return base::Json::object({{"statusCode", status},
                             {"headers", base::Json::object({{"Content-Type", "application/json"}})},
                             {"body", body.write()}});
}

std::string pipelineOf(const base::Json& event) {
  const auto body = base::Json::parse(event.stringAt("body"));
  const std::string asked = body.ok() ? body->stringAt("pipeline_name") : std::string();
  return asked.empty() ? function::setting("PIPELINE_NAME") : asked;
}

}  // namespace

int main() {
  return function::run([](const base::Json& event, const function::Context& context) {
    StartPipelineExecution::Input input;
    input.name_ = pipelineOf(event);
    if (input.name_.empty()) return httpAnswer(400, base::Json::object({{"message", "no pipeline_name is given"}}));
    auto output = function::aws::call<StartPipelineExecution>(input, context.remaining());
    if (!output.ok()) {
      const base::ApiError& error = output.error();
      const int status = error.code == "PipelineNotFoundException" ? 404
                         : error.code.starts_with("AccessDenied")  ? 403
                                                                   : 500;
      return httpAnswer(status, base::Json::object({{"error", error.code}, {"message", error.message}}));
    }
    return httpAnswer(200, base::Json::object({{"pipeline_name", input.name_},
                                               {"pipelineExecutionId", output->pipelineExecutionId_.value_or("")}}));
  });
}
