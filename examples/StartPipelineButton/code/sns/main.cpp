// Publishes the event's message to an SNS topic.
//
// Event: {"topic_arn": "arn:aws:sns:...", "message": "...", "subject": "..."} (the subject may be left out). The answer
// is the event with "sns": {"MessageId"}.
#include "functions/runtime/aws.h"
#include "functions/runtime/event.h"
#include "functions/runtime/function.h"
#include "wire/shapes/sns.h"

using namespace thimble;
using shapes::sns::Publish;

int main() {
  return function::run([](const base::Json& event, const function::Context& context) {
    Publish::Input input;
    input.TopicArn_ = function::requiredText(event, "topic_arn");
    input.Message_ = function::requiredText(event, "message");
    if (const std::string subject = event.stringAt("subject"); !subject.empty()) input.Subject_ = subject;
    auto output = function::aws::call<Publish>(input, context.remaining());
    if (!output.ok()) throw function::Error(output.error().code, output.error().message);
    base::Json result = event;
    result.set("sns", base::Json::object({{"MessageId", output->MessageId_.value_or("")}}));
    return result;
  });
}
