"""Synthesizes an earlier revision of the repository next to the working tree, and keeps it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.review.git import Revision, extract

CACHE = Path(".cache/review")
# Increase it when what is kept changes.
_FORMAT = 2
_PINS = "requirements.txt"
_TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Base:
    """An earlier revision.

    Attributes:
        folder: its files that reviews need: settings, and the files next to them.
        assemblies: folders of cloud assemblies by the name of the environment.
        failed: why an environment does not synthesize, by its name.
        notes: what a reader of the report has to know.
    """

    folder: Path
    assemblies: Mapping[str, Path]
    failed: Mapping[str, str]
    notes: Sequence[str]


def synthesize_base(base: Revision, files: Sequence[str]) -> Base:
    """Return the environments of a revision; a second call for the commit reads the cache.

    Args:
        base: the revision.
        files: its settings files.
    """
    key = hashlib.sha256(json.dumps([_FORMAT, files, _packages()]).encode()).hexdigest()[:16]
    kept = (CACHE / f"{base.commit}-{key}").resolve()
    if not (kept / "result.json").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            made = Path(folder) / "made"
            made.mkdir()
            _synthesize(base, files, made)
            # Another review may have been faster.
            if not kept.exists():
                made.rename(kept)
    result = json.loads((kept / "result.json").read_text("utf-8"))
    return Base(
        kept / "files",
        {name: kept / folder for name, folder in result["assemblies"].items()},
        result["failed"],
        result["notes"],
    )


def _packages() -> str:
    """Return what the packages of this process are, which may synthesize the base too."""
    from importlib.metadata import version

    return f"{sys.version} {version('aws-cdk-lib')}"


def _synthesize(base: Revision, files: Sequence[str], made: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder).resolve()
        extract(base, checkout)
        for file in files:
            # With the files next to it, which settings may name.
            target = made / "files" / Path(file).parent
            if not target.exists():
                shutil.copytree(
                    (checkout / file).parent,
                    target,
                    ignore=shutil.ignore_patterns("snapshots", ".git", "node_modules"),
                )
        python, notes = _python(checkout)
        assemblies: dict[str, str] = {}
        failed: dict[str, str] = {}
        names = {file: Path(file).stem for file in files}
        error = _run(python, checkout, files, made / "cdk.out") if files else ""
        if not error:
            assemblies = dict.fromkeys(names.values(), "cdk.out")
        elif len(files) > 1:
            # Those that synthesize by themselves can be compared.
            for file, name in names.items():
                own = f"cdk.out.{name}"
                if reason := _run(python, checkout, [file], made / own):
                    failed[name] = reason
                else:
                    assemblies[name] = own
        else:
            failed = dict.fromkeys(names.values(), error)
    (made / "files").mkdir(exist_ok=True)
    result = {"assemblies": assemblies, "failed": failed, "notes": notes}
    (made / "result.json").write_text(json.dumps(result), "utf-8")


def _run(python: str, checkout: Path, files: Sequence[str], outdir: Path) -> str:
    """Synthesize settings files; return why it failed, or nothing."""
    try:
        done = subprocess.run(
            [python, "app.py"],
            cwd=checkout,
            env={
                **os.environ,
                "CDK_OUTDIR": str(outdir.resolve()),
                "CDK_CONTEXT_JSON": json.dumps({"files": json.dumps(list(files))}),
                # Not the packages of the working tree, which its environment would find.
                "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'constructs'}",
                "PYTHONSAFEPATH": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"the synth took more than {_TIMEOUT_SECONDS} s"
    # With open findings, there is an assembly, and it can be compared.
    if (outdir / "manifest.json").exists() and not _has_traceback(done.stderr):
        return ""
    lines = [one.strip() for one in done.stderr.splitlines() if one.strip()]
    if _has_traceback(done.stderr) or not lines:
        return lines[-1] if lines else f"app.py ended with status {done.returncode}"
    return "; ".join(lines[:3])


def _has_traceback(text: str) -> bool:
    return "Traceback (most recent call last)" in text


def _python(checkout: Path) -> tuple[str, list[str]]:
    """Return the Python for a revision, with its own packages if its pins differ."""
    pins = checkout / _PINS
    if not pins.exists() or not Path(_PINS).exists():
        return sys.executable, []
    text = pins.read_text("utf-8")
    if text == Path(_PINS).read_text("utf-8"):
        return sys.executable, []
    folder = (CACHE / f"python-{hashlib.sha256(text.encode()).hexdigest()[:16]}").resolve()
    python = folder / "bin" / "python"
    if python.exists():
        return str(python), []
    error = _install(text, folder, python)
    if not error:
        return str(python), []
    shutil.rmtree(folder, ignore_errors=True)
    note = (
        f"`{_PINS}` differs, and the packages of the earlier revision could not be installed "
        f"({error}): both revisions were synthesized with the packages of the working tree, so "
        "that the report does not show what an upgrade of packages changes."
    )
    return sys.executable, [note]


def _install(pins: str, folder: Path, python: Path) -> str:
    """Install pinned packages into an environment; return why it failed, or nothing."""
    uv = shutil.which("uv")
    if uv is None:
        return "uv is not installed"
    own = "\n".join(line for line in pins.splitlines() if not line.startswith("-e"))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(own)
        file.flush()
        for command in (
            [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
            [uv, "pip", "install", "--quiet", "--python", str(python), "-r", file.name],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return (done.stderr.strip().splitlines() or ["uv failed"])[-1].strip()
    return ""
