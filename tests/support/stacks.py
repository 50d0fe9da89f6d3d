"""What tests of stacks share."""
import time


def wait_for_stack(formation, name, wanted):
    """The stack's outputs by key, when it is in the status that is wanted."""
    deadline = time.monotonic() + 60
    while True:
        stack = formation.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            assert stack["StackStatus"] == wanted, formation.describe_stack_events(StackName=name)["StackEvents"][:6]
            return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        assert time.monotonic() < deadline
        time.sleep(0.1)
