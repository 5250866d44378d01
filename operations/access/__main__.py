"""Says who can do what, and why not: ``python -m operations.access --environments dev``."""

import argparse
import json
from pathlib import Path

from operations.access.incomplete import incomplete_grants
from operations.access.matrix import matrix
from operations.access.report import as_json, report
from operations.access.world import World


def main() -> None:
    """Read the last synth and print the matrix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", default="", help="names, separated by commas")
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"), help="what synth wrote")
    parser.add_argument("--why", action="store_true", help="say also what allows a task")
    parser.add_argument(
        "--mismatches", action="store_true", help="only what is against the documentation"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with every check")
    given = parser.parse_args()
    # All environments are read: a role of one may reach resources of another.
    world = World.read(given.assembly)
    entries = matrix(world, [name for name in given.environments.split(",") if name])
    if given.json:
        print(json.dumps(as_json(entries), indent=2))
    else:
        print(report(entries, why=given.why, mismatches=given.mismatches))
        for finding in incomplete_grants(world):
            print(f"allows nothing: {finding}")
    for place in sorted(set(world.unresolved)):
        print(f"not resolved: {place}")


if __name__ == "__main__":
    main()
