"""Custom resources run for real, also when AWS is throttling, failing, slow or has moved on."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly
from operations.rehearsal.rehearsal import Rehearsal
from sagemaker_platform.custom_resources.lake_formation.targets import resource_of

SETTINGS = Path(__file__).parent / "environments"
# The CDK's own custom resources, which it tests itself; here they are deployed and destroyed.
OF_THE_CDK = {"Custom::S3AutoDeleteObjects", "Custom::VpcRestrictDefaultSG"}
# A rehearsal records them without running them, for want of Kubernetes and of a chart.
NOT_RUN = {
    # The emulator has no jobs; see tests/custom_resources/test_workload_clean_up.py.
    "Custom::StudioWorkloadCleanUp",
    "Custom::AWSCDK-EKS-HelmChart",
    "Custom::AWSCDK-EKS-KubernetesResource",
    "Custom::PinnedChart",
}

# They need a domain with projects; see test_rehearsal_unified_studio.py.
ELSEWHERE = {
    "Custom::UnifiedStudioAssociation",
    "Custom::UnifiedStudioBlueprint",
    "Custom::UnifiedStudioDataSourceRun",
    "Custom::UnifiedStudioExport",
    "Custom::UnifiedStudioGlossary",
    "Custom::UnifiedStudioGone",
    "Custom::UnifiedStudioProjectReady",
    "Custom::UnifiedStudioRule",
    "Custom::UnifiedStudioUserProfile",
}

Answer = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """How to make trouble for one custom resource.

    Attributes:
        calls: an API operation that its creation and its deletion make, for faults to hit;
            of S3, which names none in a request, the HTTP method. One that makes no call is
            left out.
        vanish: deletes what it manages, behind its back.
        count: how many things it manages.
        make: makes what its deletion deletes, where its creation makes nothing.
        stack: the stack of which one is taken begins like this.
        instead: properties that differ from those deployed, with what is made for the test.
        physical_id: of the resource with these properties.
    """

    calls: dict[str, str]
    vanish: Callable[[Any, dict[str, Any]], None]
    count: Callable[[Any, dict[str, Any]], int]
    make: Callable[[Any, dict[str, Any]], None] | None = None
    stack: str = "beta"
    instead: dict[str, Any] = field(default_factory=dict)
    physical_id: str = ""

    @property
    def striking(self) -> tuple[str, str, int]:
        """The request that faults strike, the call they hit, and what there is after it."""
        if "Delete" in self.calls:
            return "Delete", self.calls["Delete"], 0
        return "Create", self.calls["Create"], 1


def _apps(sagemaker: Any, properties: dict[str, Any]) -> list[dict[str, Any]]:
    return list(sagemaker.list_apps(DomainIdEquals=properties["DomainId"])["Apps"])


def _delete_apps(client: Any, properties: dict[str, Any]) -> None:
    sagemaker = client("sagemaker")
    for app in _apps(sagemaker, properties):
        keys = ("DomainId", "UserProfileName", "AppType", "AppName")
        sagemaker.delete_app(**{key: app[key] for key in keys})


# The emulator knows a domain that the API made by its name.
REPLACED = "d-replaced"


def _make_domain(client: Any, properties: dict[str, Any]) -> None:
    sagemaker, of = client("sagemaker"), {"DomainId": REPLACED, "UserProfileName": "analyst"}
    if _count_domains(client, properties) == 0:
        sagemaker.create_domain(DomainName=REPLACED, AuthMode="IAM", DefaultUserSettings={})
        sagemaker.create_user_profile(**of)
        sagemaker.create_app(**of, AppType="Canvas", AppName="default")


def _delete_domain(client: Any, properties: dict[str, Any]) -> None:
    _delete_apps(client, properties)
    sagemaker, of = client("sagemaker"), {"DomainId": REPLACED}
    for profile in sagemaker.list_user_profiles(DomainIdEquals=REPLACED)["UserProfiles"]:
        sagemaker.delete_user_profile(**of, UserProfileName=profile["UserProfileName"])
    if _count_domains(client, properties):
        sagemaker.delete_domain(**of)


def _count_domains(client: Any, properties: dict[str, Any]) -> int:
    sagemaker = client("sagemaker")
    profiles = sagemaker.list_user_profiles(DomainIdEquals=REPLACED)["UserProfiles"]
    try:
        sagemaker.describe_domain(DomainId=REPLACED)
    except sagemaker.exceptions.ResourceNotFound:
        assert _apps(sagemaker, properties) == profiles == []
        return 0
    return 1


# The user of environments/settings.yaml.
IDLE_APPS = ("CodeEditorAppSettings", "JupyterLabAppSettings")


def _user(properties: dict[str, Any]) -> dict[str, str]:
    [user] = properties["UserProfiles"]
    return {"DomainId": properties["DomainId"], "UserProfileName": user}


def _reset_idle(client: Any, properties: dict[str, Any]) -> None:
    client("sagemaker").update_user_profile(
        **_user(properties), UserSettings={app: {} for app in IDLE_APPS}
    )


def _count_idle(client: Any, properties: dict[str, Any]) -> int:
    found = client("sagemaker").describe_user_profile(**_user(properties))["UserSettings"]
    [minutes] = {
        found[app]
        .get("AppLifecycleManagement", {})
        .get("IdleSettings", {})
        .get("IdleTimeoutInMinutes")
        for app in IDLE_APPS
    }
    assert minutes in (None, 120)
    return 0 if minutes is None else 1


def _app(client: Any, properties: dict[str, Any]) -> str:
    apps = client("sagemaker").list_mlflow_apps()["Summaries"]
    [arn] = [app["Arn"] for app in apps if app["Name"] == properties["AppName"]]
    return str(arn)


def _take_back_the_default(client: Any, properties: dict[str, Any]) -> None:
    arn = _app(client, properties)
    client("sagemaker").update_mlflow_app(Arn=arn, DefaultDomainIdList=[])


def _count_defaults(client: Any, properties: dict[str, Any]) -> int:
    app = client("sagemaker").describe_mlflow_app(Arn=_app(client, properties))
    return int(app.get("DefaultDomainIdList", []).count(properties["DomainId"]))


# A domain that stays, with a user who goes.
VISITED = "d-visited"


def _make_guest(client: Any, properties: dict[str, Any]) -> None:
    sagemaker, of = client("sagemaker"), {"DomainId": VISITED, "UserProfileName": "guest"}
    if not _apps(sagemaker, properties):
        with contextlib.suppress(sagemaker.exceptions.ResourceInUse):
            sagemaker.create_domain(DomainName=VISITED, AuthMode="IAM", DefaultUserSettings={})
            sagemaker.create_user_profile(**of)
        sagemaker.create_app(**of, AppType="Canvas", AppName="default")


def _delete_guest(client: Any, properties: dict[str, Any]) -> None:
    _delete_apps(client, properties)
    sagemaker, of = client("sagemaker"), {"DomainId": VISITED}
    with contextlib.suppress(sagemaker.exceptions.ResourceNotFound):
        sagemaker.delete_user_profile(**of, UserProfileName="guest")
        sagemaker.delete_domain(**of)


def _jobs(client: Any, properties: dict[str, Any]) -> int:
    sagemaker = client("sagemaker")
    try:
        sagemaker.describe_optimization_job(OptimizationJobName=properties["JobName"])
    except sagemaker.exceptions.ResourceNotFound:
        return 0
    return 1


def _forget_shards(client: Any, properties: dict[str, Any]) -> None:
    bucket, _, prefix = properties["OutputUri"].removeprefix("s3://").partition("/")
    s3 = client("s3")
    for one in s3.list_objects_v2(Bucket=bucket, Prefix=prefix[:-1]).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=one["Key"])
    if _jobs(client, properties):
        job = properties["JobName"]
        client("sagemaker").delete_optimization_job(OptimizationJobName=job)


def _scripts(client: Any, properties: dict[str, Any]) -> set[str]:
    found = client("s3").list_objects_v2(Bucket=properties["Bucket"]).get("Contents", [])
    return {one["Key"] for one in found} & set(properties["Files"])


def _delete_scripts(client: Any, properties: dict[str, Any]) -> None:
    for name in _scripts(client, properties):
        client("s3").delete_object(Bucket=properties["Bucket"], Key=name)


def _count_scripts(client: Any, properties: dict[str, Any]) -> int:
    """All of them are one thing: half a folder is none."""
    return 1 if _scripts(client, properties) == set(properties["Files"]) else 0


def _code(client: Any, properties: dict[str, Any]) -> list[str]:
    """Return the names of the copied files that are there."""
    bucket, folder = properties["Bucket"], properties["Folder"]
    answer = client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{folder}/")
    return [one["Key"] for one in answer.get("Contents", [])]


def _delete_code(client: Any, properties: dict[str, Any]) -> None:
    for name in _code(client, properties):
        client("s3").delete_object(Bucket=properties["Bucket"], Key=name)


def _count_code(client: Any, properties: dict[str, Any]) -> int:
    """All of it is one thing."""
    uploads = Path(__file__).parents[2] / "examples/pipelines/scoring/uploads"
    wanted = {str(file.relative_to(uploads)) for file in uploads.rglob("*") if file.is_file()}
    found = {one.removeprefix(f"{properties['Folder']}/") for one in _code(client, properties)}
    return 1 if found == wanted else 0


EVERYBODY = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}


def _settings(client: Any) -> dict[str, Any]:
    return dict(client("lakeformation").get_data_lake_settings()["DataLakeSettings"])


def _dismiss(client: Any, properties: dict[str, Any]) -> None:
    settings = _settings(client)
    settings["DataLakeAdmins"] = [
        admin
        for admin in settings["DataLakeAdmins"]
        if admin["DataLakePrincipalIdentifier"] not in properties["Administrators"]
    ]
    client("lakeformation").put_data_lake_settings(DataLakeSettings=settings)


def _count_administrators(client: Any, properties: dict[str, Any]) -> int:
    admins = [one["DataLakePrincipalIdentifier"] for one in _settings(client)["DataLakeAdmins"]]
    return sum(admins.count(arn) for arn in properties["Administrators"])


def _open(client: Any, properties: dict[str, Any]) -> None:
    database = {"Database": {"Name": properties["Database"]}}
    table = {"Table": {"DatabaseName": properties["Database"], "Name": "orders"}}
    for resource in (database, table):
        client("lakeformation").grant_permissions(
            Principal=EVERYBODY, Resource=resource, Permissions=["ALL"]
        )


def _count_closed(client: Any, properties: dict[str, Any]) -> int:
    found = client("lakeformation").list_permissions(Principal=EVERYBODY)
    return 0 if found["PrincipalResourcePermissions"] else 1


def _filter_of(properties: dict[str, Any]) -> dict[str, str]:
    return {
        "TableCatalogId": properties["CatalogId"],
        "DatabaseName": properties["Database"],
        "TableName": properties["Table"],
        "Name": properties["Name"],
    }


def _delete_filter(client: Any, properties: dict[str, Any]) -> None:
    formation = client("lakeformation")
    with contextlib.suppress(formation.exceptions.EntityNotFoundException):
        formation.delete_data_cells_filter(**_filter_of(properties))


def _count_filters(client: Any, properties: dict[str, Any]) -> int:
    found = client("lakeformation").list_data_cells_filter()["DataCellsFilters"]
    return sum(one["Name"] == properties["Name"] for one in found)


def _grants(client: Any, properties: dict[str, Any]) -> list[dict[str, Any]]:
    found = client("lakeformation").list_permissions(
        Principal={"DataLakePrincipalIdentifier": properties["Principal"]},
        Resource=resource_of(properties["Target"]),
    )
    return list(found["PrincipalResourcePermissions"])


def _revoke(client: Any, properties: dict[str, Any]) -> None:
    for one in _grants(client, properties):
        keys = ("Principal", "Resource", "Permissions")
        client("lakeformation").revoke_permissions(**{key: one[key] for key in keys})


def _delete_tag(client: Any, properties: dict[str, Any]) -> None:
    formation = client("lakeformation")
    with contextlib.suppress(formation.exceptions.EntityNotFoundException):
        formation.delete_lf_tag(TagKey=properties["Key"])


def _count_values(client: Any, properties: dict[str, Any]) -> int:
    formation = client("lakeformation")
    try:
        found = formation.get_lf_tag(TagKey=properties["Key"])
    except formation.exceptions.EntityNotFoundException:
        return 0
    return int(found["TagValues"].count(properties["Value"]))


def _count_carried(client: Any, properties: dict[str, Any]) -> int:
    found = client("lakeformation").get_resource_lf_tags(Resource=resource_of(properties["Target"]))
    return len(found["LFTagOnDatabase"])


def _take_off(client: Any, properties: dict[str, Any]) -> None:
    client("lakeformation").remove_lf_tags_from_resource(
        Resource=resource_of(properties["Target"]),
        LFTags=[{"TagKey": key, "TagValues": [v]} for key, v in properties["Tags"].items()],
    )


def _count_statements(client: Any, properties: dict[str, Any]) -> int:
    glue = client("glue")
    try:
        policy = json.loads(glue.get_resource_policy()["PolicyInJson"])
    except glue.exceptions.EntityNotFoundException:
        return 0
    prefix, wanted = properties["SidPrefix"], len(properties["Statements"])
    found = sum(one["Sid"].startswith(prefix) for one in policy["Statement"])
    assert found in (0, wanted)
    return 1 if found else 0


def _delete_statements(client: Any, properties: dict[str, Any]) -> None:
    glue = client("glue")
    with contextlib.suppress(glue.exceptions.EntityNotFoundException):
        glue.delete_resource_policy()


def _routers(client: Any, properties: dict[str, Any]) -> int:
    sagemaker = client("sagemaker")
    try:
        sagemaker.describe_inference_router(InferenceRouterName=properties["InferenceRouterName"])
    except sagemaker.exceptions.ResourceNotFound:
        return 0
    return 1


def _delete_router(client: Any, properties: dict[str, Any]) -> None:
    name = properties["InferenceRouterName"]
    # A router that changes is not deleted.
    while _routers(client, properties):
        with contextlib.suppress(client("sagemaker").exceptions.ConflictException):
            client("sagemaker").delete_inference_router(InferenceRouterName=name)


def _endpoint_policies(client: Any, properties: dict[str, Any]) -> int:
    found = 0
    for name in properties["Policies"]:
        with contextlib.suppress(client("sagemaker").exceptions.ClientError):
            client("sagemaker").get_endpoint_policy(EndpointName=name)
            found += 1
    return found


def _delete_endpoint_policies(client: Any, properties: dict[str, Any]) -> None:
    for name in properties["Policies"]:
        client("sagemaker").delete_endpoint_policy(EndpointName=name)


def _copies(client: Any, properties: dict[str, Any]) -> list[str]:
    found = client("sagemaker").list_endpoint_configs()["EndpointConfigs"]
    names = [one["EndpointConfigName"] for one in found]
    return [one for one in names if one.startswith(f"{properties['NamePrefix']}-")]


def _delete_copies(client: Any, properties: dict[str, Any]) -> None:
    for name in _copies(client, properties):
        client("sagemaker").delete_endpoint_config(EndpointConfigName=name)


def _namespace(properties: dict[str, Any]) -> dict[str, Any]:
    serverless = {
        "NamespaceIdentifier": properties["NamespaceId"],
        "WorkgroupIdentifier": properties["WorkgroupId"],
    }
    return {
        "NamespaceIdentifier": {"ServerlessIdentifier": serverless},
        "ConsumerIdentifiers": [properties["Consumer"]],
    }


def _deregister(client: Any, properties: dict[str, Any]) -> None:
    redshift = client("redshift")
    with contextlib.suppress(redshift.exceptions.InvalidNamespaceFault):
        redshift.deregister_namespace(**_namespace(properties))


def _count_shares(client: Any, properties: dict[str, Any]) -> int:
    redshift = client("redshift")
    try:
        found = redshift.describe_data_shares(DataShareArn=properties["DataShareArn"])
    except redshift.exceptions.InvalidDataShareFault:
        return 0
    [share] = found["DataShares"]
    return sum(one["Status"] == "ACTIVE" for one in share["DataShareAssociations"])


def _limits(client: Any, properties: dict[str, Any]) -> list[dict[str, Any]]:
    workgroup = properties["WorkgroupArn"]
    found = client("redshift-serverless").list_usage_limits(resourceArn=workgroup)
    return list(found["usageLimits"])


def _delete_limits(client: Any, properties: dict[str, Any]) -> None:
    for limit in _limits(client, properties):
        client("redshift-serverless").delete_usage_limit(usageLimitId=limit["usageLimitId"])


# One case for each type of custom resource of the project, and the one of the fixture app.
CASES = {
    "Custom::Apps": Case(
        calls={"Create": "sagemaker:CreateApp", "Delete": "sagemaker:DeleteApp"},
        vanish=_delete_apps,
        count=lambda client, properties: len(_apps(client("sagemaker"), properties)),
    ),
    "Custom::DefaultMlflowApp": Case(
        calls=dict.fromkeys(("Create", "Delete"), "sagemaker:UpdateMlflowApp"),
        vanish=_take_back_the_default,
        count=_count_defaults,
        stack="settings-studio",
    ),
    # With a domain that an update of the stack has replaced; its own is destroyed elsewhere.
    "Custom::StudioCleanUp": Case(
        calls={"Delete": "sagemaker:DeleteApp"},
        vanish=_delete_domain,
        count=_count_domains,
        make=_make_domain,
        stack="settings-studio",
        instead={
            "DomainId": REPLACED,
            "DomainArn": f"arn:aws:sagemaker:eu-west-1:999999999999:domain/{REPLACED}",
        },
        physical_id=f"clean-up-of-{REPLACED}",
    ),
    "Custom::StudioSettings": Case(
        calls={"Create": "sagemaker:UpdateUserProfile", "Delete": "sagemaker:UpdateUserProfile"},
        vanish=_reset_idle,
        count=_count_idle,
        stack="settings-studio",
    ),
    "Custom::StudioUserCleanUp": Case(
        calls={"Delete": "sagemaker:DeleteApp"},
        vanish=_delete_guest,
        count=lambda client, properties: len(_apps(client("sagemaker"), properties)),
        make=_make_guest,
        stack="settings-studio",
        instead={
            "DomainId": VISITED,
            "UserProfileName": "guest",
            "ProfileLogicalId": "NotInTheTemplate",
        },
        physical_id=f"clean-up-of-{VISITED}/guest",
    ),
    "Custom::CappedConfiguration": Case(
        calls={
            "Create": "sagemaker:CreateEndpointConfig",
            "Delete": "sagemaker:DeleteEndpointConfig",
        },
        vanish=_delete_copies,
        count=lambda client, properties: len(_copies(client, properties)),
        stack="settings-inference",
    ),
    "Custom::EndpointPolicies": Case(
        calls={
            "Create": "sagemaker:PutEndpointPolicy",
            "Delete": "sagemaker:DeleteEndpointPolicy",
        },
        vanish=_delete_endpoint_policies,
        count=_endpoint_policies,
        stack="settings-inference",
    ),
    "Custom::InferenceRouter": Case(
        calls={
            "Create": "sagemaker:CreateInferenceRouter",
            "Delete": "sagemaker:DeleteInferenceRouter",
        },
        vanish=_delete_router,
        count=_routers,
        stack="settings-inference-routers",
    ),
    # Its job is done at once here, and writes one object in place of shards.
    "Custom::FastModelLoader": Case(
        calls={
            "Create": "sagemaker:CreateOptimizationJob",
            "Delete": "sagemaker:DeleteOptimizationJob",
        },
        vanish=_forget_shards,
        count=_jobs,
        stack="settings-inference",
    ),
    # Its deletion leaves scripts for nodes that still start; they go with their bucket.
    "Custom::HyperPodLifecycleScripts": Case(
        calls={"Create": "s3:PUT"},
        vanish=_delete_scripts,
        count=_count_scripts,
        stack="settings-hyperpod",
    ),
    # Its deletion leaves code for executions that still run.
    "Custom::PipelineCode": Case(
        calls={"Create": "s3:PUT"},
        vanish=_delete_code,
        count=_count_code,
        stack="settings-pipelines",
    ),
    # What it closed stays closed when it goes.
    "Custom::ClosedDatabase": Case(
        calls={"Create": "lakeformation:RevokePermissions"},
        vanish=_open,
        count=_count_closed,
        stack="governed-lakehouse",
    ),
    "Custom::DataCellsFilter": Case(
        calls={
            "Create": "lakeformation:CreateDataCellsFilter",
            "Delete": "lakeformation:DeleteDataCellsFilter",
        },
        vanish=_delete_filter,
        count=_count_filters,
        stack="governed-lakehouse",
    ),
    "Custom::DataGrant": Case(
        calls={
            "Create": "lakeformation:GrantPermissions",
            "Delete": "lakeformation:RevokePermissions",
        },
        vanish=_revoke,
        count=lambda client, properties: len(_grants(client, properties)),
        stack="governed-data-access",
    ),
    "Custom::DataLakeAdministrators": Case(
        calls=dict.fromkeys(("Create", "Delete"), "lakeformation:PutDataLakeSettings"),
        vanish=_dismiss,
        count=_count_administrators,
        stack="governed-lakehouse",
    ),
    "Custom::GlueCatalogPolicy": Case(
        calls={"Create": "glue:PutResourcePolicy", "Delete": "glue:DeleteResourcePolicy"},
        vanish=_delete_statements,
        count=_count_statements,
        stack="governed-sources",
    ),
    # With a key of its own, which nothing carries.
    "Custom::LakeFormationTagValue": Case(
        calls={"Create": "lakeformation:CreateLFTag", "Delete": "lakeformation:DeleteLFTag"},
        vanish=_delete_tag,
        count=_count_values,
        make=lambda client, properties: None,
        stack="governed-lakehouse",
        instead={"Key": "governed-spare", "Value": "one"},
    ),
    "Custom::LakeFormationTags": Case(
        calls={
            "Create": "lakeformation:AddLFTagsToResource",
            "Delete": "lakeformation:RemoveLFTagsFromResource",
        },
        vanish=_take_off,
        count=_count_carried,
        stack="governed-lakehouse",
    ),
    "Custom::RedshiftRegistration": Case(
        calls={"Create": "redshift:RegisterNamespace", "Delete": "redshift:DeregisterNamespace"},
        vanish=_deregister,
        count=_count_shares,
        stack="governed-warehouse",
    ),
    "Custom::RedshiftUsageLimits": Case(
        calls={
            "Create": "redshift-serverless:CreateUsageLimit",
            "Delete": "redshift-serverless:DeleteUsageLimit",
        },
        vanish=_delete_limits,
        count=lambda client, properties: len(_limits(client, properties)),
        stack="governed-warehouse",
    ),
}


class Bench:
    """Sends a deployed custom resource what CloudFormation would send it."""

    def __init__(self, rehearsal: Rehearsal, client: Any, resource: dict[str, Any]) -> None:
        self.rehearsal = rehearsal
        self.case = CASES[resource["kind"]]
        self.resource = resource
        self._client = client
        self.properties = {**self.resource["properties"], **self.case.instead}
        self.stack_id = self.client("cloudformation").describe_stacks(
            StackName=self.resource["stack"]
        )["Stacks"][0]["StackId"]

    def client(self, service: str) -> Any:
        return self._client(service, self.resource["account"])

    def make(self) -> None:
        """Put back what there was."""
        self.send("Create")
        if self.case.make is not None:
            self.case.make(self.client, self.properties)

    def send(self, request: str) -> Answer:
        token = str(uuid.uuid4())
        event = {
            "RequestType": request,
            "RequestId": token,
            "StackId": self.stack_id,
            "ResponseURL": self.rehearsal.emulator.ask("answers/expect", token=token),
            "ResourceType": self.resource["kind"],
            "LogicalResourceId": self.resource["logical_id"],
            "PhysicalResourceId": self.case.physical_id or self.resource["physical_id"],
            "ResourceProperties": self.properties,
        }
        if request == "Create":
            del event["PhysicalResourceId"]
        function = self.properties["ServiceToken"]
        self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        until = time.monotonic() + 60
        while True:
            answer: Answer | None = self.rehearsal.emulator.ask("answers", token=token)
            if answer is not None:
                return answer
            assert time.monotonic() < until, f"{function} never answered {request}"
            time.sleep(0.02)

    def count(self) -> int:
        return self.case.count(self.client, self.properties)

    def vanish(self) -> None:
        self.case.vanish(self.client, self.properties)


@pytest.fixture(scope="module")
def deployed(
    rehearsal: Rehearsal, synthesize: Any, synthesize_ours: Any
) -> dict[str, dict[str, Any]]:
    """One custom resource of each kind in deployed environments; one is of the fixture app."""
    ours = synthesize_ours(*sorted(SETTINGS.glob("*.yaml")))
    rehearsal.bootstrap(ours.targets)
    fixture = rehearsal.start_deploy(synthesize(), ["beta"])
    rehearsal.finish("deploy", [*fixture, *rehearsal.start_deploy(ours)])
    living = reversed(rehearsal.emulator.resources())  # Of several the first.
    return {
        one["kind"]: one
        for one in living
        if one["kind"] in CASES and one["stack"].startswith(CASES[one["kind"]].stack)
    }


@pytest.fixture(params=sorted(CASES))
def bench(
    request: pytest.FixtureRequest,
    rehearsal: Rehearsal,
    deployed: dict[str, dict[str, Any]],
    client: Any,
) -> Any:
    """One custom resource, put back as it was after each test."""
    bench = Bench(rehearsal, client, deployed[request.param])
    bench.make()
    yield bench
    rehearsal.emulator.clear_faults()
    if bench.case.make is None:
        bench.make()
    else:
        bench.vanish()


def test_throttled(bench: Bench) -> None:
    request, call, left = bench.case.striking
    if request == "Create":
        bench.vanish()
    bench.rehearsal.emulator.order_fault(call, code="ThrottlingException", times=2)
    assert bench.send(request)["Status"] == "SUCCESS"
    assert bench.count() == left


@pytest.mark.parametrize("request_type", ["Create", "Delete"])
def test_failing_says_why(bench: Bench, request_type: str) -> None:
    if request_type not in bench.case.calls:
        # It calls nothing that could fail.
        assert bench.send(request_type)["Status"] == "SUCCESS"
        return
    if request_type == "Create":
        bench.vanish()
    bench.rehearsal.emulator.order_fault(
        bench.case.calls[request_type], code="AccessDeniedException", times=99
    )
    answer = bench.send(request_type)
    assert answer["Status"] == "FAILED"
    assert "AccessDeniedException" in answer["Reason"]


def test_slow(bench: Bench) -> None:
    request, call, left = bench.case.striking
    if request == "Create":
        bench.vanish()
    bench.rehearsal.emulator.order_fault(call, delay=1.0)
    started = time.monotonic()
    assert bench.send(request)["Status"] == "SUCCESS"
    assert time.monotonic() - started >= 1.0
    assert bench.count() == left


def test_deleted_half_way(bench: Bench) -> None:
    bench.vanish()
    assert bench.send("Delete")["Status"] == "SUCCESS"
    assert bench.send("Delete")["Status"] == "SUCCESS"


def test_called_twice(bench: Bench) -> None:
    first, second = bench.send("Create"), bench.send("Create")
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
    assert {first["Status"], second["Status"]} == {"SUCCESS"}
    assert bench.count() == 1


def test_every_custom_resource_of_the_project_has_a_case(typical: Path, examples: Path) -> None:
    stages = [*Assembly.read(typical).stages, *Assembly.read(examples).stages]
    types = {t for stage in stages for s in stage.stacks for t in s.resource_types()}
    custom = {t for t in types if t.startswith("Custom::") or t.endswith("::CustomResource")}
    known = OF_THE_CDK | NOT_RUN | ELSEWHERE
    assert custom >= known, "remove what is no more"
    assert custom - known <= set(CASES), "add a case above for each of these"
