"""Synthesizes environments into a folder, unchecked, and counts the calls that build each."""

import json
import sys
from collections import Counter
from typing import Any
from unittest.mock import patch

from aws_cdk import App
from jsii._kernel.providers.process import _NodeProcess

from stacks import synthesis
from stacks.crossings import remember_answers
from stacks.environment import EnvironmentStage
from stacks.loading import load_environments

calls = Counter[str]()
building = ""
send = _NodeProcess.send


def counted(self: Any, *arguments: Any) -> Any:
    calls[building] += 1
    return send(self, *arguments)


remember_answers()
with patch.object(_NodeProcess, "send", counted):
    app = App(context=synthesis._configuration(), outdir=sys.argv[1])
    for environment in load_environments(files=sys.argv[2:]):
        building = environment.name
        EnvironmentStage(app, environment)
app.synth()
print(json.dumps(calls))
