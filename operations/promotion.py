"""Promotes approved versions of models: renews lock files, and writes what reviewers need to know.

Each environment whose lock file changes gets a folder with the title and the text of a pull
request. What the registry says is written as text, never as markup or commands.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.model_report import report_of
from operations.models import look_up
from stacks.inference.lock import Lock
from stacks.loading import SettingsError, load_environments
from stacks.settings import EnvironmentSettings

Answer = Mapping[str, Any]
_MAX_CARD = 2_000
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#+!|@~]")


def promote(file: Path, others: Sequence[Path], output: Path) -> int:
    """Renew the lock file of an environment, and write the text of a pull request.

    Args:
        file: settings file of the environment.
        others: settings files of the other environments. A version that an earlier stage does
            not have yet is left for later.
        output: folder that gets a folder for the environment, unless nothing changes.

    Returns:
        the exit status: 1 if a model cannot be looked up.
    """
    [environment] = load_environments(files=[str(file)], locked=False)
    path = file.with_suffix(".lock.json")
    text = path.read_text("utf-8") if path.exists() else None
    before = Lock.next_to(file).models
    if status := look_up(environment, file):
        return status
    after = Lock.next_to(file).models
    changes = [
        (key, old.model_package_arn if (old := before.get(key)) else None, new)
        for key, one in sorted(after.items())
        if (new := one.model_package_arn) and before.get(key) != one
    ]
    if not changes:
        return 0
    try:
        load_environments(files=[str(one) for one in dict.fromkeys([file, *others])])
    except SettingsError as error:
        # Neither a version that skips a stage nor one that the settings refuse is proposed.
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text, "utf-8")
        print(f"{environment.name}: not promoted:\n{error}", file=sys.stderr)
        return 0
    folder = output / environment.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / "lock.json")
    names = ", ".join(sorted({_short(new) for _, _, new in changes}))
    (folder / "title").write_text(f"promote to {environment.name}: {names}\n", "utf-8")
    evidence = "\n".join(_evidence(environment, changes))
    (folder / "evidence.md").write_text(f"{evidence}\n", "utf-8")
    return 0


def _evidence(
    environment: EnvironmentSettings, changes: Sequence[tuple[str, str | None, str]]
) -> Iterator[str]:
    session = boto3.Session(region_name=environment.region)
    yield (
        f"Merging deploys these versions to `{environment.name}` ({environment.stage}). Reverting "
        "the commit deploys the versions before."
    )
    for _, old, new in changes:
        yield ""
        yield f"## {_short(new)}"
        yield ""
        package = _describe(session, new)
        replaced = _describe(session, old) if old else {}
        yield from _facts(package, old)
        yield from _metrics(session, package, replaced)
        card = (package.get("ModelCard") or {}).get("ModelCardContent")
        yield ""
        yield "### Model card"
        yield ""
        text = str(card) if card else "none, or it cannot be read with this role"
        yield from (f"    {line}" for line in text[:_MAX_CARD].splitlines())


def _facts(package: Answer, old: str | None) -> Iterator[str]:
    metadata = package.get("MetadataProperties") or {}
    custom = package.get("CustomerMetadataProperties") or {}
    modified = (package.get("LastModifiedBy") or {}).get("IamIdentity") or {}
    yield "| | |"
    yield "|---|---|"
    for name, value in (
        ("Replaces", _short(old) if old else "nothing"),
        ("Last changed by, usually the approver", modified.get("Arn")),
        ("Reason of the approval", package.get("ApprovalDescription")),
        ("Commit of the training", metadata.get("CommitId")),
        ("Data of the training", custom.get("data")),
        ("Execution of the pipeline", custom.get("execution") or metadata.get("GeneratedBy")),
    ):
        yield f"| {name} | {plain(value or 'unknown')} |"


def _metrics(session: Any, package: Answer, replaced: Answer) -> Iterator[str]:
    s3 = session.client("s3")
    new, old = report_of(s3, package), report_of(s3, replaced)
    yield ""
    yield "### Metrics"
    yield ""
    if not new:
        yield "none, or they cannot be read with this role"
        return
    yield "| metric | new | replaced |"
    yield "|---|---|---|"
    for name in sorted({*new, *old}):
        values = [plain(found.get(name, "unknown")) for found in (new, old)]
        yield f"| {plain(name)} | {values[0]} | {values[1]} |"


def _describe(session: Any, arn: str) -> Answer:
    """Describe a version; without its card if the caller cannot decrypt that."""
    client = session.client("sagemaker")
    for options in ({}, {"IncludedData": "MetadataOnly"}):
        try:
            found: Answer = client.describe_model_package(ModelPackageName=arn, **options)
        except (BotoCoreError, ClientError):
            continue
        return found
    return {}


def _short(arn: str) -> str:
    """Return the group and the number of a version."""
    group, _, number = arn.rpartition("/")
    return f"{group.rpartition('/')[2]} version {number}"


def plain(value: Any) -> str:
    """Return a text of the registry as one line of Markdown without markup."""
    text = " ".join(str(value).split())[:300]
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", text)
