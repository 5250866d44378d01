"""Secrets that exist before a deployment: templates refer to them by name.

People create them, such as the token of `model_registry.promotion`. A rehearsal creates
placeholders, so that what refers to them can be deployed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

from operations.assembly import Assembly
from operations.rehearsal.rehearsal import Rehearsal

# CloudFormation User Guide, "Secrets Manager secrets": dynamic references by name.
_REFERENCE = re.compile(
    r"\{\{resolve:secretsmanager:(?P<name>[\w/+=.@-]+):SecretString:(?P<key>[\w-]*)[^}]*\}\}"
)
_Secrets = dict[tuple[str, str, str], dict[str, str]]


@contextmanager
def placeholder_secrets(rehearsal: Rehearsal, assembly: Assembly) -> Iterator[None]:
    """Create the secrets that templates of an assembly refer to, and delete them afterwards.

    Args:
        rehearsal: a running rehearsal.
        assembly: its environments.
    """
    found = _referred(assembly)
    for (account, region, name), content in found.items():
        client = _client(rehearsal, account, region)
        client.create_secret(Name=name, SecretString=json.dumps(content))
        rehearsal.say(f"Created a placeholder of the secret {name} in {account}.")
    try:
        yield
    finally:
        for account, region, name in found:
            client = _client(rehearsal, account, region)
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def _referred(assembly: Assembly) -> _Secrets:
    """Return the secrets by account, region and name, with a value for each key."""
    found: _Secrets = {}
    for stack in assembly.stacks():
        for text in _texts(stack.template()):
            for match in _REFERENCE.finditer(text):
                secret = found.setdefault((stack.account, stack.region, match["name"]), {})
                secret[match["key"]] = "rehearsal"
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _client(rehearsal: Rehearsal, account: str, region: str) -> Any:
    return boto3.client(
        "secretsmanager",
        region_name=region,
        endpoint_url=rehearsal.emulator.url,
        # The emulator takes any credentials; the key is the account.
        aws_access_key_id=account,
        aws_secret_access_key=account,
    )
