"""What exceeds quotas of Amazon DataZone is warned of."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from stacks.unified_studio.capability import UnifiedStudio
from tests.bad_settings import BASE, write


def nested(levels: int) -> str:
    """Return units below each other."""
    found = "{name: Last}"
    for level in range(levels - 1):
        found = f"{{name: N{level}, units: {{u{level}: {found}}}}}"
    return f"    units: {{top: {found}}}\n"


def roles(number: int) -> str:
    """Return a grant to roles."""
    arns = [f"{{role: 'arn:aws:iam::123456789012:role/r{n}'}}" for n in range(number)]
    return f"    grants: [{{may: create_projects, who: [{', '.join(arns)}]}}]\n"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (nested(5), None),
        (nested(6), "is on level 6, and AWS's quota is 5 levels"),
        (roles(20), None),
        (roles(21), "create_projects in the domain takes 21 grants"),
        # Two profiles: a grant for each.
        (
            roles(11) + "    profiles:\n"
            "      one: {name: One, preset: default}\n      two: {name: Two, preset: default}\n",
            "create_projects in the domain takes 22 grants",
        ),
        (
            "    units:\n" + "".join(f"      u{n}: {{name: U{n}}}\n" for n in range(501)),
            "there are 501 units, and AWS's quota is 500",
        ),
    ],
)
def test_quotas(lines: str, told: str | None, tmp_path: Path) -> None:
    [environment] = load_environments(
        files=[write(tmp_path, f"{BASE}unified_studio:\n  host:\n{lines}")]
    )
    studio = environment.find(UnifiedStudio)
    assert studio is not None
    quotas = [one for one in studio.warnings() if "quota" in one]
    assert len(quotas) == (told is not None)
    assert told is None or told in quotas[0]
