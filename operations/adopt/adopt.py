"""Describes an existing resource as settings, and prepares the import that takes it over."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from operations.account import Account
from operations.adopt import bucket, cluster, endpoint, registry, studio
from operations.adopt.description import describe, dotted, render
from operations.adopt.found import Asking, Found
from operations.adopt.takeover import Takeover, take_over
from operations.application import synthesize
from operations.errors import OperationError
from stacks.loading import ENVIRONMENTS
from stacks.selection import Selection

Kind = Literal["studio-domain", "endpoint", "model-package-group", "cluster", "lakehouse-bucket"]
READERS: Mapping[Kind, Callable[[Asking, str, str | None], Found]] = {
    "studio-domain": studio.read,
    "endpoint": endpoint.read,
    "model-package-group": registry.read,
    "cluster": cluster.read,
    "lakehouse-bucket": bucket.read,
}


@dataclass(frozen=True)
class Adopted:
    """What was written, and what it means.

    Attributes:
        kind: kind of resource.
        identifier: what was asked for.
        file: settings file.
        yaml: its content.
        notes: what the settings do not express.
        takeover: what is imported, and replaced.
        commands: imports, in their order.
        unanswered: calls that the credentials do not allow, or that failed.
    """

    kind: str
    identifier: str
    file: Path
    yaml: str
    notes: Sequence[str]
    takeover: Takeover
    commands: Sequence[str]
    unanswered: Sequence[str]

    @property
    def replaces(self) -> bool:
        """Whether a deployment after the import replaces a resource."""
        return bool(self.takeover.replacements)


def adopt(
    kind: Kind, identifier: str, account: Account, *, region: str, output: Path | None
) -> Adopted:
    """Read a resource, and write its settings and what `cdk import` needs.

    Args:
        kind: kind of resource.
        identifier: its id, name or ARN.
        account: asks with the credentials at hand.
        region: region of the resource.
        output: settings file to write. Defaults to one in `environments/`.

    Raises:
        OperationError: the resource cannot be read or described, or a file is there already.
    """
    if output is not None and output.suffix != ".yaml":
        raise OperationError(f"{output}: must have the extension .yaml")
    asking = Asking(account)
    own = str(asking.require("sts", "get_caller_identity")["Account"])
    found = READERS[kind](asking, identifier, output.stem if output else None)
    file = output or ENVIRONMENTS / f"{found.environment}.yaml"
    folder = file.with_suffix(".import")
    for one in (file, folder):
        if one.exists():
            raise OperationError(
                f"{one}: is there already, and is not overwritten. Give --output with another "
                "file, and move its blocks by hand"
            )
    settings, notes = describe(found, asking, account=own, region=region, path=file)
    text = render(
        settings,
        notes,
        [f"{kind} {identifier}, as `sagemaker-platform adopt` found it. Review each comment."],
    )
    with tempfile.TemporaryDirectory() as temporary:
        draft = Path(temporary) / file.name
        draft.write_text(text, "utf-8")
        assembly = Path(temporary) / "assembly"
        if synthesize(assembly, Selection(files=(str(draft),)), checked=False):
            raise OperationError(f"{file.name}: the settings do not synthesize; see above")
        takeover = take_over(assembly, found.environment, found.resources)
        takeover.left += found.left
        _write(file, text, folder, assembly, takeover)
    return Adopted(
        kind=kind,
        identifier=identifier,
        file=file,
        yaml=text,
        notes=[f"{dotted(one.keys)}: {one.text}".removeprefix(": ") for one in notes],
        takeover=takeover,
        commands=[_command(folder, stack) for stack in takeover.mappings],
        unanswered=asking.unanswered,
    )


def _mapping_file(folder: Path, stack: str) -> Path:
    return folder / f"{stack.rpartition('/')[2]}.json"


def _command(folder: Path, stack: str) -> str:
    mapping = _mapping_file(folder, stack)
    return shlex.join(
        ["cdk", "import", stack, "--app", f"{folder}/assembly", "--resource-mapping", str(mapping)]
    )


def _write(file: Path, text: str, folder: Path, assembly: Path, takeover: Takeover) -> None:
    """Write everything, or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{file.stem}-", dir=file.parent))
    try:
        shutil.copytree(assembly, partial / "import" / "assembly")
        for stack, mapping in takeover.mappings.items():
            own = _mapping_file(partial / "import", stack)
            own.write_text(json.dumps(mapping, indent=2) + "\n", "utf-8")
        (partial / "settings").write_text(text, "utf-8")
        # Refuses a file that came up meanwhile, which a rename would replace.
        os.link(partial / "settings", file)
        if takeover.mappings:
            try:
                (partial / "import").rename(folder)
            except OSError:
                file.unlink()
                raise
    finally:
        shutil.rmtree(partial)
