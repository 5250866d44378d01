"""Many environments, shared out among processes: each makes an assembly, which become one."""

import atexit
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from stacks.settings import EnvironmentSettings

# So few are made faster by one process, which starts once.
_FEW = 4
# A process never gives back what it made; then it ends, and the next one starts small.
_MOST = 16

# The plug-in whose report goes through the stacks.
_STACK_BY_STACK = "CloudFormation Validate"

Make = Callable[[Sequence[EnvironmentSettings], Path], None]


class ShareError(Exception):
    """A process ended before its share was made; it has said why."""


def are_shared(count: int) -> bool:
    """Tell whether so many environments are made by several processes."""
    return count > _FEW


def make_in_shares(environments: Sequence[EnvironmentSettings], outdir: Path, make: Make) -> None:
    """Make environments in as many processes as there are processors, and merge what they made.

    The result is, byte for byte, what one process makes.

    Args:
        environments: all of them, in the order of their names.
        outdir: directory of the cloud assembly.
        make: synthesizes a share into a directory of its own, in a process that has not
            imported ``aws_cdk`` yet.

    Raises:
        ShareError: if a process fails or is killed.
    """
    # Forks would share its node, and each get answers that are meant for others.
    assert "aws_cdk" not in sys.modules, "settings are read without the CDK"
    processors = os.cpu_count() or 1
    # As many rounds as it takes, all of them full.
    rounds = -(-len(environments) // (_MOST * processors))
    size = -(-len(environments) // (rounds * processors))
    outdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".shares-", dir=outdir) as scratch:
        # Forked, for this process has read the settings already.
        context = multiprocessing.get_context("fork")
        folders, processes = [], []
        for number, first in enumerate(range(0, len(environments), size)):
            folders.append(Path(scratch) / f"{number:04}")
            share = environments[first : first + size]
            processes.append(context.Process(target=_make, args=(make, share, folders[-1])))
        _run(processes, at_once=processors)
        _merge(folders, outdir)


def _make(make: Make, share: Sequence[EnvironmentSettings], folder: Path) -> None:
    # A forked process ends without what is registered for exits, and has its parent's: node has
    # to be told, and waited for; the scratch folder has to stay.
    atexit._clear()
    try:
        make(share, folder)
    finally:
        atexit._run_exitfuncs()


def _run(processes: Sequence[BaseProcess], *, at_once: int) -> None:
    waiting, running = list(processes), list[BaseProcess]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(waiting.pop(0))
                running[-1].start()
            wait([process.sentinel for process in running])
            for process in [one for one in running if not one.is_alive()]:
                running.remove(process)
                process.join()
                if process.exitcode != 0:
                    raise ShareError(f"a process of this synth ended with {process.exitcode}")
    finally:
        for process in running:
            process.terminate()


def _merge(folders: Sequence[Path], outdir: Path) -> None:
    """Move the parts into one cloud assembly: those of environments, assets, and the reports."""
    for folder in folders:
        for path in sorted(folder.iterdir()):
            target = outdir / path.name
            if path.name in ("manifest.json", "validation-report.json"):
                continue
            if path.name.startswith("assembly-"):
                shutil.rmtree(target, ignore_errors=True)
            if not target.exists():  # An asset is called after what is in it.
                path.rename(target)
    manifests = list(_read(folders, "manifest.json"))
    artifacts = [item for one in manifests for item in one["artifacts"].items()]
    _write(outdir / "manifest.json", {**manifests[0], "artifacts": dict(sorted(artifacts))})
    report = outdir / "validation-report.json"
    report.unlink(missing_ok=True)
    if reports := list(_read(folders, report.name)):
        # A plug-in that finds nothing is left out.
        longest = max((one["pluginReports"] for one in reports), key=len)
        by_plugin: dict[str, list[Any]] = {plugin["pluginName"]: [] for plugin in longest}
        for plugin in (plugin for one in reports for plugin in one["pluginReports"]):
            by_plugin.setdefault(plugin["pluginName"], []).append(plugin)
        merged = [_merged(plugins) for plugins in by_plugin.values()]
        _write(report, {**reports[0], "pluginReports": merged})


def _merged(plugins: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the report of one plug-in over all shares, in the order it has over one."""
    failed = [plugin for plugin in plugins if plugin["conclusion"] != "success"]
    # One that failed itself says why.
    merged = dict((failed or plugins)[0])
    for key in ("violations", "suppressedViolations"):
        found = [finding for plugin in plugins for finding in plugin.get(key, [])]
        if merged["pluginName"] != _STACK_BY_STACK:  # cdk-nag goes rule by rule.
            first = {finding["ruleName"]: number for number, finding in [*enumerate(found)][::-1]}
            found.sort(key=lambda finding: first[finding["ruleName"]])
        if any(key in plugin for plugin in plugins):
            merged[key] = found
    return merged


def _read(folders: Sequence[Path], name: str) -> Iterator[dict[str, Any]]:
    for folder in folders:
        if (folder / name).exists():
            yield json.loads((folder / name).read_text("utf-8"))


def _write(file: Path, content: dict[str, Any]) -> None:
    # As the CDK writes it.
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False), "utf-8")
