"""What the rules of forward access apply to: the `for` of `forward.yaml`.

Each function yields the fields of a rule's steps, once for each thing that the rule applies to.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from operations.access.call import Call
from operations.access.feature_groups import online_keys
from operations.access.operation import Need
from operations.access.reference import actions
from operations.access.table_facts import TableFacts
from operations.access.world import Environment, World

Fields = dict[str, Any]
_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
_LOG_GROUPS = {
    "CreateProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "CreateTransformJob": "/aws/sagemaker/TransformJobs",
}
_TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"


class Facts:
    """What is known about a call.

    Args:
        world: all environments.
        environment: the environment that the caller works in.
        call: the call.
        direct: what the call itself needs.
        principal: ARN of the caller's role.
    """

    def __init__(
        self,
        world: World,
        environment: Environment,
        call: Call,
        direct: list[Need],
        principal: str,
    ) -> None:
        self._world, self._environment = world, environment
        self._call, self._direct, self._principal = call, direct, principal
        self._providers: Mapping[str, Callable[[Need | None], Iterator[Fields]]] = {
            "altered_tables": lambda _: self._tables("alters"),
            "created_tables": lambda _: self._tables("creates"),
            "data_quality_run": self._data_quality_run,
            "encrypted_object": self._encrypted_object,
            "feature_group": self._feature_group,
            "glue_job": self._glue_job,
            "glue_role": self._glue_role,
            "job": self._job,
            "job_input": self._job_input,
            "model": self._model,
            "online_store": self._online_store,
            "passed_roles": self._passed_roles,
            "project_role": self._project_role,
            "query_results": self._query_results,
            "read_tables": lambda _: self._tables("reads"),
            "rollback_alarms": self._rollback_alarms,
            "routing_target": self._routing_target,
            "rule_targets": self._rule_targets,
            "studio_key": self._studio_key,
            "tagged_resource": self._tagged_resource,
            "uploaded_object": self._uploaded_object,
            "volume_key": self._volume_key,
            "written_tables": lambda _: self._tables("writes"),
        }

    def of(self, name: str, cause: Need | None) -> Iterator[Fields]:
        """Yield the fields of a rule's steps.

        Args:
            name: the `for` of the rule.
            cause: the action that the rule follows; None for an operation.
        """
        return self._providers[name](cause)

    def _encrypted_object(self, cause: Need | None) -> Iterator[Fields]:
        if cause is None or ":s3:::" not in cause.resource:
            return
        name, slash, _ = cause.resource.partition(":s3:::")[2].partition("/")
        bucket = self._world.buckets.get(name)
        asked = cause.context.get("s3:x-amz-server-side-encryption-aws-kms-key-id")
        key = str(asked or (bucket.key_arn if bucket else ""))
        if not slash or not key:
            return
        of_bucket = bucket is not None and bucket.bucket_key
        arn = cause.resource.partition(":s3:::")[0] + f":s3:::{name}"
        yield {
            "key": self._environment.key_arn(key),
            "encryption_context": arn if of_bucket else cause.resource,
        }

    def _uploaded_object(self, _: Need | None) -> Iterator[Fields]:
        for need in self._direct:
            yield from self._encrypted_object(need)

    def _depends(self, action: str) -> bool:
        known = [actions().get(need.action.lower()) for need in self._direct[:1]]
        return any(one is not None and action in one.depends for one in known)

    def _passed_roles(self, _: Need | None) -> Iterator[Fields]:
        if self._depends("iam:PassRole"):
            service = self._direct[0].action.partition(":")[0]
            for role in self._roles():
                yield {"role": role, "service": service}

    def _roles(self) -> list[str]:
        names = ("**.RoleArn", "**.ExecutionRoleArn", "**.roleArn")
        found = [str(role) for name in names for role in self._call.members(name)]
        return list(dict.fromkeys(found))

    def _tagged_resource(self, _: Need | None) -> Iterator[Fields]:
        if not self._call.members("Tags") or not self._depends("sagemaker:AddTags"):
            return
        noun = self._call.operation.removeprefix("Create").removesuffix("V2")
        kind = (
            re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", noun).lower().replace("auto-mljob", "automl-job")
        )
        for need in self._direct:
            if f":{kind}/" in need.resource:
                yield {"arn": need.resource, "operation": self._call.operation}

    def _volume_key(self, _: Need | None) -> Iterator[Fields]:
        keys = self._call.members("**.VolumeKmsKeyId")
        if self._call.operation == "CreateEndpointConfig":
            keys = self._call.members("KmsKeyId")
        for key in dict.fromkeys(keys):
            yield {
                "key": self._environment.key_arn(str(key)),
                "role": next(iter(self._roles()), ""),
            }

    def _job(self, _: Need | None) -> Iterator[Fields]:
        call = self._call
        roles = self._roles()
        if not roles:
            return
        inputs, outputs = self._job_data()
        keys = [
            *call.members("**.OutputDataConfig.KmsKeyId"),
            *call.members("ProcessingOutputConfig.KmsKeyId"),
        ]
        yield {
            "role": roles[0],
            "input_objects": [self._object_arn(uri, "part-0") for uri in inputs],
            "output_objects": [self._object_arn(uri, "output/model.tar.gz") for uri in outputs],
            "output_key": keys[0] if keys else None,
            "log_group": _LOG_GROUPS.get(call.operation, _TRAINING_LOGS),
            "repositories": self._repositories(),
            "vpc": bool(call.members("**.VpcConfig")),
            "subnets": call.members("**.VpcConfig.Subnets"),
            "security_groups": call.members("**.VpcConfig.SecurityGroupIds"),
        }

    def _job_input(self, _: Need | None) -> Iterator[Fields]:
        """Yield what a job lists: objects whose keys begin as the URI of an input says."""
        for uri in dict.fromkeys(self._job_data()[0]):
            for role in self._roles()[:1]:
                prefix = uri.removeprefix("s3://").partition("/")[2]
                yield {"role": role, "bucket": self._bucket_arn(uri), "prefix": prefix}

    def _job_data(self) -> tuple[list[str], list[str]]:
        """Return the URIs of the inputs and of the outputs of a job."""
        outputs = [
            str(uri)
            for path in ("**.S3OutputPath", "**.S3Output.S3Uri")
            for uri in self._call.members(path)
        ]
        given = [str(uri) for uri in self._call.members("**.S3Uri")]
        return [uri for uri in given if uri not in outputs], outputs

    def _glue_role(self, _: Need | None) -> Iterator[Fields]:
        for role in self._call.members("Role"):
            yield {"role": str(role)}

    def _project_role(self, _: Need | None) -> Iterator[Fields]:
        for role in self._call.members("projectExecutionRole"):
            yield {"role": str(role)}

    def _data_quality_run(self, _: Need | None) -> Iterator[Fields]:
        for role in self._call.members("Role"):
            yield {"role": str(role), "rulesets": self._call.members("RulesetNames")}

    def _glue_job(self, _: Need | None) -> Iterator[Fields]:
        """Yield what Glue does with the role of a job, which is a fact of the job."""
        for role in self._call.members("@role"):
            scripts = [str(uri) for uri in self._call.members("@script")]
            yield {
                "role": str(role),
                "scripts": [self._object_arn(uri, "") for uri in scripts],
                "connections": self._call.members("@connection"),
                "subnets": self._call.members("@subnets"),
                "security_groups": self._call.members("@security_groups"),
            }

    def _model(self, _: Need | None) -> Iterator[Fields]:
        roles = self._roles()
        if roles:
            uris = [*self._call.members("**.ModelDataUrl"), *self._call.members("**.S3Uri")]
            yield {
                "role": roles[0],
                "objects": [self._object_arn(str(uri), "") for uri in uris],
                "repositories": self._repositories(),
            }

    def _rule_targets(self, _: Need | None) -> Iterator[Fields]:
        for target in self._call.members("Targets"):
            if role := target.get("RoleArn"):
                yield {"role": role, "target": target["Arn"], "rule": self._direct[0].resource}

    def _feature_group(self, _: Need | None) -> Iterator[Fields]:
        def one(path: str) -> str:
            return next((str(value) for value in self._call.members(path)), "")

        if self._call.operation != "CreateFeatureGroup":
            return
        place, name = self._environment, one("FeatureGroupName")
        uri = one("OfflineStoreConfig.S3StorageConfig.S3Uri")
        key = one("OnlineStoreConfig.SecurityConfig.KmsKeyId")
        yield {
            "role": next(iter(self._roles()), ""),
            "online_key": place.key_arn(key) if key else "",
            "offline_key": one("OfflineStoreConfig.S3StorageConfig.KmsKeyId") or None,
            "bucket": self._bucket_arn(uri) if uri else "",
            "object": f"{place.account}/sagemaker/{place.region}/offline-store/{name}/part-0",
            "glue": f"arn:{place.partition}:glue:{place.region}:{place.account}",
            "table": name.replace("-", "_"),
        }

    def _online_store(self, _: Need | None) -> Iterator[Fields]:
        paths = ("FeatureGroupName", "Identifiers.FeatureGroupName")
        names = {str(one).rpartition("/")[2] for path in paths for one in self._call.members(path)}
        known = online_keys(self._environment, names)
        for key in dict.fromkeys((*map(str, self._call.members("@key")), *known)):
            yield {"key": self._environment.key_arn(key)}

    def _repositories(self) -> list[str]:
        paths = ("**.TrainingImage", "**.ImageUri", "**.Image")
        images = [str(image) for path in paths for image in self._call.members(path)]
        partition = self._environment.partition
        return [
            f"arn:{partition}:ecr:{match[2]}:{match[1]}:repository/{match[3]}"
            for image in dict.fromkeys(images)
            if (match := _IMAGE.match(image))
        ]

    def _rollback_alarms(self, _: Need | None) -> Iterator[Fields]:
        alarms = self._call.members("**.AutoRollbackConfiguration.Alarms.AlarmName")
        for role in self._call.members("@model_role"):
            if alarms:
                yield {"alarms": alarms, "role": role}

    def _routing_target(self, _: Need | None) -> Iterator[Fields]:
        """Yield the destinations of the target that a caller of a router names."""
        for record in self._environment.of_type("Custom::InferenceRouter"):
            name = record.properties["InferenceRouterName"]
            if name not in self._call.members("InferenceRouterName"):
                continue
            for target in record.properties["RoutingTargets"]:
                if target["Name"] in self._call.members("RoutingTargetName"):
                    yield {
                        "destinations": [one["ResourceArn"] for one in target["Destinations"]],
                        "router": next(one.resource for one in self._direct),
                    }

    def _studio_key(self, _: Need | None) -> Iterator[Fields]:
        for record in self._environment.of_type("AWS::SageMaker::Domain"):
            if key := record.properties.get("KmsKeyId"):
                yield {"key": self._environment.key_arn(key)}

    def _result_configuration(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._workgroup_configuration().get("ResultConfiguration", {})
        return found

    def _workgroup_configuration(self) -> Mapping[str, Any]:
        group = [*self._call.members("WorkGroup"), *self._call.members("@workgroup")][:1]
        for record in self._environment.of_type("AWS::Athena::WorkGroup"):
            if [record.properties["Name"]] == group:
                found: Mapping[str, Any] = record.properties.get("WorkGroupConfiguration", {})
                return found
        return {}

    def _results_encryption(self) -> str:
        managed = self._workgroup_configuration().get("ManagedQueryResultsConfiguration", {})
        if managed.get("EncryptionConfiguration"):
            return "SSE_KMS"
        encryption = self._result_configuration().get("EncryptionConfiguration", {})
        return str(encryption.get("EncryptionOption", ""))

    def _query_results(self, _: Need | None) -> Iterator[Fields]:
        if uri := self._result_configuration().get("OutputLocation"):
            bucket, *folder = str(uri).removeprefix("s3://").split("/", 1)
            yield {"bucket": bucket, "object": "".join([*folder, "00000000-0000.csv"])}

    def _tables(self, relation: str) -> Iterator[Fields]:
        tables = TableFacts(
            self._world,
            self._environment,
            self._call,
            self._principal,
            encrypts_results_with_key=self._results_encryption() == "SSE_KMS",
        )
        return tables.of(relation)

    def _bucket_arn(self, uri: str) -> str:
        bucket = uri.removeprefix("s3://").partition("/")[0]
        return f"arn:{self._environment.partition}:s3:::{bucket}"

    def _object_arn(self, uri: str, below: str) -> str:
        path = uri.removeprefix("s3://").rstrip("/")
        arn = f"arn:{self._environment.partition}:s3:::{path}"
        return f"{arn}/{below}" if below else arn
