"""The lakehouse, and the grants on its data, as capabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities, PersonaPolicy
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.fields import close_to, validation_error
from stacks.lakehouse.extension import catalogs_of, table_grants_of

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.lakehouse.data_access_stack import DataAccessStack
    from stacks.lakehouse.permission_settings import GrantSettings, PermissionSettings
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.lakehouse.stack import LakehouseStack
    from stacks.settings import EnvironmentSettings

_TAKES_DATA = frozenset({"query_lakehouse", "write_lakehouse"})


class Lakehouse(Capability["LakehouseSettings", "LakehouseStack"], OffersActivities):
    """Storage, catalog and queries."""

    key = "lakehouse"
    summary = "Lakehouse storage."
    activities = {
        "query_lakehouse": Activity(
            requires="a `lakehouse` block",
            personas=("data_scientist", "ml_engineer", "data_engineer"),
            order=30,
        ),
        "write_lakehouse": Activity(
            requires="a `lakehouse` block", personas=("data_engineer",), order=50
        ),
        "run_glue_jobs": Activity(
            requires="a `lakehouse` block",
            personas=("data_engineer",),
            order=55,
            # Those of `GlueJobConnection`.
            interface_endpoints=("CLOUDWATCH_LOGS", "GLUE", "LAKE_FORMATION", "STS"),
        ),
    }

    @classmethod
    @override
    def settings_type(cls) -> type[LakehouseSettings]:
        from stacks.lakehouse.settings import LakehouseSettings

        return LakehouseSettings

    @override
    def validate(self) -> None:
        from stacks.lakehouse.grant_rules import check_grants
        from stacks.lakehouse.project_rules import check_project_grants, check_workgroups
        from stacks.lakehouse.rules import check_classes

        if self.environment.name == "primary":
            raise validation_error(
                "must not be primary, because every account has an Athena workgroup of "
                "this name. Choose another name",
                at="name",
                value=self.environment.name,
            )
        self.environment.check_second_key("lakehouse", self.settings.removal_policy)
        check_classes(self.settings, self.environment.data_classes.names)
        self._check_data_access()
        check_grants(self.settings, self.environment.all_personas)
        check_project_grants(self.settings, self.environment)
        check_workgroups(self.settings, self.environment)
        self._check_workgroup_names()
        self._check_sharing(self.settings.permissions)

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from sagemaker_platform.lakehouse import QueryWorkgroup
        from stacks.studio.capability import Studio

        # Only Studio users query from inside the VPC.
        return NetworkRequirements(
            interface_endpoints=QueryWorkgroup.INTERFACE_ENDPOINTS
            if self.environment.find(Studio)
            else ()
        )

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        name, settings = self.environment.name, self.settings
        for index, layer in enumerate(settings.layers):
            database = f"{name}_{layer.name}".replace("-", "_")
            keys: Sequence[str | int] = ["lakehouse", "layers", index, "name"]
            yield ResourceName(resource=f"database {database}", keys=keys, value=layer.name)
        for index, link in enumerate(settings.resource_links):
            database = f"{name}_{link.name}".replace("-", "_")
            keys = ["lakehouse", "resource_links", index, "name"]
            yield ResourceName(resource=f"database {database}", keys=keys, value=link.name)
        yield ResourceName(resource=f"Athena workgroup {name}", keys=["name"], value=name)
        for workgroup_name, persona in self._persona_workgroups().items():
            given = persona in self.environment.personas
            yield ResourceName(
                resource=f"Athena workgroup {name}-{workgroup_name}",
                keys=["personas", persona] if given else ["lakehouse"],
                value=persona,
            )
        for index, workgroup in enumerate(settings.query.workgroups):
            yield ResourceName(
                resource=f"Athena workgroup {name}-{workgroup.name}",
                keys=["lakehouse", "query", "workgroups", index, "name"],
                value=workgroup.name,
            )
        for index, bucket in enumerate(settings.table_buckets):
            yield ResourceName(
                resource=f"table bucket {name}-{bucket.name}",
                keys=["lakehouse", "table_buckets", index, "name"],
                value=bucket.name,
            )
        for tag in settings.permissions.tags if settings.permissions is not None else ():
            keys = ["lakehouse", "permissions", "tags", tag]
            yield ResourceName(resource=f"LF-tag {name}-{tag}", keys=keys, value=tag)
        if settings.catalog is not None and settings.catalog.s3_tables == "create":
            keys = ["lakehouse", "catalog", "s3_tables"]
            yield ResourceName(resource="catalog s3tablescatalog", keys=keys, value="create")

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.access import administer_data_lake

        made = context.outputs(Lakehouse)
        assert made is not None, "it is built before personas"
        permissions = self.settings.permissions
        administrators = permissions.administrator_personas if permissions else []
        return AccessContribution(
            activities={
                "query_lakehouse": made.query_statements,
                "write_lakehouse": made.write_statements,
                "run_glue_jobs": access.glue_job_statements,
            },
            of_persona=lambda name, persona: [
                *made.workgroup_statements(name),
                *made.file_statements(name),
                *made.grant_statements(name, persona.activities or ()),
                *made.link_statements(name),
            ],
            policies=[
                PersonaPolicy(
                    id="DataLakePolicy",
                    description="The administration of the data lake",
                    statements=administer_data_lake(
                        access, shared_by=[link.account for link in self.settings.resource_links]
                    ),
                    personas=administrators,
                )
            ]
            if administrators
            else [],
        )

    @override
    def attached_policies(self, name: str, persona: PersonaSettings) -> int:
        permissions = self.settings.permissions
        return int(permissions is not None and name in permissions.administrator_personas)

    @override
    def extends_persona(self, name: str, persona: PersonaSettings) -> bool:
        from stacks.lakehouse.granted_data import layers_with_direct_access

        # The workgroups of the persona, and the files of its layers.
        return (
            "query_lakehouse" in (persona.activities or ())
            or "run_glue_jobs" in (persona.activities or ())
            or name in self.settings.query.personas
            or bool(layers_with_direct_access(self.settings, name))
        )

    def _querying_personas(self) -> list[str]:
        """Return the personas with a workgroup of their name."""
        return [
            name
            for name, persona in self.environment.all_personas.items()
            if "query_lakehouse" in (persona.activities or ())
        ]

    @override
    def build(self, context: BuildContext) -> LakehouseStack:
        from stacks.lakehouse.stack import LakehouseStack

        return LakehouseStack(
            context.stage,
            "lakehouse",
            shared=context.shared,
            settings=self.settings,
            catalogs=catalogs_of(self.environment),
            personas=self._querying_personas(),
            granted_elsewhere={
                persona for grant in table_grants_of(self.environment) for persona in grant.personas
            },
        )

    def _persona_workgroups(self) -> dict[str, str]:
        """Return personas by the names of their workgroups, without that of the environment."""
        from stacks.lakehouse.granted_data import TABLES_SUFFIX

        personas = self._querying_personas()
        return {f"{name}{suffix}": name for suffix in ("", TABLES_SUFFIX) for name in personas}

    def _check_workgroup_names(self) -> None:
        taken = self._persona_workgroups()
        for index, workgroup in enumerate(self.settings.query.workgroups):
            if workgroup.name in taken:
                raise validation_error(
                    "must not be the name of the workgroup of the persona "
                    f"{taken[workgroup.name]}, {self.environment.name}-{workgroup.name}. "
                    "Choose another name",
                    at=f"lakehouse.query.workgroups.{index}.name",
                    value=workgroup.name,
                )

    def _check_data_access(self) -> None:
        from stacks.lakehouse.permission_settings import PermissionSettings

        lakehouse, personas = self.settings, self.environment.all_personas
        permissions = lakehouse.permissions or PermissionSettings()
        named = [
            *(
                (f"permissions.administrator_personas.{index}", name, False)
                for index, name in enumerate(permissions.administrator_personas)
            ),
            *(
                (f"permissions.grants.{number}.personas.{index}", name, True)
                for number, grant in enumerate(permissions.grants)
                for index, name in enumerate(grant.personas)
            ),
            *(
                (f"query.workgroups.{number}.personas.{index}", name, True)
                for number, workgroup in enumerate(lakehouse.query.workgroups)
                for index, name in enumerate(workgroup.personas)
            ),
        ]
        for at, name, reads in named:
            at = f"lakehouse.{at}"
            if name not in personas:
                raise validation_error(
                    "must be a persona with a role here. Name it in personas, or give it to a user "
                    f"of Studio{close_to(name, list(personas))}",
                    at=at,
                    value=name,
                )
            if reads and _TAKES_DATA.isdisjoint(personas[name].activities or ()):
                raise validation_error(
                    "must be a persona with the activity "
                    f"{' or '.join(sorted(_TAKES_DATA))}, which reads data through Lake "
                    "Formation",
                    at=at,
                    value=name,
                )
        for number, grant in enumerate(permissions.grants):
            for index, name in enumerate(grant.personas):
                if (
                    grant.table_bucket is not None
                    and grant.access == "write"
                    and "query_lakehouse" not in (personas[name].activities or ())
                ):
                    raise validation_error(
                        "must be a persona with the activity query_lakehouse, because "
                        "Athena writes table buckets in the workgroup of this activity. "
                        f"Add query_lakehouse to personas.{name}.activities",
                        at=f"lakehouse.permissions.grants.{number}.personas.{index}",
                        value=name,
                    )
            known = list(catalogs_of(self.environment))
            if grant.catalog is not None and grant.catalog not in known:
                raise validation_error(
                    f"must be a catalog of the environment{close_to(grant.catalog, known)}"
                    ": name a connection of sources with federated_catalog, or warehouse, if that "
                    "has a catalog",
                    at=f"lakehouse.permissions.grants.{number}.catalog",
                    value=grant.catalog,
                )

    def _check_sharing(self, permissions: PermissionSettings | None) -> None:
        for index, link in enumerate(self.settings.resource_links):
            if link.account == self.environment.account:
                raise validation_error(
                    "must be another account, because links are for databases that other "
                    "accounts share. Grant layers of this account to personas directly",
                    at=f"lakehouse.resource_links.{index}.account",
                    value=link.account,
                )
        if permissions is None:
            return
        for name, account in permissions.consumers.items():
            if account == self.environment.account:
                raise validation_error(
                    "must be another account. In this account, grant to personas",
                    at=f"lakehouse.permissions.consumers.{name}",
                    value=account,
                )


class DataAccess(Capability["LakehouseSettings", "DataAccessStack"]):
    """AccessContribution on the data, when data, catalogs and roles are there."""

    key = "data-access"
    has_block = False

    @classmethod
    @override
    def settings_in(cls, environment: EnvironmentSettings) -> LakehouseSettings | None:
        lakehouse = environment.find(Lakehouse)
        if lakehouse is None:
            return None
        permissions = lakehouse.settings.permissions
        if permissions is None:
            return None
        grants = (
            permissions.grants_anything
            or cls._of_tables(environment, permissions)
            or cls._tracing(environment, permissions)
        )
        return lakehouse.settings if grants else None

    @staticmethod
    def _tracing(environment: EnvironmentSettings, permissions: PermissionSettings) -> list[str]:
        """Return the personas that see the columns of all tables, and none of their data.

        In hybrid mode, IAM decides.
        """
        if permissions.mode == "hybrid":
            return []
        return [
            name
            for name, persona in environment.all_personas.items()
            if "trace_models" in (persona.activities or ())
        ]

    @staticmethod
    def _of_tables(
        environment: EnvironmentSettings, permissions: PermissionSettings
    ) -> list[GrantSettings]:
        """Return the grants on tables of other capabilities. In hybrid mode, IAM decides."""
        return [] if permissions.mode == "hybrid" else table_grants_of(environment)

    @override
    def build(self, context: BuildContext) -> DataAccessStack:
        from stacks.access.capability import Access
        from stacks.feature_store.capability import FeatureStore
        from stacks.lakehouse.data_access_stack import DataAccessStack
        from stacks.sources.capability import Sources
        from stacks.warehouse.capability import WarehouseCapability

        lakehouse, access = context.outputs(Lakehouse), context.outputs(Access)
        assert lakehouse is not None, "the settings of the lakehouse"
        permissions = self.settings.permissions
        assert permissions is not None, "it is on with permissions only"
        made = DataAccessStack(
            context.stage,
            "data-access",
            shared=context.shared,
            settings=self.settings,
            governance=lakehouse.governance,
            workgroups=lakehouse.workgroups,
            roles=access.roles if access else {},
            further_grants=self._of_tables(self.environment, permissions),
            tracing=self._tracing(self.environment, permissions),
        )
        # Whether or not it refers to them: rights are needed too.
        for other in (
            context.outputs(Sources),
            context.outputs(WarehouseCapability),
            context.outputs(FeatureStore),
        ):
            if other is not None:
                made.add_stack_dependency(other)
        return made
