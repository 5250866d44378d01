"""Answers of AWS to authorized calls: the least that fits botocore's models."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel, Shape

from operations.access.world import Environment
from operations.rehearsal.server.wire import Call
from tests.stories.harness.objects import Objects

# The states that clients wait for, where a model has them.
_FINAL = ("Completed", "InService", "Succeeded", "SUCCEEDED", "ACTIVE", "Created", "Available")
_TIME = 1_767_225_600.0  # 2026-01-01


@dataclass
class Answers:
    """What AWS remembers of a run, and tells.

    Attributes:
        environment: the environment of the run.
        caller: ARN of the caller's session.
        objects: Amazon S3.
        outputs: outputs of stacks by the name of the stack.
        owners: who owns each space, and how it is shared.
        workgroups: the workgroup of each query.
        tags_of_rules: the tags of each rule of EventBridge.
    """

    environment: Environment
    caller: str
    objects: Objects
    outputs: Mapping[str, Mapping[str, Any]]
    owners: dict[str, dict[str, str]] = field(default_factory=dict)
    workgroups: dict[str, str] = field(default_factory=dict)
    tags_of_rules: dict[str, dict[str, str]] = field(default_factory=dict)
    _made: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    _queries: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _records: dict[tuple[str, str], list[Mapping[str, Any]]] = field(default_factory=dict)

    def answer(self, call: Call) -> dict[str, Any]:
        """Return the output of an authorized call.

        Raises:
            LookupError: if what it names does not exist.
        """
        known = getattr(self, f"_{call.service}_{call.operation.name}".replace("-", "_"), None)
        if known is not None:
            return dict(known(call.arguments))
        verb, noun = _verb_and_noun(call.operation.name)
        given = dict(call.arguments)
        name = next((str(given[key]) for key in (f"{noun}Name", "Name") if key in given), "")
        if verb == "Create":
            self._made[noun, name] = given
        elif verb in ("Describe", "Get"):
            given = {**self._made.get((noun, name), {}), **given}
        return self._least(call.operation, given, noun, name)

    def _least(
        self, operation: OperationModel, given: Mapping[str, Any], noun: str, name: str
    ) -> dict[str, Any]:
        shape = operation.output_shape
        if shape is None:
            return {}
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", noun).lower()
        place = self.environment
        service = operation.service_model.signing_name
        arn = (
            f"arn:{place.partition}:{service}:{place.region}:{place.account}:{kind}/{name.lower()}"
        )
        found: dict[str, Any] = {}
        for member, inner in shape.members.items():
            if member in given and inner.type_name != "blob":
                found[member] = given[member]
            elif member in (f"{noun}Arn", "Arn"):
                found[member] = arn
            elif member in shape.required_members or member.endswith("Status"):
                found[member] = _value(inner)
        return found

    def _sts_GetCallerIdentity(self, _: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        return {"Account": self.environment.account, "Arn": self.caller, "UserId": "AROA:story"}

    def _cloudformation_DescribeStacks(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        found = self.outputs.get(given["StackName"])
        if found is None:
            raise LookupError(f"ValidationError: no stack {given['StackName']}")
        outputs = [{"OutputKey": name, "OutputValue": str(value)} for name, value in found.items()]
        stack = {
            "StackName": given["StackName"],
            "CreationTime": "2026-01-01T00:00:00Z",
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": outputs,
        }
        return {"Stacks": [stack]}

    def _athena_StartQueryExecution(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        query = f"00000000-0000-0000-0000-{len(self._queries):012d}"
        self._queries[query] = given
        self.workgroups[query] = given.get("WorkGroup", "primary")
        bucket, _, key = self._output(query).removeprefix("s3://").partition("/")
        self.objects.content[bucket, key] = b'"n"\n"1"\n'
        return {"QueryExecutionId": query}

    def _athena_GetQueryExecution(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        query = given["QueryExecutionId"]
        asked = self._queries.get(query, {"QueryString": "SELECT 1"})
        sql = asked["QueryString"].lstrip().upper()
        execution = {
            "QueryExecutionId": query,
            "Query": asked["QueryString"],
            "StatementType": "DML" if sql.startswith(("SELECT", "INSERT", "UNLOAD")) else "DDL",
            "ResultConfiguration": {"OutputLocation": self._output(query)},
            "WorkGroup": self.workgroups.get(query, "primary"),
            "Status": {
                "State": "SUCCEEDED",
                "SubmissionDateTime": _TIME,
                "CompletionDateTime": _TIME,
            },
            "Statistics": {"DataScannedInBytes": 0, "EngineExecutionTimeInMillis": 1},
        }
        return {"QueryExecution": execution}

    def _athena_GetQueryResults(self, _: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        column = {
            "Name": "n",
            "Type": "integer",
            "Precision": 10,
            "Scale": 0,
            "Nullable": "UNKNOWN",
        }
        rows = [{"Data": [{"VarCharValue": value}]} for value in ("n", "1")]
        return {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": [column]}}}

    def _athena_GetWorkGroup(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        for record in self.environment.of_type("AWS::Athena::WorkGroup"):
            if record.properties["Name"] == given["WorkGroup"]:
                wanted = record.properties["WorkGroupConfiguration"]
                group = {"Name": given["WorkGroup"], "Configuration": wanted}
                return {"WorkGroup": group}
        raise LookupError(f"InvalidRequestException: no workgroup {given['WorkGroup']}")

    def _output(self, query: str) -> str:
        """Return where a workgroup puts the result of a query."""
        for record in self.environment.of_type("AWS::Athena::WorkGroup"):
            if record.properties["Name"] == self.workgroups.get(query):
                wanted = record.properties["WorkGroupConfiguration"].get("ResultConfiguration", {})
                place = str(wanted.get("OutputLocation", "")).rstrip("/")
                return f"{place}/{query}.csv"
        return f"s3://unknown/{query}.csv"

    def _events_PutRule(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        self.tags_of_rules[given["Name"]] = {
            one["Key"]: one["Value"] for one in given.get("Tags", ())
        }
        return {}

    def _events_DeleteRule(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        self.tags_of_rules.pop(given["Name"], None)
        return {}

    def _sagemaker_featurestore_runtime_PutRecord(  # noqa: N802
        self, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        values = {one["FeatureName"]: one["ValueAsString"] for one in given["Record"]}
        group = self._feature_group(given["FeatureGroupName"])
        identifier = values[group["RecordIdentifierFeatureName"]]
        self._records[given["FeatureGroupName"], identifier] = given["Record"]
        return {}

    def _sagemaker_featurestore_runtime_GetRecord(  # noqa: N802
        self, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        key = given["FeatureGroupName"], given["RecordIdentifierValueAsString"]
        return {"Record": self._records[key]} if key in self._records else {}

    def _sagemaker_DescribeFeatureGroup(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        name = given["FeatureGroupName"]
        arn = self._sagemaker("feature-group", name)
        group = self._feature_group(name)
        known = ("RecordIdentifierFeatureName", "EventTimeFeatureName", "FeatureDefinitions")
        return {
            "FeatureGroupArn": arn,
            "FeatureGroupName": name,
            "CreationTime": _TIME,
            "FeatureGroupStatus": "Created",
            "NextToken": "",
            **{key: group[key] for key in known},
        }

    def _sagemaker_StartPipelineExecution(  # noqa: N802
        self, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        execution = f"{self._sagemaker('pipeline', given['PipelineName'])}/execution/abc123def456"
        self._made["PipelineExecution", execution] = given
        return {"PipelineExecutionArn": execution}

    def _sagemaker_ListPipelineExecutionSteps(  # noqa: N802
        self, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        name = given["PipelineExecutionArn"].split("/")[1]
        [body] = [
            one.properties["PipelineDefinition"]["PipelineDefinitionBody"]
            for one in self.environment.of_type("AWS::SageMaker::Pipeline")
            if one.properties["PipelineName"] == name
        ]
        steps = [
            {"StepName": step, "StepStatus": "Succeeded"}
            for step in _step_names(json.loads(body)["Steps"])
        ]
        return {"PipelineExecutionSteps": steps}

    def _sagemaker_ListPipelineParametersForExecution(  # noqa: N802
        self, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        made = self._made["PipelineExecution", given["PipelineExecutionArn"]]
        return {"PipelineParameters": made.get("PipelineParameters", [])}

    def _sagemaker_DescribeModelPackage(  # noqa: N802
        self, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        arn = given["ModelPackageName"]
        return {
            "ModelPackageName": arn.split("/")[1],
            "ModelPackageArn": arn,
            "CreationTime": _TIME,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "ModelApprovalStatus": "PendingManualApproval",
        }

    def _sagemaker(self, kind: str, name: str) -> str:
        place = self.environment
        return f"arn:{place.partition}:sagemaker:{place.region}:{place.account}:{kind}/{name}"

    def _feature_group(self, name: str) -> Mapping[str, Any]:
        for record in self.environment.of_type("AWS::SageMaker::FeatureGroup"):
            if record.properties["FeatureGroupName"] == name:
                return record.properties
        if ("FeatureGroup", name) in self._made:
            return self._made["FeatureGroup", name]
        raise LookupError(f"ResourceNotFound: no feature group {name}")

    def _ecr_InitiateLayerUpload(self, _: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        return {"uploadId": "0", "partSize": 1}

    def _glue_GetTable(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        return {"Table": {"Name": given["Name"], "DatabaseName": given["DatabaseName"]}}

    def _glue_GetDatabase(self, given: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N802
        return {"Database": {"Name": given["Name"]}}


def _step_names(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the steps of a pipeline, also those in branches of conditions."""
    for step in steps:
        yield step["Name"]
        for branch in ("IfSteps", "ElseSteps"):
            yield from _step_names(step.get("Arguments", {}).get(branch, ()))


def _verb_and_noun(operation: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Z][a-z]+)(\w*)", operation)
    return (match[1], match[2]) if match else (operation, "")


def _value(shape: Shape) -> Any:
    match shape.type_name:
        case "string":
            values = getattr(shape, "enum", None)
            if values:
                return next((one for one in _FINAL if one in values), values[0])
            pattern = str(shape.metadata.get("pattern", ""))
            return "arn:aws:sagemaker:eu-west-1:000000000000:x/x" if "arn" in pattern else "x"
        case "integer" | "long" | "float" | "double":
            return max(int(shape.metadata.get("min", 1)), 1)
        case "boolean":
            return False
        case "timestamp":
            return _TIME
        case "list":
            return []
        case "structure":
            return {name: _value(shape.members[name]) for name in shape.required_members}
        case "blob":
            return b""
        case _:
            return {}
