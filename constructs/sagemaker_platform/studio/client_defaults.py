"""Defaults of AWS's clients in the spaces of Studio, so that people need not type them."""

import shlex
from pathlib import Path
from typing import ClassVar

from constructs import Construct

from sagemaker_platform.studio.apps import AppType
from sagemaker_platform.studio.lifecycle_configs import LifecycleConfig

_CODE = Path(__file__).with_name("write_defaults.py")
# Never keeps an app from starting: SageMaker stops an app whose script fails or takes 5 minutes.
_SCRIPT = """\
#!/bin/bash
for python in python /opt/conda/bin/python python3; do
  "$python" -c 'import boto3' 2>/dev/null && break
done
timeout 60 "$python" - {arguments} <<'END' || echo 'The defaults could not be written.'
{code}END
exit 0
"""


class ClientDefaults(Construct):
    """Lifecycle configurations that write the defaults of AWS's clients when an app starts.

    The scripts read the outputs of the environment's stacks, since a lifecycle configuration cannot
    change: `<environment>-access`, `-foundation`, `-lakehouse` and `-mlflow`. The roles of users
    must be allowed to read them.

    Args:
        environment: name of the environment, which the names of its stacks begin with.
        database: database that queries are in unless they name one. Optional. If omitted, clients
            of Athena get no defaults.
        closed: whether no way leads to AWS services without a VPC endpoint.
    """

    INTERFACE_ENDPOINTS: ClassVar = ("CLOUDFORMATION",)
    """AWS services that the scripts call from inside the VPC, besides those of the domain."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: str,
        database: str | None = None,
        closed: bool = False,
    ) -> None:
        super().__init__(scope, id)
        arguments = [environment, database or "", "closed" if closed else "open"]
        content = _SCRIPT.format(arguments=shlex.join(arguments), code=_CODE.read_text("utf-8"))
        apps: dict[AppType, str] = {"JupyterLab": "lab", "CodeEditor": "editor"}
        self._scripts = {
            app: LifecycleConfig(
                self, app, name=f"{environment}-defaults-{short}", app_type=app, content=content
            )
            for app, short in apps.items()
        }

    def script(self, app: AppType) -> LifecycleConfig:
        """Return the lifecycle configuration for a kind of app."""
        return self._scripts[app]
