"""Settings of an environment: what one file in ``environments/`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.access.settings import (
    BUILT_IN,
    Activity,
    PersonaSettings,
    check_personas,
    effective_personas,
)
from stacks.blocks import block
from stacks.fields import (
    AccountId,
    Email,
    LogRetentionDays,
    Name,
    PersonaName,
    PolicyName,
    Region,
    RemovalPolicy,
    Settings,
    TagKey,
    TagValue,
    close_to,
    fault,
)
from stacks.foundation.settings import FoundationSettings
from stacks.network.settings import NetworkSettings

if TYPE_CHECKING:
    from stacks.hyperpod.governance_settings import TaskGovernanceSettings
    from stacks.hyperpod.settings import HyperPodSettings
    from stacks.inference.settings import InferenceSettings
    from stacks.lakehouse.permission_settings import PermissionSettings
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.mlflow.settings import MlflowSettings
    from stacks.partner_apps.settings import PartnerAppSettings
    from stacks.sources.settings import SourcesSettings
    from stacks.studio.settings import StudioSettings
    from stacks.warehouse.settings import WarehouseSettings
else:
    HyperPodSettings = block("stacks.hyperpod.settings", "HyperPodSettings")
    InferenceSettings = block("stacks.inference.settings", "InferenceSettings")
    LakehouseSettings = block("stacks.lakehouse.settings", "LakehouseSettings")
    MlflowSettings = block("stacks.mlflow.settings", "MlflowSettings")
    PartnerAppSettings = block("stacks.partner_apps.settings", "PartnerAppSettings")
    SourcesSettings = block("stacks.sources.settings", "SourcesSettings")
    StudioSettings = block("stacks.studio.settings", "StudioSettings")
    WarehouseSettings = block("stacks.warehouse.settings", "WarehouseSettings")

_TAKES_DATA: frozenset[Activity] = frozenset({"query_lakehouse", "write_lakehouse"})


class EnvironmentSettings(Settings):
    """One environment: an account, a region, a stage, and the capabilities it has.

    A capability is on when its block is there, if only as ``{}``.
    """

    name: Annotated[Name, Field(max_length=20)]
    """Name of the environment, and of its file. Stacks and resources carry it."""
    account: AccountId
    """AWS account id, in quotes."""
    region: Region
    """AWS region."""
    stage: Literal["development", "staging", "production"]
    """What the environment is for; a tag on every resource."""
    owner: TagValue
    """Team that owns the environment; a tag on every resource."""
    cost_center: TagValue
    """Who pays; a tag on every resource. Put numbers in quotes."""
    # AWS takes 50 on a resource; four are the environment's, and CDK adds its own.
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=40)] = {}
    """Your own tags, on every resource."""
    removal_policy: RemovalPolicy = "retain"
    """Whether `cdk destroy` keeps what holds data (`retain`, which also protects the
    stacks from deletion) or deletes it (`destroy`)."""
    log_retention_days: LogRetentionDays = 90
    """How long the log groups of endpoints keep their entries."""
    alarm_emails: list[Email] = []
    """Who is told of alarms; each address confirms once, by a mail from AWS."""
    permissions_boundary: PolicyName | None = None
    """Name of an IAM policy in the account that bounds every role of the environment."""
    network: NetworkSettings
    """The network."""
    foundation: FoundationSettings = FoundationSettings()
    """Shared buckets."""
    lakehouse: LakehouseSettings | None = None
    """Lakehouse storage."""
    mlflow: MlflowSettings | None = None
    """Experiment tracking with MLflow."""
    personas: Annotated[dict[PersonaName, PersonaSettings], Field(max_length=20)] = {}
    """Groups of people and what they may do. The built-in ones (data_scientist, ml_engineer,
    data_engineer, model_approver, administrator) need no entry where a Studio user has them."""
    warehouse: WarehouseSettings | None = None
    """A data warehouse; needs three availability zones."""
    sources: SourcesSettings | None = None
    """Where data comes from, and whether it is any good."""
    studio: StudioSettings | None = None
    """SageMaker Studio."""
    hyperpod: HyperPodSettings | None = None
    """HyperPod clusters."""
    inference: InferenceSettings | None = None
    """Endpoints."""
    partner_apps: list[PartnerAppSettings] = []
    """Partner AI Apps: Comet, Deepchecks, Fiddler, Lakera Guard."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name == "primary":
            raise fault(
                "is the name of Athena's own workgroup in every account: choose another",
                at="name",
                value=self.name,
            )
        for index, zone in enumerate(self.network.availability_zones):
            if zone[:-1] != self.region:
                raise fault(
                    f"must be a zone of {self.region}",
                    at=f"network.availability_zones.{index}",
                    value=zone,
                )
        self._check_tags()
        if len(set(self.alarm_emails)) < len(self.alarm_emails):
            raise fault("names an address twice", at="alarm_emails", value=self.alarm_emails)
        if self.lakehouse and self.lakehouse.removal_policy == "destroy":
            self._check_second_key("lakehouse")
        if self.hyperpod:
            self._check_clusters(self.hyperpod)
        if self.mlflow:
            self.mlflow.check_region(self.region)
            self.mlflow.check_studio(has_studio=self.studio is not None)
        if self.partner_apps:
            from stacks.partner_apps.settings import check_apps

            check_apps(self.partner_apps, self.region)
        check_personas(
            self.personas,
            without=self._without,
            with_workgroups=self.lakehouse.query.personas if self.lakehouse else (),
            administering_data=self.lakehouse.permissions.administrator_personas
            if self.lakehouse and self.lakehouse.permissions
            else (),
            cluster_stacks=self.hyperpod.stack_count if self.hyperpod else 0,
        )
        if self.studio:
            from stacks.studio.rules import check_region

            self._check_people(self.studio)
            check_region(self.studio, self.region)
        if self.warehouse:
            self._check_warehouse(self.warehouse)
        if self.sources:
            self._check_sources(self.sources)
        if self.lakehouse:
            self._check_data_access(self.lakehouse)
            if self.lakehouse.permissions:
                self._check_sharing(self.lakehouse.permissions)
        if self.inference:
            self._check_endpoints(self.inference)
        return self

    def _check_tags(self) -> None:
        # IAM takes Team and team for the same key, and refuses a role that has both.
        seen: dict[str, str] = {}
        for key, value in self.tags.items():
            if key.lower() in ("environment", "stage", "owner", "cost-center", "persona", "user"):
                raise fault(
                    "is set by the environment itself: remove the line",
                    at=f"tags.{key}",
                    value=value,
                )
            if (earlier := seen.setdefault(key.lower(), key)) != key:
                raise fault(
                    f"differs from {earlier} in upper and lower case only, which IAM refuses",
                    at="tags",
                    value=key,
                )

    def _check_warehouse(self, warehouse: WarehouseSettings) -> None:
        if warehouse.removal_policy == "destroy":
            self._check_second_key("warehouse")
        zones = self.network.availability_zones
        if len(zones) < 3:
            raise fault(
                "must name three zones: Redshift Serverless, which warehouse turns on, takes no "
                "fewer",
                at="network.availability_zones",
                value=zones,
            )
        copy = warehouse.snapshot_copy
        if copy and copy.region == self.region:
            raise fault(
                "must be another region than the environment's",
                at="warehouse.snapshot_copy.region",
                value=copy.region,
            )
        known = [layer.name for layer in self.lakehouse.layers] if self.lakehouse else []
        for index, layer in enumerate(warehouse.layers):
            if layer.name not in known:
                there = f"there are: {', '.join(known)}" if known else "there is no lakehouse"
                raise fault(
                    f"is no layer of the lakehouse; {there}",
                    at=f"warehouse.layers.{index}.name",
                    value=layer.name,
                )

    def _check_sources(self, sources: SourcesSettings) -> None:
        from stacks.sources.checks import check_sources

        if self.warehouse and self.warehouse.catalog:
            for index, connection in enumerate(sources.connections):
                if connection.name == "warehouse" and connection.federated_catalog:
                    raise fault(
                        "is what the catalog of the warehouse is called: choose another",
                        at=f"sources.connections.{index}.name",
                        value=connection.name,
                    )
        if sources.removal_policy == "destroy":
            self._check_second_key("sources")
        check_sources(
            sources,
            account=self.account,
            region=self.region,
            layers=[layer.name for layer in self.lakehouse.layers] if self.lakehouse else [],
            table_buckets=[b.name for b in self.lakehouse.table_buckets] if self.lakehouse else [],
            closed=self.network.existing is None and self.network.nat_gateways == "none",
            warehouse=self.warehouse is not None,
            keeps_case=bool(self.warehouse and self.warehouse.case_sensitive_identifiers),
        )

    def _check_second_key(self, capability: str) -> None:
        if self.removal_policy != "destroy":
            raise fault(
                "deletes data in an environment whose own removal_policy is retain: "
                "set both, or neither",
                at=f"{capability}.removal_policy",
                value="destroy",
            )

    def _check_people(self, studio: StudioSettings) -> None:
        if studio.app_report and self.stage == "production" and not self.alarm_emails:
            raise fault(
                "must name somebody: the report of Studio apps has alarms, which nobody "
                "would receive",
                at="alarm_emails",
                value=self.alarm_emails,
            )
        personas = self.all_personas
        for at, name in studio.personas_by_key.items():
            if name not in personas:
                known = [
                    *personas,
                    *(built_in for built_in in BUILT_IN if built_in not in personas),
                ]
                raise fault(
                    f"is no persona; there are {', '.join(known)}{close_to(name, known)}",
                    at=f"studio.{at}",
                    value=name,
                )
            if "run_studio_apps" not in (personas[name].activities or ()):
                raise fault(
                    "is a persona without the activity run_studio_apps, which a user of Studio "
                    "needs",
                    at=f"studio.{at}",
                    value=name,
                )

        self._check_cluster_files(studio)

    def _check_cluster_files(self, studio: StudioSettings) -> None:
        clusters = {one.name: one for one in self.hyperpod.clusters} if self.hyperpod else {}
        for at, (name, user) in studio.cluster_file_systems.items():
            if name not in clusters:
                there = f"there are {', '.join(clusters)}" if clusters else "there is no hyperpod"
                raise fault(
                    f"is no HyperPod cluster of the environment; {there}",
                    at=f"studio.{at}",
                    value=name,
                )
            if clusters[name].lustre is None:
                raise fault(
                    "is a cluster without a Lustre file system: add lustre to it",
                    at=f"studio.{at}",
                    value=name,
                )
            if user is not None and not self.uses_cluster(
                user.persona or studio.default_persona, name
            ):
                raise fault(
                    "is a cluster that the user's persona does not use: it needs the activity "
                    "use_hyperpod, and a team where the cluster has teams",
                    at=f"studio.{at}",
                    value=name,
                )

    @property
    def clusters_in_studio(self) -> frozenset[str]:
        """HyperPod clusters whose file systems users of Studio mount."""
        if self.studio is None:
            return frozenset()
        return frozenset(name for name, _ in self.studio.cluster_file_systems.values())

    def uses_cluster(self, persona: str, cluster: str) -> bool:
        """Tell whether people with a persona use a HyperPod cluster: those of its teams."""
        uses = "use_hyperpod" in (self.all_personas[persona].activities or ())
        clusters = self.hyperpod.eks_clusters if self.hyperpod else ()
        teams = [
            team
            for one in clusters
            if one.name == cluster and one.task_governance
            for team in one.task_governance.teams
        ]
        return uses and (not teams or any(persona in team.personas for team in teams))

    def _check_data_access(self, lakehouse: LakehouseSettings) -> None:
        from stacks.lakehouse.permission_settings import PermissionSettings

        personas = self.all_personas
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
                raise fault(
                    f"is no persona with a role here{close_to(name, list(personas))}: name it in "
                    "personas, or give it to a user of Studio",
                    at=at,
                    value=name,
                )
            if reads and _TAKES_DATA.isdisjoint(personas[name].activities or ()):
                raise fault(
                    f"is a persona without the activity {' or '.join(sorted(_TAKES_DATA))}, which "
                    "takes data from Lake Formation",
                    at=at,
                    value=name,
                )

        for number, grant in enumerate(permissions.grants):
            known = list(self.catalogs)
            if grant.catalog is not None and grant.catalog not in known:
                raise fault(
                    f"is no catalog of the environment{close_to(grant.catalog, known)}"
                    ": name a connection of sources with federated_catalog, or warehouse, if that "
                    "has a catalog",
                    at=f"lakehouse.permissions.grants.{number}.catalog",
                    value=grant.catalog,
                )

    def _check_sharing(self, permissions: PermissionSettings) -> None:
        for name, account in permissions.consumers.items():
            if account == self.account:
                raise fault(
                    "is this environment's own account: grant to its personas",
                    at=f"lakehouse.permissions.consumers.{name}",
                    value=account,
                )
        for index, location in enumerate(permissions.locations):
            if location.key_arn and location.key_arn.split(":")[3] != self.region:
                raise fault(
                    f"must be in {self.region}, where the data is",
                    at=f"lakehouse.permissions.locations.{index}.key_arn",
                    value=location.key_arn,
                )

    def _check_clusters(self, hyperpod: HyperPodSettings) -> None:
        if hyperpod.removal_policy == "destroy":
            self._check_second_key("hyperpod")
        if self.stage == "production" and not self.alarm_emails:
            raise fault(
                "must name somebody: clusters in production have alarms, which nobody would "
                "receive",
                at="alarm_emails",
                value=self.alarm_emails,
            )
        hyperpod.check_environment(
            account=self.account,
            region=self.region,
            network=self.network,
            lakehouse=self.lakehouse,
        )
        runs_jobs = any("run_jobs" in (p.activities or ()) for p in self.all_personas.values())
        if hyperpod.recipes and hyperpod.recipes.training_jobs and not runs_jobs:
            raise fault(
                "needs a persona with the activity run_jobs, which this environment has not",
                at="hyperpod.recipes.training_jobs",
                value="...",
            )
        for cluster in hyperpod.eks_clusters:
            if cluster.task_governance is not None:
                index = hyperpod.clusters.index(cluster)
                at = f"hyperpod.clusters.{index}.task_governance"
                cluster.task_governance.check_names(f"{self.name}-{cluster.name}", at=at)
                self._check_teams(cluster.task_governance, at)

    def _check_teams(self, governance: TaskGovernanceSettings, at: str) -> None:
        personas = self.all_personas
        for path, name in governance.personas:
            if name not in personas:
                raise fault(
                    f"is no persona with a role here{close_to(name, list(personas))}: name it in "
                    "personas, or give it to a user of Studio",
                    at=f"{at}.{path}",
                    value=name,
                )
            if "use_hyperpod" not in (personas[name].activities or ()):
                raise fault(
                    "is a persona without the activity use_hyperpod, which people of a team need",
                    at=f"{at}.{path}",
                    value=name,
                )

    def _check_endpoints(self, inference: InferenceSettings) -> None:
        if self.stage == "production" and not self.alarm_emails:
            raise fault(
                "must name somebody: endpoints in production have alarms, which nobody "
                "would receive",
                at="alarm_emails",
                value=self.alarm_emails,
            )
        for index, endpoint in enumerate(inference.endpoints):
            # What the activity deploy_endpoints may change.
            if endpoint.name.startswith("user-"):
                raise fault(
                    "must not begin with user-, which endpoints made by hand do",
                    at=f"inference.endpoints.{index}.name",
                    value=endpoint.name,
                )
        api = inference.api
        if api and self.network.interface_endpoints == "none" and not api.vpc_endpoints:
            raise fault(
                "must name some: network.interface_endpoints is none, so nobody in the "
                "environment's VPC reaches the API",
                at="inference.api.vpc_endpoints",
                value=api.vpc_endpoints,
            )
        inference.check_region(self.region)

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags of every resource: those of the environment, and the team's own."""
        return {
            "environment": self.name,
            "stage": self.stage,
            "owner": self.owner,
            "cost-center": self.cost_center,
            **self.tags,
        }

    @property
    def all_personas(self) -> dict[str, PersonaSettings]:
        """The personas of the settings and those that Studio users have, with activities."""
        return effective_personas(
            self.personas,
            used=self.studio.personas_by_key.values() if self.studio else (),
            without=self._without,
        )

    @property
    def _without(self) -> frozenset[Activity]:
        """The activities that this environment has nothing for."""
        found: set[Activity] = set()
        if self.lakehouse is None:
            found |= {"query_lakehouse", "write_lakehouse"}
        if self.warehouse is None:
            found.add("query_warehouse")
        if self.hyperpod is None:
            found.add("use_hyperpod")
        if not self.partner_apps:
            found.add("use_partner_apps")
        if self.studio is None or self.studio.canvas is None:
            found.add("use_canvas")
        return frozenset(found)

    @property
    def catalogs(self) -> dict[str, str]:
        """Glue's names of the catalogs of data elsewhere, by what grants call them."""
        found = {
            connection.name: f"{self.name}-{connection.name}".replace("-", "_")
            for connection in (self.sources.connections if self.sources else ())
            if connection.federated_catalog
        }
        if self.warehouse and self.warehouse.catalog:
            own = f"{self.name}_warehouse".replace("-", "_")
            found["warehouse"] = f"{own}/{self.warehouse.database_name}"
        return found

    @property
    def is_placeholder(self) -> bool:
        """Whether the account is one of those shipped, which nobody can deploy to."""
        return len(set(self.account)) == 1
