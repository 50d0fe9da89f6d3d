// Starts the pipeline that the event names, and hands the event on with the execution's id.
//
// Event: {"pipeline_name": "...", ...}. Errors are CodePipeline's own (PipelineNotFoundException,
// AccessDeniedException,
// ...), so that the state machine's Catch can tell them apart.
#include "functions/runtime/aws.h"
#include "functions/runtime/event.h"
#include "functions/runtime/function.h"
#include "wire/shapes/codepipeline.h"

using namespace thimble;
using shapes::codepipeline::StartPipelineExecution;

int main() {
  return function::run([](const base::Json& event, const function::Context& context) {
    StartPipelineExecution::Input input;
    input.name_ = function::requiredText(event, "pipeline_name");
    auto output = function::aws::call<StartPipelineExecution>(input, context.remaining());
    if (!output.ok()) throw function::Error(output.error().code, output.error().message);
    const std::string execution = output->pipelineExecutionId_.value_or("");
    function::log("started " + input.name_ + ": " + execution);
    base::Json answer = event;
    answer.set("pipelineExecutionId", execution);
    return answer;
  });
}
