#!/usr/bin/env python3
"""Presses the button: POSTs to the API of the stack start-button, as any program or webhook could.

Needs only Python's standard library and the AWS CLI, which tells the stack's outputs.
usage: api_call_sample.py [--stack start-button] [--pipeline RestaurantService_pipeline]
                          [--notifier Slack|Twilio|SNS|none] [--field NAME=VALUE ...]
"""
import argparse
import json
import subprocess
import time
import urllib.error
import urllib.request


def stack_outputs(stack: str) -> dict:
    text = subprocess.run(
        ["aws", "cloudformation", "describe-stacks", "--stack-name", stack, "--output", "json"],
        check=True, capture_output=True, text=True).stdout
    return {output["OutputKey"]: output["OutputValue"] for output in json.loads(text)["Stacks"][0]["Outputs"]}


def main() -> None:
    parser = argparse.ArgumentParser(description="Presses the button.")
    parser.add_argument("--stack", default="start-button")
    parser.add_argument("--pipeline", default="RestaurantService_pipeline")
    parser.add_argument("--notifier", default="none", help="Slack, Twilio, SNS or none")
    parser.add_argument("--field", action="append", default=[], metavar="NAME=VALUE",
                        help="further members of the input, for example channel=#builds or slack_token=xoxb-...")
    options = parser.parse_args()

    outputs = stack_outputs(options.stack)
    event = {"pipeline_name": options.pipeline, "notifier": options.notifier,
             "message": f"The pipeline {options.pipeline} has been started."}
    event.update(field.split("=", 1) for field in options.field)
    request = {
        "name": f"press-{int(time.time() * 1000)}",
        "stateMachineArn": outputs["StepFunctionsStateMachine"],
        "input": json.dumps(event),
    }
    call = urllib.request.Request(outputs["StartPipelineUrl"], data=json.dumps(request).encode(),
                                  headers={"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(call) as answer:
            print(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())
        raise SystemExit(1)


if __name__ == "__main__":
    main()
