"""Wires what projects of Unified Studio contain, and the catalog of the domain."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from constructs import Construct, IDependable

from sagemaker_platform.lakehouse import DataTarget
from sagemaker_platform.unified_studio import Connection, ConnectionRole, GlueDataSource
from stacks.base import EnvironmentStack
from stacks.lakehouse.capability import Lakehouse
from stacks.lakehouse.permission_mapping import merge
from stacks.lakehouse.permission_settings import project_principal
from stacks.names import pascal_case
from stacks.unified_studio.catalog_class_settings import catalog_of, forms_of
from stacks.unified_studio.catalog_mapping import CatalogMapping, Owner
from stacks.unified_studio.connection_mapping import ConnectionMapping
from stacks.unified_studio.mapping import content_id

if TYPE_CHECKING:
    from stacks.capability import BuildContext
    from stacks.settings import EnvironmentSettings
    from stacks.shared import SharedResources
    from stacks.unified_studio.connection_settings import ConnectionSettings
    from stacks.unified_studio.data_source_settings import DataSourceSettings
    from stacks.unified_studio.projects_stack import MadeProject, ProjectsStack
    from stacks.unified_studio.settings import HostSettings
    from stacks.unified_studio.stack import UnifiedStudioStack


class ContentStack(EnvironmentStack):
    """Catalog, connections and data sources, after the environments of projects are active."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: HostSettings,
        domain: UnifiedStudioStack,
        projects: ProjectsStack,
        manage_access: str,
        environment: EnvironmentSettings,
        context: BuildContext,
        granted: Collection[str],
    ) -> None:
        """Create the stack.

        Args:
            scope: the stage.
            id: name of the stack within the environment.
            shared: resources of the environment.
            settings: settings of the domain.
            domain: the domain and its units.
            projects: the projects.
            manage_access: ARN of the role in which the domain grants subscriptions.
            environment: settings of the environment, which say what connections lead to.
            context: the stacks that exist.
            granted: projects that grants of the lakehouse name.
        """
        super().__init__(
            scope, id, environment=shared.environment, description="content of Unified Studio"
        )
        self.add_stack_dependency(projects)
        self._domain_id, self._manage_access = domain.domain.id, manage_access
        self._waiter = projects.waiter
        self._targets = ConnectionMapping(self, environment=environment, context=context)
        self._lakehouse = context.outputs(Lakehouse)
        self._governance = self._lakehouse.governance if self._lakehouse else None
        self._granted: dict[str, list[IDependable]] = {}
        self._host, self._settings = settings, environment
        wanted, root = catalog_of(settings, environment), domain.domain.root_unit_id
        self._catalog = wanted and CatalogMapping(
            self,
            settings=wanted,
            domain_id=self._domain_id,
            waiter=projects.waiter,
            owners={
                key: Owner(projects.made[key].id, domain.units[one.unit] if one.unit else root)
                for key, one in settings.projects.items()
            },
            units=domain.units,
            root_unit_id=root,
            removal_policy=self.removal_policy,
        )
        for key, project in settings.projects.items():
            if key in granted:
                self._grant_lakehouse(key, projects.made[key])
            made = {
                name: self._connection(key, name, connection, projects.made[key])
                for name, connection in project.connections.items()
            }
            for name, source in project.data_sources.items():
                assert project.catalog_connection is not None, "settings are checked"
                catalog = made[project.catalog_connection]
                self._data_source(key, name, source, projects.made[key].id, catalog.id)

    def _connection(
        self, key: str, name: str, settings: ConnectionSettings, project: MadeProject
    ) -> Connection:
        scope = Construct(self, f"{pascal_case(key)}Connection{pascal_case(name)}")
        wanted = self._targets.wanted(settings, project=key)
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
            return made
        if settings.hyperpod is not None:
            self._targets.enter_cluster(scope, role, settings.hyperpod)
        if self._governance is not None:
            data = self._governance.permissions_of_service(wanted.layers, "read")
            if settings.athena is not None:
                merge(data, self._governance.mapping.permissions_of(project_principal(key)))
            granted = self._governance.grant_each(
                scope, f"{key}-{name}", role.role_arn, data, after=[role]
            )
            made.node.add_dependency(*granted)
        return made

    def _grant_lakehouse(self, key: str, project: MadeProject) -> None:
        """Give the role of a project what the grants of the lakehouse name it for."""
        assert self._governance is not None, "grants are settings of it"
        assert self._lakehouse is not None, "grants are settings of it"
        self.add_stack_dependency(self._lakehouse)
        for stack in self._targets.catalog_stacks:
            self.add_stack_dependency(stack)
        self._governance.grant_each(
            Construct(self, f"{pascal_case(key)}Data"),
            key,
            project.role_arn,
            self._governance.mapping.permissions_of(project_principal(key)),
        )

    def _data_source(
        self, key: str, name: str, settings: DataSourceSettings, project_id: str, connection_id: str
    ) -> None:
        assert self._lakehouse is not None, "settings are checked"
        scope = Construct(self, f"{pascal_case(key)}Source{pascal_case(name)}")
        database = self._lakehouse.layers[settings.layer].database_name
        forms = forms_of(settings, self._host, self._settings)
        made = GlueDataSource(
            scope,
            "Source",
            domain_id=self._domain_id,
            project_id=project_id,
            connection_id=connection_id,
            name=name,
            description=settings.description,
            database=database,
            include=settings.tables,
            exclude=settings.exclude,
            data_access_role_arn=self._manage_access,
            schedule=settings.schedule,
            time_zone=settings.time_zone or "UTC",
            publish=settings.publish,
            quality=settings.quality,
            business_names=settings.business_names,
            enabled=settings.enabled,
            forms=self._catalog.filled(forms) if self._catalog else (),
        )
        made.node.add_dependency(*self._grant_on(settings.layer, database))
        if self._catalog is not None:
            made.node.add_dependency(*self._catalog.rules)
        if settings.enabled:
            self._waiter.run_data_source(
                scope,
                "Run",
                data_source_id=made.id,
                revision=content_id(repr(settings), *([repr(forms)] if forms else [])),
            )

    def _grant_on(self, layer: str, database: str) -> list[IDependable]:
        """Let the domain read a layer and grant it on, once for all data sources.

        Source: SageMaker Unified Studio Administrator Guide, "Configure Lake Formation
        permissions".
        """
        assert self._lakehouse is not None, "settings are checked"
        self.add_stack_dependency(self._lakehouse)
        if self._governance is None:
            return []
        if layer not in self._granted:
            self._granted[layer] = [
                self._governance.lake_formation.grant(
                    self,
                    f"subscriptions-{layer}",
                    self._manage_access,
                    target,
                    rights,
                    grantable=True,
                )
                for target, rights in (
                    (DataTarget.database(database), ["DESCRIBE"]),
                    (DataTarget.tables(database), ["DESCRIBE", "SELECT"]),
                )
            ]
        return self._granted[layer]
