"""Synthesizes environments into a folder, unchecked, and counts the calls that build each."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jsii._kernel.providers.process import _NodeProcess

from stacks.crossings import remember_answers
from stacks.environment import EnvironmentStage
from stacks.loading import load_environments
from stacks.synthesis import new_app

calls = Counter[str]()
building = ""
send = _NodeProcess.send


def counted(self: Any, *arguments: Any) -> Any:
    calls[building] += 1
    return send(self, *arguments)


remember_answers()
with patch.object(_NodeProcess, "send", counted):
    app = new_app(Path(sys.argv[1]))
    for environment in load_environments(files=sys.argv[2:]):
        building = environment.name
        EnvironmentStage(app, environment)
app.synth()
print(json.dumps(calls))
