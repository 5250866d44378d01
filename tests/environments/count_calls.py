"""Synthesizes environments into a folder, unchecked, and counts the calls that build each."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

from stacks.crossings import remember_answers
from stacks.loading import load_environments
from stacks.synthesis import new_app, prepare_process


def main(folder: Path, files: list[str]) -> None:
    """Print the number of calls by environment."""
    prepare_process()
    # Not before: these start node.
    from jsii._kernel.providers.process import _NodeProcess

    from stacks.environment import EnvironmentStage

    calls = Counter[str]()
    building = ""
    send = _NodeProcess.send

    def counted(self: Any, *arguments: Any) -> Any:
        calls[building] += 1
        return send(self, *arguments)

    remember_answers()
    with patch.object(_NodeProcess, "send", counted):
        app = new_app(folder)
        for environment in load_environments(files=files):
            building = environment.name
            EnvironmentStage(app, environment)
    app.synth()
    print(json.dumps(calls))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
