"""What services do with the roles of an environment, without a call of a person."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.access.authorizer import Authorizer
from operations.access.check import Check
from operations.access.feature_groups import offline_stores
from operations.access.lake_formation import Data
from operations.access.resolver import Record
from operations.access.tables import table
from operations.access.world import Environment, World

Fields = dict[str, Any]
_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")


@dataclass(frozen=True)
class Duty:
    """Something that a service does with a role.

    Attributes:
        environment: name of the environment.
        rule: id of the rule.
        title: what is done, for people.
        resource: construct path of the resource that it is done for.
        checks: what was checked.
    """

    environment: str
    rule: str
    title: str
    resource: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> Check | None:
        """The first check that decides against it; not one that depends on unknown policies."""
        return next(
            (one for one in self.checks if not one.allowed and one.decides and not one.undecided),
            None,
        )


def duties(world: World) -> Iterator[Duty]:
    """Decide about everything that services do in all environments."""
    authorizer = Authorizer(world)
    for environment in world.environments.values():
        resources = _Resources(world, environment)
        for rule in table("duties"):
            for record, fields in resources.of(rule["for"]):
                checks = authorizer.follow(rule, fields, environment)
                yield Duty(environment.name, rule["id"], rule["title"], record.path, tuple(checks))


class _Resources:
    """The resources of an environment that the rules are about."""

    def __init__(self, world: World, environment: Environment) -> None:
        self._world, self._environment = world, environment
        self._providers: Mapping[str, Callable[[], Iterator[tuple[Record, Fields]]]] = {
            "clusters_with_alarms": self._clusters_with_alarms,
            "crawlers": self._crawlers,
            "data_quality_runs": self._data_quality_runs,
            "endpoints_with_alarms": self._endpoints_with_alarms,
            "layer_locations": self._layer_locations,
            "models": self._models,
            "offline_stores": lambda: offline_stores(environment, world.lake_formation),
            "spark_workgroups": self._spark_workgroups,
            "table_bucket_locations": self._table_bucket_locations,
            "zero_etl_targets": self._zero_etl_targets,
        }

    def of(self, name: str) -> Iterator[tuple[Record, Fields]]:
        """Yield resources, each with the fields of the steps."""
        return self._providers[name]()

    def _governed(self, database: str) -> bool:
        data = Data(self._environment.account, database)
        return self._world.lake_formation.governs(data)

    def _endpoints_with_alarms(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::SageMaker::Endpoint"):
            alarms = _alarms(record.properties.get("DeploymentConfig", {}))
            for role in self._endpoint_roles(record):
                if alarms:
                    yield record, {"alarms": alarms, "role": role}

    def _endpoint_roles(self, endpoint: Record) -> set[str]:
        roles = set()
        for configuration in self._environment.of_type("AWS::SageMaker::EndpointConfig"):
            name = configuration.properties.get("EndpointConfigName", "")
            wanted = endpoint.properties["EndpointConfigName"]
            if wanted not in (name, configuration.ref.rpartition("/")[2]):
                continue
            if role := configuration.properties.get("ExecutionRoleArn"):
                roles.add(role)
            names = {one.get("ModelName") for one in configuration.properties["ProductionVariants"]}
            for model in self._environment.of_type("AWS::SageMaker::Model"):
                if model.ref.rpartition("/")[2] in names:
                    roles.add(model.properties["ExecutionRoleArn"])
        return roles

    def _clusters_with_alarms(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::SageMaker::Cluster"):
            for group in record.properties.get("InstanceGroups", ()):
                if alarms := _alarms(group):
                    yield record, {"alarms": alarms, "role": group["ExecutionRole"]}

    def _models(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::SageMaker::Model"):
            text = json.dumps(record.properties)
            uris = re.findall(r'"(?:ModelDataUrl|S3Uri)": "s3://([^"]+)"', text)
            partition = self._environment.partition
            yield (
                record,
                {
                    "role": record.properties["ExecutionRoleArn"],
                    "objects": [f"arn:{partition}:s3:::{uri}" for uri in uris],
                    "repositories": [
                        f"arn:{partition}:ecr:{match[2]}:{match[1]}:repository/{match[3]}"
                        for image in re.findall(r'"Image": "([^"]+)"', text)
                        if (match := _IMAGE.match(image))
                    ],
                },
            )

    def _data_quality_runs(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::Scheduler::Schedule"):
            target = record.properties["Target"]
            if not target["Arn"].endswith("startDataQualityRulesetEvaluationRun"):
                continue
            given = json.loads(target["Input"])
            database = given["DataSource"]["GlueTable"]["DatabaseName"]
            yield (
                record,
                {
                    "role": given["Role"],
                    "ruleset": given["RulesetNames"],
                    "governed": self._governed(database),
                },
            )

    def _crawlers(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::Glue::Crawler"):
            formation = record.properties.get("LakeFormationConfiguration", {})
            by_formation = str(formation.get("UseLakeFormationCredentials", "")).lower() == "true"
            yield (
                record,
                {
                    "role": record.properties["Role"],
                    "database": record.properties["DatabaseName"],
                    "by_lake_formation": by_formation,
                },
            )

    def _zero_etl_targets(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::Glue::IntegrationResourceProperty"):
            target = record.properties.get("TargetProcessingProperties")
            if target:
                database = record.properties["ResourceArn"].rpartition("/")[2]
                governed = self._governed(database)
                yield record, {"role": target["RoleArn"], "governed": governed}

    def _spark_workgroups(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::Athena::WorkGroup"):
            role = record.properties.get("WorkGroupConfiguration", {}).get("ExecutionRole")
            if role:
                place = self._environment
                arn = f"arn:{place.partition}:athena:{place.region}:{place.account}:workgroup"
                fields = {"role": role, "workgroup_arn": f"{arn}/{record.properties['Name']}"}
                yield record, fields

    def _table_bucket_locations(self) -> Iterator[tuple[Record, Fields]]:
        for record in self._environment.of_type("AWS::S3Tables::TableBucket"):
            location = self._world.lake_formation.location(record.arn)
            key = record.properties.get("EncryptionConfiguration", {}).get("KMSKeyArn")
            if location and location.role_arn and key:
                fields = {"role": location.role_arn, "key": key, "table": f"{record.arn}/table/0"}
                yield record, fields

    def _layer_locations(self) -> Iterator[tuple[Record, Fields]]:
        for bucket in self._world.buckets.values():
            location = self._world.lake_formation.location(bucket.record.arn)
            mine = bucket.record.stack.environment == self._environment.name
            if mine and location and location.role_arn and bucket.key_arn and bucket.bucket_key:
                yield (
                    bucket.record,
                    {
                        "role": location.role_arn,
                        "key": bucket.key_arn,
                        "bucket_arn": bucket.record.arn,
                        "objects": f"{bucket.record.arn}/a/b.parquet",
                    },
                )


def _alarms(properties: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of alarms that an update is rolled back by."""
    text = json.dumps(properties)
    return [str(name) for name in re.findall(r'"AlarmName": "([^"]+)"', text)]
