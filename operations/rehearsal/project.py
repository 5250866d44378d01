"""The CDK project of a rehearsal, and its tools."""

import json
import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from operations.rehearsal.errors import RehearsalError

# The environment variables of the caller that a rehearsal keeps to itself: all of AWS's and the
# CDK's, and proxies, through which calls would leave this machine.
_HIDDEN = re.compile(r"(AWS|CDK|JSII)_.*|.*_PROXY", re.IGNORECASE)


@dataclass(frozen=True)
class Project:
    """A folder with `cdk.json`, and the folder whose `node_modules` holds the CDK CLI.

    Attributes:
        root: folder of `cdk.json`; the app runs there.
        tools: folder of `node_modules` and of `.rehearsal`, usually the same.
    """

    root: Path
    tools: Path

    @property
    def home(self) -> Path:
        """Folder of everything that the rehearsal installs."""
        return self.tools / ".rehearsal"

    def cli(self) -> Path:
        """The CDK CLI.

        Raises:
            RehearsalError: if it is not installed.
        """
        path = self.tools / "node_modules" / ".bin" / "cdk"
        if not path.exists():
            raise RehearsalError(f"The CDK CLI is missing ({path}): run `make setup` first.")
        return path

    def app(self) -> tuple[list[str], dict[str, object]]:
        """Return the command of the app and the context from `cdk.json`.

        Raises:
            RehearsalError: if there is no `cdk.json` or it names no app.
        """
        path = self.root / "cdk.json"
        try:
            settings = json.loads(path.read_text())
            return shlex.split(settings["app"]), settings.get("context", {})
        except (OSError, ValueError, KeyError) as error:
            raise RehearsalError(f"{path} does not say how to run the app: {error!r}.") from error

    def fakes(self) -> list[Path]:
        """Return the files with fakes of the capabilities in ``custom/``."""
        return sorted(self.root.glob("custom/*/rehearsal/[!_]*.py"))

    def environment(self, scratch: Path) -> dict[str, str]:
        """Return the environment variables of all processes.

        The caller's settings and credentials for AWS and the CDK are left out, and the home folder
        is an empty one, so that no configuration of the user's is read or written.
        """
        home = scratch / "home"
        home.mkdir(parents=True, exist_ok=True)
        nothing = scratch / "empty"
        nothing.touch()
        temporary = scratch / "tmp"
        temporary.mkdir(exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not _HIDDEN.fullmatch(k)}
        binaries = Path(sys.prefix) / "bin"
        return {
            **kept,
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "AWS_CONFIG_FILE": str(nothing),
            "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "true",
            "CDK_HOME": str(home / "cdk"),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(jsii_cache()),
        }


def jsii_cache() -> Path:
    """Return the cache folder of jsii: unpacked libraries, no settings."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "com.amazonaws.jsii" / "package-cache"
    return Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
