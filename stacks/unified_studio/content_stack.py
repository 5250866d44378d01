"""Wires what projects of Unified Studio contain: their connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from sagemaker_platform.unified_studio import Connection, ConnectionRole
from stacks.base import EnvironmentStack
from stacks.names import pascal_case
from stacks.unified_studio.connection_mapping import ConnectionMapping

if TYPE_CHECKING:
    from stacks.capability import BuildContext
    from stacks.lakehouse.governance_mapping import Governance
    from stacks.settings import EnvironmentSettings
    from stacks.shared import SharedResources
    from stacks.unified_studio.connection_settings import ConnectionSettings
    from stacks.unified_studio.projects_stack import MadeProject, ProjectsStack
    from stacks.unified_studio.settings import HostSettings


class ContentStack(EnvironmentStack):
    """Connections of projects, after the environments of the projects are active."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: HostSettings,
        domain_id: str,
        projects: ProjectsStack,
        environment: EnvironmentSettings,
        context: BuildContext,
    ) -> None:
        """Create the stack.

        Args:
            scope: the stage.
            id: name of the stack within the environment.
            shared: resources of the environment.
            settings: settings of the domain.
            domain_id: ID of the domain.
            projects: the projects.
            environment: settings of the environment, which say what connections lead to.
            context: the stacks that exist.
        """
        super().__init__(
            scope, id, environment=shared.environment, description="content of Unified Studio"
        )
        self.add_stack_dependency(projects)
        self._domain_id = domain_id
        self._targets = ConnectionMapping(self, environment=environment, context=context)
        self._governance = _governance(context)
        for key, project in settings.projects.items():
            for name, connection in project.connections.items():
                self._connection(key, name, connection, projects.made[key])

    def _connection(
        self, key: str, name: str, settings: ConnectionSettings, project: MadeProject
    ) -> None:
        scope = Construct(self, f"{pascal_case(key)}Connection{pascal_case(name)}")
        wanted = self._targets.wanted(settings)
        for stack in wanted.stacks:
            self.add_stack_dependency(stack)
        role = None
        if wanted.statements:
            role = ConnectionRole(
                scope,
                "Access",
                project_role_arn=project.role_arn,
                statements=wanted.statements,
            ).role
        made = Connection(
            scope,
            "Connection",
            domain_id=self._domain_id,
            environment_id=project.environment_id,
            name=name,
            description=settings.description,
            target=wanted.target,
            access_role=role,
        )
        if role is None:
            return
        if settings.hyperpod is not None:
            self._targets.enter_cluster(scope, role, settings.hyperpod)
        for layer in wanted.layers if self._governance else ():
            assert self._governance is not None, "it is there"
            granted = self._governance.grant_work(scope, f"{key}-{name}", role, layer, "read")
            made.node.add_dependency(*granted)


def _governance(context: BuildContext) -> Governance | None:
    from stacks.lakehouse.capability import Lakehouse

    lakehouse = context.outputs(Lakehouse)
    return lakehouse.governance if lakehouse else None
