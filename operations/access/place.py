"""Values of an environment that tasks refer to."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from operations.access.bill import bill_of
from operations.access.feature_groups import promised_groups
from operations.access.instances import chosen_types
from operations.access.lake_formation import Data, Location
from operations.access.role import Role
from operations.access.routers import routed_targets
from operations.access.trail import trail_of
from operations.access.workgroups import athena_keeps_results, uses_workgroup
from operations.access.world import Environment, World

_POLICY = re.compile(r".*/(\w+)Policy")
# Activities whose statements are in the persona's own policy, by an action that each has.
_IN_OWN_POLICY = {
    "build_pipelines": "sagemaker:UpdatePipelineVersion",
    "deploy_jumpstart": "sagemaker:ListHubContents",
    "invoke_endpoints": "sagemaker:InvokeEndpoint",
    "push_images": "ecr:PutImage",
    "read_monitors": "sagemaker:ListMonitoringExecutions",
    "register_models": "sagemaker:CreateModelPackage",
    "schedule_notebooks": "events:PutRule",
    "use_feature_store": "sagemaker:CreateFeatureGroup",
    "use_partner_apps": "sagemaker:CreatePartnerAppPresignedUrl",
    "use_unified_studio": "datazone:GetIamPortalLoginUrl",
}


def activities(role: Role) -> set[str]:
    """Return the activities of a persona, by the policies that its role has."""
    shared = {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", match[1]).lower()
        for policy in role.policies
        if (match := _POLICY.fullmatch(policy.origin.name))
    }
    statements = [one for policy in role.policies for one in policy.statements if not one.deny]
    own = {
        activity
        for activity, action in _IN_OWN_POLICY.items()
        if any(one.names_action(action) for one in statements)
    }
    # The same actions as of `build_pipelines`, on executions of known pipelines.
    if any("/execution/*" in str(one.document.get("Resource")) for one in statements):
        own.add("run_pipelines")
    return shared | own


class Place:
    """One persona in one environment.

    Attributes:
        values: what the fields of tasks stand for.
    """

    def __init__(self, world: World, environment: Environment, persona: str) -> None:
        self._environment, self._formation = environment, world.lake_formation
        role = environment.personas[persona]
        others = [one for name, one in environment.personas.items() if name != persona]
        other_names = [name for name in environment.personas if name != persona]
        users = self._names("AWS::SageMaker::UserProfile", "UserProfileName")
        outputs = world.outputs(environment.name)
        registered = self._group(role, "sagemaker:CreateModelPackage")
        made: Mapping[str, Any] = {
            "environment": environment.name,
            "account": environment.account,
            "region": environment.region,
            "partition": environment.partition,
            "persona": persona,
            "role": role.arn,
            "role_name": role.name,
            "other_persona": other_names[0] if other_names else None,
            "other_role": others[0].arn if others else None,
            "domain": next(
                (one.ref for one in environment.of_type("AWS::SageMaker::Domain")), None
            ),
            "user": users[0] if users else "a-user",
            "tags": self._propagated_tags(),
            "artifacts": self._bucket("foundation/Artifacts"),
            "access_logs": self._bucket("foundation/AccessLogs"),
            "key": outputs.get("WorkloadKeyArn"),
            "subnets": str(outputs.get("WorkloadSubnetIds", "")).split(",") or None,
            "first_subnet": str(outputs.get("WorkloadSubnetIds", "")).split(",")[0] or None,
            "security_groups": [one for one in [outputs.get("WorkloadSecurityGroupId")] if one]
            or None,
            "image": f"{environment.account}.dkr.ecr.{environment.region}.amazonaws.com/ml/own:1",
            **chosen_types(role),
            "workgroup": self._workgroup(role),
            "tables_workgroup": self._workgroup(role, keeps_results=True) or self._workgroup(role),
            "governed": bool(environment.of_type("Custom::ClosedDatabase")) or None,
            "layers": self._layers(role) or None,
            "registered_group": registered,
            "registered_risk": self._risk(registered),
            "approved_group": self._group(role, "sagemaker:UpdateModelPackage"),
            "bill": bill_of(environment),
            "trail": trail_of(environment),
            "administers_data": self._formation.administers(role.arn, environment.account) or None,
            "accepts_shares": (
                self._formation.administers(role.arn, environment.account)
                and bool(environment.resource_links)
            )
            or None,
            "sharing_account": next(
                (account for account, _ in environment.resource_links.values()), None
            ),
            "empty": "{}",
            "canvas_deploys": any(
                one.names_action("sagemaker:CreateEndpoint")
                for policy in role.policies
                if policy.origin.name.endswith("/UseCanvasPolicy")
                for one in policy.statements
            )
            or None,
            **dict.fromkeys(activities(role), True),
        }
        self.values = {name: value for name, value in made.items() if value is not None}
        self._lists: Mapping[str, Callable[[], list[Any]]] = {
            "crawlers": lambda: self._refs("AWS::Glue::Crawler"),
            "project_roles": lambda: [
                role
                for one in self._environment.of_type("AWS::DataZone::Project")
                if (role := one.properties.get("ProjectExecutionRole"))
            ],
            "rulesets": self._rulesets,
            "clusters": lambda: self._refs("AWS::SageMaker::Cluster"),
            "endpoints": lambda: self._names("AWS::SageMaker::Endpoint", "EndpointName"),
            "feature_groups": lambda: promised_groups(environment, role),
            "kubernetes_clusters": lambda: self._refs("AWS::EKS::Cluster"),
            "portals": lambda: self._refs("AWS::DataZone::Domain"),
            "layers": lambda: self._layers(role),
            "monitors": lambda: [
                {"schedule": name, "reports": self._bucket("inference/Reports")}
                for name in self._names(
                    "AWS::SageMaker::MonitoringSchedule", "MonitoringScheduleName"
                )
            ],
            "other_buckets": lambda: list(_other_buckets(world, environment)),
            "other_workgroups": lambda: [
                group for group in self._other_workgroups(role, others) if group["name"]
            ],
            "other_results": lambda: [
                group for group in self._other_workgroups(role, others) if group["bucket"]
            ],
            "pipelines": lambda: self._names("AWS::SageMaker::Pipeline", "PipelineName"),
            "partner_apps": lambda: [
                {"name": one.properties["Name"], "arn": one.ref}
                for one in environment.of_type("AWS::SageMaker::PartnerApp")
            ],
            "routers": lambda: list(routed_targets(world, environment)),
            "secrets": lambda: [
                one.ref
                for other in world.environments.values()
                for one in other.of_type("AWS::SecretsManager::Secret")
            ],
            "shared_tables": lambda: list(self._shared_tables(role)),
            "table_buckets": lambda: self._table_buckets(role),
            "tracking_servers": lambda: self._names(
                "AWS::SageMaker::MlflowTrackingServer", "TrackingServerName"
            ),
            "warehouses": lambda: [
                {"name": one.ref, "arn": one.arn}
                for one in environment.of_type("AWS::RedshiftServerless::Workgroup")
            ],
        }

    def each(self, kind: str | None) -> Iterator[Mapping[str, Any]]:
        """Yield the values once for each thing of a kind, or once in all.

        Args:
            kind: the `each` or `any` of a task.
        """
        if kind is None:
            yield self.values
            return
        name = kind.removesuffix("s")
        for thing in self._lists[kind]():
            yield {**self.values, name: thing}

    def _propagated_tags(self) -> list[Mapping[str, str]]:
        """Return the tags that Studio gives its users' clients to pass on."""
        for domain in self._environment.of_type("AWS::SageMaker::Domain"):
            if domain.properties.get("TagPropagation") == "ENABLED":
                return [{"Key": "sagemaker:user-profile-arn", "Value": domain.ref}]
        return []

    def _names(self, kind: str, key: str) -> list[str]:
        return [
            str(one.properties[key])
            for one in self._environment.of_type(kind)
            if key in one.properties
        ]

    def _bucket(self, path: str) -> str | None:
        buckets = self._environment.of_type("AWS::S3::Bucket")
        return next((one.ref for one in buckets if one.path.startswith(path)), None)

    def _group(self, role: Role, action: str) -> str:
        """Return a model package group that a role may act on; if there is none, another name."""
        groups = list(self._environment.of_type("AWS::SageMaker::ModelPackageGroup"))
        given = [one for policy in role.policies for one in policy.statements]
        given = [one for one in given if one.names_action(action)]
        # Those that the role may act on come first.
        groups.sort(key=lambda group: not any(one.names_resource(group.arn, {}) for one in given))
        return str(groups[0].properties["ModelPackageGroupName"]) if groups else "a-group"

    def _risk(self, name: str) -> str:
        """Return the risk of a model package group; if it has none, any."""
        for group in self._environment.of_type("AWS::SageMaker::ModelPackageGroup"):
            if group.properties["ModelPackageGroupName"] == name:
                return group.tags.get("risk", "low")
        return "low"

    def _refs(self, kind: str) -> list[str]:
        return [one.ref for one in self._environment.of_type(kind)]

    def _layers(self, role: Role) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for record in self._environment.of_type("AWS::Glue::Database"):
            place = str(record.properties.get("DatabaseInput", {}).get("LocationUri", ""))
            name = str(record.properties.get("DatabaseName", ""))
            if record.path.endswith("Layer/Database") and place:
                short = name.removeprefix(self._environment.name.replace("-", "_") + "_")
                data = Data(self._environment.account, name, "a_table")
                found.append(
                    {
                        "name": short,
                        "database": name,
                        "bucket": place.removeprefix("s3://").partition("/")[0],
                        **self._promises(role, data),
                    }
                )
        return found

    def _promises(self, role: Role, data: Data) -> dict[str, bool]:
        """Return what grants, or activities where Lake Formation does not govern, promise."""
        queries = "query_lakehouse" in activities(role)
        if not self._formation.decides(role.arn, data, self._location(data)):
            # Glue's part of the policy says which layers an activity is about.
            place = self._environment
            arn = f"arn:{place.partition}:glue:{place.region}:{place.account}:table"
            on = f"{arn}/{data.database}/{data.table}"
            reads, writes = (
                any(
                    one.names_action(action) and one.names_resource(on, {})
                    for policy in role.policies
                    for one in policy.statements
                )
                for action in ("glue:GetTable", "glue:UpdateTable")
            )
            return {
                "reads": reads and queries,
                "writes": writes and queries,
                "creates": writes,
                "files": writes,
                "defines": writes and queries,
            }

        def granted(permission: str, on: Data) -> bool:
            return self._formation.grant_for(role.arn, permission, on) is not None

        database = Data(data.catalog, data.database)
        files = self._formation.writes_everything(role.arn, database)
        return {
            "reads": granted("SELECT", data) and queries,
            "writes": granted("INSERT", data) and queries,
            "creates": granted("CREATE_TABLE", database),
            "files": files,
            "defines": files and queries,
        }

    def _location(self, data: Data) -> Location | None:
        uri = str(self._environment.databases.get(data.database, {}).get("LocationUri", ""))
        path = uri.removeprefix("s3://").rstrip("/")
        return self._formation.location(f"arn:{self._environment.partition}:s3:::{path}/a")

    def _shared_tables(self, role: Role) -> Iterator[Mapping[str, Any]]:
        """Yield tables of other accounts that personas are granted, and one that none is."""
        place = self._environment
        for link, (account, database) in place.resource_links.items():
            grants = [
                grant
                for grant in self._formation.grants
                if grant.account == place.account
                and (grant.target.get("CatalogId"), grant.target.get("Database"))
                == (account, database)
                and "SELECT" in grant.permissions
            ]
            named = dict.fromkeys(str(grant.target.get("Table", "a_table")) for grant in grants)
            for table in (*named, "another_table"):
                yield {
                    "name": f"{link}.{table}",
                    "link": link,
                    "table": table,
                    # What the owner grants is asked when the task is decided.
                    "reads": any(
                        grant.principal == role.arn and grant.target.get("Table", table) == table
                        for grant in grants
                    ),
                }

    def _rulesets(self) -> list[Mapping[str, str]]:
        """Return rule sets of data quality, with the role that evaluates each."""
        roles = {
            one.path.partition("/Role")[0]: one.arn
            for one in self._environment.of_type("AWS::IAM::Role")
        }
        return [
            {"name": one.ref, "role": role}
            for one in self._environment.of_type("AWS::Glue::DataQualityRuleset")
            if (role := roles.get(one.path.partition("/Resource")[0]))
        ]

    def _table_buckets(self, role: Role) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        tables = {
            str(one.properties["TableBucketARN"]).rpartition("/")[2]: one.properties
            for one in self._environment.of_type("AWS::S3Tables::Table")
        }
        for name in self._names("AWS::S3Tables::TableBucket", "TableBucketName"):
            table = tables.get(name, {})
            namespace = str(table.get("Namespace", "default"))
            known = str(table.get("TableName", "a_table"))
            catalog = f"{self._environment.account}:s3tablescatalog/{name}"
            found.append(
                {
                    "name": name,
                    "namespace": namespace,
                    "table": known,
                    **self._promises(role, Data(catalog, namespace, known)),
                }
            )
        return found

    def _workgroup(self, role: Role, *, keeps_results: bool = False) -> str | None:
        """Return the workgroup that a role may query in; the first one if it may in none.

        Args:
            role: the role.
            keeps_results: ask for a workgroup whose results Athena keeps, with its own key.
        """
        groups = [
            record
            for record in self._environment.of_type("AWS::Athena::WorkGroup")
            if "SPARK" not in str(record.properties.get("WorkGroupConfiguration", {})).upper()
            and (not keeps_results or athena_keeps_results(record))
        ]
        for record in groups:
            if uses_workgroup(role, record, self._environment):
                return str(record.properties["Name"])
        return str(groups[0].properties["Name"]) if groups and not keeps_results else None

    def _other_workgroups(self, role: Role, others: Iterable[Role]) -> list[Mapping[str, str]]:
        """Return the workgroups that other personas use, with the place of their results.

        Those who read the bill share its workgroup, because they read the same data.
        """
        others = list(others)
        found: list[Mapping[str, str]] = []
        shared = self.values["bill"]["workgroup"] if "read_costs" in activities(role) else None
        for record in self._environment.of_type("AWS::Athena::WorkGroup"):
            if record.properties["Name"] == shared:
                continue
            if any(uses_workgroup(role, record, self._environment) for role in others):
                configuration = record.properties.get("WorkGroupConfiguration", {})
                # Of Spark, the template has the names of the API.
                given = {key.lower(): value for key, value in configuration.items()}
                place = {
                    key.lower(): value
                    for key, value in given.get("resultconfiguration", {}).items()
                }
                uri = str(place.get("outputlocation", ""))
                bucket, _, folder = uri.removeprefix("s3://").partition("/")
                name = str(record.properties["Name"])
                found.append({"name": name, "bucket": bucket, "folder": folder})
        return found


def _other_buckets(world: World, environment: Environment) -> Iterator[Mapping[str, str]]:
    for other in world.environments.values():
        if other is not environment:
            for record in other.of_type("AWS::S3::Bucket"):
                name = record.path.replace("/Resource", "")
                yield {"environment": other.name, "name": name, "bucket": record.ref}
