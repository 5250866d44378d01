"""What happens to the stack of a custom resource."""

from .calls import Caller, client


def is_deleted(caller: Caller, stack: str) -> bool:
    """Return whether CloudFormation deletes a stack, or rolls its creation back."""
    describe = client("cloudformation").describe_stacks
    answer = caller.call(f"stack {stack}", describe, StackName=stack)
    status = answer["Stacks"][0]["StackStatus"] if answer else ""
    return status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
