"""Wires the dashboard of usage."""

from __future__ import annotations

from collections.abc import Callable

from constructs import Construct

from sagemaker_platform.budget import UsageDashboard
from stacks.base import EnvironmentStack
from stacks.shared import SharedResources


class UsageStack(EnvironmentStack):
    """The dashboard of what runs and what idles."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        name: str,
        show: Callable[[UsageDashboard], None],
    ) -> None:
        super().__init__(
            scope, id, environment=shared.environment, description="dashboard of usage"
        )
        dashboard = UsageDashboard(self, "Usage", name=name)
        show(dashboard)
        dashboard.finish()
