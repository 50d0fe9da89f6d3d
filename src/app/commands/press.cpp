// thimble press: presses the button of a stack, by the same request that any client makes, and tells how it went.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "app/commands/commands.h"
#include "app/local_client.h"

namespace thimble::app {
namespace {

using base::Json;

struct Options {
  std::uint16_t port = 4566;
  std::string stack = "start-button";
  std::string region = regionOfEnvironment();
  std::string name;
  std::vector<std::string> fields;
  bool wait = true;
};

std::string namedValue(const Json& list, std::string_view key_member, std::string_view value_member,
                       std::string_view key) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].stringAt(key_member) == key) return list[i].stringAt(value_member);
  }
  return {};
}

int fail(const std::string& message) {
  std::cerr << "thimble press: " << message << "\n";
  return 1;
}

/// Waits for the execution's end and tells it.
int follow(LocalClient& client, const std::string& execution) {
  using std::chrono::milliseconds;
  for (milliseconds pause(5);; pause = std::min(pause * 2, milliseconds(500))) {
    auto answer = client.call("states", "DescribeExecution", Json::object({{"executionArn", execution}}));
    if (!answer.ok()) return fail(answer.error().message);
    const std::string status = answer->stringAt("status");
    if (status != "RUNNING") {
      std::cout << status << "\n";
      if (status == "SUCCEEDED") return 0;
      return fail(answer->stringAt("error", "no error") + ": " + answer->stringAt("cause"));
    }
    std::this_thread::sleep_for(pause);
  }
}

int press(const Options& options) {
  LocalClient client(options.port, options.region);
  auto stacks = client.call("cloudformation", "DescribeStacks", Json::object({{"StackName", options.stack}}));
  if (!stacks.ok()) return fail(stacks.error().message + " (region " + options.region + ")");
  const Json& stack = (*stacks)["Stacks"][std::size_t{0}];
  const std::string url = namedValue(stack["Outputs"], "OutputKey", "OutputValue", "StartPipelineUrl");
  if (url.empty()) return fail("the stack " + options.stack + " has no output StartPipelineUrl");

  Json event = Json::object(
      {{"pipeline_name", namedValue(stack["Parameters"], "ParameterKey", "ParameterValue", "CodePipelineName")},
       {"notifier", "none"},
       {"message", "Started by thimble press."}});
  for (const std::string& field : options.fields) {
    const std::size_t equals = field.find('=');
    if (equals == std::string::npos) return fail("--field takes NAME=VALUE, not '" + field + "'");
    event.set(field.substr(0, equals), field.substr(equals + 1));
  }
  const std::string machine = namedValue(stack["Outputs"], "OutputKey", "OutputValue", "StepFunctionsStateMachine");
  Json body = event;
  if (!machine.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string name =
        options.name.empty()
            ? "press-" + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count())
            : options.name;
    body = Json::object({{"name", name}, {"stateMachineArn", machine}, {"input", event.write()}});
  }
  const std::size_t path = url.find('/', url.find("://") + 3);
  auto answer =
      client.request("POST", path == std::string::npos ? "/" : url.substr(path), body.write(), "application/json");
  if (!answer.ok()) return fail(answer.error().message);
  std::cout << answer->status << " " << answer->body << "\n";
  if (answer->status != 200) return 1;
  auto parsed = Json::parse(answer->body);
  const std::string execution = parsed.ok() ? parsed->stringAt("executionArn") : "";
  return execution.empty() || !options.wait ? 0 : follow(client, execution);
}

}  // namespace

void addPress(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("press", "Press the button of a stack");
  command->add_option("--stack", options->stack, "The stack with the button")->capture_default_str();
  command->add_option("--port", options->port, "Port of the server")->envname("THIMBLE_PORT")->capture_default_str();
  command->add_option("--region", options->region, "Region of the stack")->capture_default_str();
  command->add_option("--name", options->name, "Name of the execution (default: a new one)");
  command->add_option("--field", options->fields, "NAME=VALUE: a member of the input, for example notifier=Slack");
  command->add_flag("!--no-wait", options->wait, "Do not wait for the execution's end");
  command->callback([options, &run] { run = [options] { return press(*options); }; });
}

}  // namespace thimble::app
