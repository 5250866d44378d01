"""Runs cfn-lint on templates."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support import StackTemplate

# Actions of inference routers and policies of endpoints, which cfn-lint does not know yet, and
# memberships of projects, whose schema leaves the member out of the primary identifier.
_FALSE = re.compile(
    r"\s*(W3037 '\w+(inferencerouter|inferencerouterasync|endpointpolicy)' is not one of"
    r"|E3019 Primary identifiers \{'DomainIdentifier': .*'ProjectIdentifier': )"
)
_CFN_LINT = Path(sys.executable).with_name("cfn-lint")


def lint(stacks: Iterable[StackTemplate], cache: pytest.Cache, name: str) -> str:
    """Return what cfn-lint finds.

    Templates that passed on this machine are not read again.

    Args:
        stacks: the stacks.
        cache: cache of the run.
        name: what the stacks have in common; part of the key in the cache.
    """
    key = f"cfn-lint/{version('cfn-lint')}/{name}"
    passed = set(cache.get(key, []))
    digests = {hashlib.sha256(one.file.read_bytes()).hexdigest(): one.file for one in stacks}
    changed = [file for digest, file in digests.items() if digest not in passed]
    if changed:
        run = subprocess.run(
            # W3005 judges how CDK orders its own custom resources.
            [_CFN_LINT, "--ignore-checks", "W3005", "--", *changed],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            found = [
                one for one in run.stdout.split("\n\n") if one.strip() and not _FALSE.match(one)
            ]
            if found or run.stderr:
                return "\n\n".join(found) + run.stderr
    cache.set(key, list(digests))
    return ""
