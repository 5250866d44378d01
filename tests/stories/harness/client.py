"""Runs the steps of a story in the environment of its clients, unpatched.

Started by `session.py` with a file that holds the steps. Tells the server which step runs, so that
it can tell whose calls it sees, and prints what each step raised.
"""

import json
import sys
import traceback
import types
import urllib.request
from pathlib import Path
from typing import Any


def main(given: str) -> None:
    """Run all steps, also after one that fails."""
    story: dict[str, Any] = json.loads(Path(given).read_text("utf-8"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    # Values of the environment, which stories import.
    place = sys.modules["place"] = types.ModuleType("place")
    vars(place).update(story["place"])
    names: dict[str, Any] = {"__name__": "__main__"}
    # As IPython does for a notebook.
    for file in sorted((Path.home() / ".ipython/profile_default/startup").glob("*.py")):
        exec(compile(file.read_text("utf-8"), str(file), "exec"), names)
    raised: list[str] = []
    for number, step in enumerate(story["steps"]):
        with opener.open(f"{story['url']}/_story/{story['key']}/{number}"):
            pass
        # Tracebacks name the lines of the story.
        code = "\n" * step["line"] + step["code"]
        problem = ""
        try:
            exec(compile(code, story["path"], "exec"), names)
        except BaseException:
            problem = traceback.format_exc(limit=-6)
        raised.append(problem)
    Path(given).with_suffix(".raised.json").write_text(json.dumps(raised), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
