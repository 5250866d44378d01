"""The owner of a resource: an account and region, and the stack that asked for it."""

from dataclasses import dataclass

_GLOBAL_SERVICES = ("iam", "budgets", "ce", "organizations")


@dataclass(frozen=True)
class Owner:
    """Where a resource lives and which stack asked for it; the stack is empty for API calls."""

    account: str
    region: str
    stack: str
    logical_id: str

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in the account and region, of the partition `aws`."""
        region = "" if service in _GLOBAL_SERVICES else self.region
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"
