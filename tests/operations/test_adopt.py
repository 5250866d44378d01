"""Adopting existing resources: the settings load, and the import takes over what is there."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from operations.account import Account
from operations.adopt.adopt import READERS, Adopted, adopt
from operations.adopt.description import describe, render
from operations.adopt.found import Asking
from operations.errors import OperationError
from stacks.loading import load_environments
from tests.operations import existing_resources as existing
from tests.operations import program
from tests.operations.fake_account import FakeSession
from tests.support import ROOT

# By the name of the case: kind, identifier, answers, name of the settings file.
CASES: dict[str, tuple[Any, str, Mapping[str, Any], str]] = {
    "domain": ("studio-domain", "d-0123456789ab", existing.domain(), "research"),
    "endpoint": ("endpoint", "prod-churn", existing.endpoint(), "prod"),
    "components": ("endpoint", "prod-language", existing.components(), "prod"),
    "group": ("model-package-group", "prod-churn", existing.group(), "prod"),
    "cluster": ("cluster", "prod-research", existing.cluster(), "prod"),
    "bucket": ("lakehouse-bucket", "prod-raw", existing.bucket(), "prod"),
}
REQUIRED = (
    "sts.GetCallerIdentity",
    "sagemaker.DescribeDomain",
    "sagemaker.DescribeEndpoint",
    "sagemaker.DescribeEndpointConfig",
    "sagemaker.DescribeModelPackageGroup",
    "sagemaker.DescribeCluster",
    "s3.HeadBucket",
)
"""Calls that nothing can be said without."""


def described(case: str, **changes: Any) -> tuple[dict[str, Any], str, list[str]]:
    """Return settings, their YAML, and what AWS did not answer; without a synth."""
    kind, identifier, answers, name = CASES[case]
    asking = Asking(Account(FakeSession({**answers, **changes})))
    found = READERS[kind](asking, identifier, None)
    assert found.environment == name
    settings, notes = describe(
        found,
        asking,
        account=existing.ACCOUNT,
        region=existing.REGION,
        path=Path(f"{found.environment}.yaml"),
    )
    return settings, render(settings, notes, []), asking.unanswered


def run(folder: Path, case: str, **changes: Any) -> Adopted:
    kind, identifier, answers, name = CASES[case]
    return adopt(
        kind,
        identifier,
        Account(FakeSession({**answers, **changes})),
        region=existing.REGION,
        output=folder / f"{name}.yaml",
    )


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    @cache
    def make(case: str) -> Adopted:
        return run(tmp_path_factory.mktemp(case), case)

    return make


def changed(operation: str, case: str, **members: Any) -> dict[str, Any]:
    answer = {**CASES[case][2][operation], **members}
    return {operation: {key: value for key, value in answer.items() if value is not None}}


def arn(kind: str, name: str) -> str:
    return existing.arn(kind, name)


IDENTIFIERS: dict[str, tuple[str, list[dict[str, str]]]] = {
    "domain": (
        "research/studio",
        [
            {"DomainId": "d-0123456789ab"},
            {"UserProfileName": "ada", "DomainId": "d-0123456789ab"},
            {"UserProfileName": "bob", "DomainId": "d-0123456789ab"},
            {"DomainId": "d-0123456789ab", "SpaceName": "churn"},
        ],
    ),
    "endpoint": ("prod/inference", [{"EndpointArn": arn("endpoint", "prod-churn")}]),
    "components": (
        "prod/inference",
        [
            {"EndpointArn": arn("endpoint", "prod-language")},
            {"InferenceComponentArn": arn("inference-component", "prod-language-chat")},
            {"InferenceComponentArn": arn("inference-component", "prod-language-chat-legal")},
        ],
    ),
    "group": (
        "prod/model-registry",
        [{"ModelPackageGroupArn": arn("model-package-group", "prod-churn")}],
    ),
    "cluster": ("prod/hyperpod", [{"ClusterArn": arn("cluster", "abcdefghijkl")}]),
    "bucket": (
        "prod/lakehouse",
        [{"BucketName": "prod-raw"}, {"Bucket": "prod-raw"}, {"DatabaseName": "prod_raw"}],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_settings_load_and_resources_are_mapped(adopted: Any, case: str) -> None:
    found: Adopted = adopted(case)
    [environment] = load_environments(files=[str(found.file)])
    assert environment.account == existing.ACCOUNT
    stack, identifiers = IDENTIFIERS[case]
    mapping = found.file.with_suffix(".import") / f"{stack.partition('/')[2]}.json"
    assert list(json.loads(mapping.read_text("utf-8")).values()) == identifiers
    [command] = found.commands
    assert command.startswith(f"cdk import {stack} --app ")
    assert f"--resource-mapping {mapping}" in command
    assert not found.unanswered


@pytest.mark.parametrize("case", sorted(CASES.keys() - {"cluster"}))
def test_nothing_is_replaced_where_names_and_key_fit(adopted: Any, case: str) -> None:
    assert adopted(case).takeover.replacements == []


@pytest.mark.parametrize("case", CASES)
def test_template_of_the_import_refers_to_nothing_else(adopted: Any, case: str) -> None:
    """`cdk import` adds the resources to a stack that has nothing else."""
    found: Adopted = adopted(case)
    assembly = found.file.with_suffix(".import") / "assembly"
    templates = [json.loads(one.read_text("utf-8")) for one in assembly.rglob("*.template.json")]
    resources = {key: one for each in templates for key, one in each["Resources"].items()}
    for mapping in found.takeover.mappings.values():
        for logical_id in mapping:
            resource = resources[logical_id]
            assert resource["DeletionPolicy"] == "Retain"
            assert "DependsOn" not in resource
            text = json.dumps(resource["Properties"])
            assert '"Ref"' not in text
            assert "Fn::" not in text


def test_domain_becomes_settings(adopted: Any) -> None:
    [environment] = load_environments(files=[str(adopted("domain").file)])
    studio = environment.studio  # type: ignore[attr-defined]
    assert (studio.idle_shutdown.default_minutes, studio.space_storage.max_gib) == (120, 300)
    assert studio.jupyter_lab.instance_type == "ml.t3.large"
    assert studio.file_systems[0].efs == "fs-0a1b2c3d4e5f67890"
    assert studio.docker.trusted_accounts == ["555555555555"]
    assert [one.name for one in studio.users] == ["ada", "bob"]
    assert studio.spaces[0].storage_gib == 50
    assert environment.network.existing is not None
    assert environment.foundation.key_arn == existing.KEY


def test_comments_say_what_has_no_key(adopted: Any) -> None:
    text = adopted("domain").yaml
    assert "# The space orphan has no owner among the users; it stays" in text
    assert "the VpcOnly" not in text
    assert "A deploy makes the domain VpcOnly" in text
    assert "role/studio-users-ada today: choose a persona\n    - name: ada" in text
    assert "studio-lifecycle-config/pip" in text


def test_endpoint_becomes_settings() -> None:
    settings, _, _ = described("endpoint")
    [endpoint] = settings["inference"]["endpoints"]
    assert endpoint["instance_count"] == 3
    assert endpoint["environment"] == {"WORKERS": "2"}
    assert endpoint["routing"] == {"strategy": "least_outstanding_requests"}
    assert endpoint["autoscaling"] == {
        "min_instances": 2,
        "max_instances": 6,
        "scale_out_cooldown_seconds": 30,
        "invocations_per_instance": 600,
    }
    assert endpoint["data_capture"] == {"sampling_percentage": 25, "capture": "both"}


def test_target_of_another_variant_must_be_deregistered(adopted: Any) -> None:
    assert any(
        "endpoint/prod-churn/variant/main" in one and "deregister-scalable-target" in one
        for one in adopted("endpoint").takeover.left
    )


VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    # Members of the variant, of the model, and keys of the endpoint.
    "serverless": (
        {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}, "InstanceType": None,
         "InitialInstanceCount": None, "RoutingConfig": None},
        {},
        {"type": "serverless", "memory_mb": 2048, "max_concurrency": 5},
    ),
    "multi-model": (
        {},
        {"PrimaryContainer": {"Image": existing.IMAGE, "Mode": "MultiModel",
                              "ModelDataUrl": "s3://models/shops/",
                              "MultiModelConfig": {"ModelCacheSetting": "Disabled"}}},
        {"type": "multi_model", "cache_models": False, "model_data": "s3://models/shops/"},
    ),
    "multi-container": (
        {},
        {"PrimaryContainer": None,
         "Containers": [{"Image": existing.IMAGE, "ContainerHostname": "prepare"},
                        {"Image": existing.IMAGE, "ContainerHostname": "score"}],
         "InferenceExecutionConfig": {"Mode": "Direct"}},
        {"type": "multi_container", "invocation": "direct",
         "containers": [{"name": "prepare", "image": existing.IMAGE},
                        {"name": "score", "image": existing.IMAGE}]},
    ),
    "pools": (
        {"InstanceType": None,
         "InstancePools": [
             {"InstanceType": "ml.c6i.large", "Priority": 2, "ModelNameOverride": "other"},
             {"InstanceType": "ml.c7i.large", "Priority": 1}]},
        {},
        {"instance_pools": ["ml.c7i.large", "ml.c6i.large"]},
    ),
    "uncompressed": (
        {},
        {"PrimaryContainer": {"Image": existing.IMAGE, "ModelDataSource": {"S3DataSource": {
            "S3Uri": "s3://models/llm", "S3DataType": "S3Prefix", "CompressionType": "None"}}},
         "EnableNetworkIsolation": True},
        {"model_data": "s3://models/llm/", "network_isolation": True},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", VARIANTS)
def test_kinds_of_endpoints(case: str) -> None:
    variant, model, keys = VARIANTS[case]
    answers = existing.endpoint(**variant)
    [first] = answers["sagemaker.DescribeEndpointConfig"]["ProductionVariants"]
    for key in [key for key, value in first.items() if value is None]:
        del first[key]
    if case == "serverless":
        del answers["sagemaker.DescribeEndpointConfig"]["DataCaptureConfig"]
    scaled: dict[str, Any] = {
        "application-autoscaling.DescribeScalableTargets": {"ScalableTargets": []}
    }
    settings, _, _ = described(
        "endpoint",
        **{**answers, **scaled, **changed("sagemaker.DescribeModel", "endpoint", **model)},
    )
    [endpoint] = settings["inference"]["endpoints"]
    assert {key: endpoint[key] for key in keys} == keys


def test_asynchronous_endpoint_keeps_its_backlog_target() -> None:
    config = changed(
        "sagemaker.DescribeEndpointConfig",
        "endpoint",
        DataCaptureConfig=None,
        AsyncInferenceConfig={
            "OutputConfig": {"S3OutputPath": "s3://results/"},
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4},
        },
    )
    config["sagemaker.DescribeEndpointConfig"]["ProductionVariants"] = [
        {
            "VariantName": "main",
            "ModelName": "churn-model",
            "InstanceType": "ml.g5.xlarge",
            "InitialInstanceCount": 1,
        }
    ]
    targets = json.loads(
        json.dumps(
            CASES["endpoint"][2]["application-autoscaling.DescribeScalableTargets"], default=str
        )
    )
    targets["ScalableTargets"][0] |= {"MinCapacity": 0, "CreationTime": existing.THEN}
    policies = dict(CASES["endpoint"][2]["application-autoscaling.DescribeScalingPolicies"])
    [policy] = policies["ScalingPolicies"]
    policy = {
        **policy,
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 5.0,
            "CustomizedMetricSpecification": {
                "MetricName": "ApproximateBacklogSizePerInstance",
                "Namespace": "AWS/SageMaker",
                "Statistic": "Average",
            },
        },
    }
    settings, text, _ = described(
        "endpoint",
        **{
            **config,
            "application-autoscaling.DescribeScalableTargets": targets,
            "application-autoscaling.DescribeScalingPolicies": {"ScalingPolicies": [policy]},
        },
    )
    [endpoint] = settings["inference"]["endpoints"]
    assert endpoint["type"] == "asynchronous"
    assert endpoint["autoscaling"] == {
        "scale_to_zero": True,
        "max_instances": 6,
        "backlog_per_instance": 5.0,
    }
    assert "Results go to s3://results/, after a deployment to a new bucket" in text


def test_existing_eks_cluster_is_named() -> None:
    eks = f"arn:aws:eks:{existing.REGION}:{existing.ACCOUNT}:cluster/ml"
    groups = [
        {
            "InstanceGroupName": "gpu",
            "InstanceType": "ml.g5.xlarge",
            "TargetCount": 2,
            "KubernetesConfig": {"CurrentLabels": {"team": "vision"}},
        }
    ]
    settings, _, _ = described(
        "cluster",
        **changed(
            "sagemaker.DescribeCluster",
            "cluster",
            Orchestrator={"Eks": {"ClusterArn": eks}},
            InstanceGroups=groups,
        ),
        **{
            "eks.DescribeCluster": {
                "cluster": {"resourcesVpcConfig": {"clusterSecurityGroupId": existing.GROUP}}
            }
        },
    )
    [cluster] = settings["hyperpod"]["clusters"]
    assert cluster["orchestrator"] == "eks"
    assert cluster["existing"] == {"arn": eks, "security_group_id": existing.GROUP}
    assert cluster["instance_groups"][0]["labels"] == {"team": "vision"}


REPLACED: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "the name of a domain": (
        "domain",
        changed("sagemaker.DescribeDomain", "domain", DomainName="Research Lab"),
        ["/DomainName"],
    ),
    "a key of AWS": (
        "domain",
        changed("sagemaker.DescribeDomain", "domain", KmsKeyId=None),
        ["/KmsKeyId"],
    ),
    "the name of an endpoint": (
        "endpoint",
        existing.endpoint("churn"),
        ["/EndpointName"],
    ),
}


@pytest.mark.parametrize("case", REPLACED)
def test_create_only_property_that_differs_is_named(tmp_path: Path, case: str) -> None:
    kind, changes, places = REPLACED[case]
    found = run(tmp_path, kind, **changes)
    assert [one.place for one in found.takeover.replacements] == places
    assert all(one.certain for one in found.takeover.replacements)


def test_cluster_is_replaced_for_its_network(adopted: Any) -> None:
    found: Adopted = adopted("cluster")
    assert {one.place for one in found.takeover.replacements} == {
        "/VpcConfig/SecurityGroupIds",
        "/VpcConfig/Subnets",
    }


ESSENTIAL = (
    "sagemaker.DescribeModel",
    "sagemaker.ListInferenceComponents",
    "sagemaker.DescribeInferenceComponent",
)
"""Calls without which an endpoint is no block of settings."""
CALLS = [
    (case, one)
    for case, (kind, identifier, answers, _) in CASES.items()
    for one in answers
    if one not in REQUIRED
]


@pytest.mark.parametrize(("case", "operation"), CALLS)
def test_call_that_is_refused_leaves_the_others(case: str, operation: str) -> None:
    called: list[bool] = []

    def refuse(asked: Mapping[str, Any]) -> str:
        called.append(True)
        return "AccessDeniedException"

    if (case, operation) in [
        ("endpoint", ESSENTIAL[0]),
        *(("components", one) for one in ESSENTIAL[1:]),
    ]:
        with pytest.raises(
            OperationError, match="AWS did not answer: the credentials may not call"
        ):
            described(case, **{operation: refuse})
    else:
        settings, _, unanswered = described(case, **{operation: refuse})
        assert settings["account"] == existing.ACCOUNT
        assert any("the credentials may not call" in one for one in unanswered) is bool(called)


@pytest.mark.parametrize("case", CASES)
def test_resource_that_is_missing_is_an_error(tmp_path: Path, case: str) -> None:
    first = next(one for one in CASES[case][2] if one in REQUIRED and not one.startswith("sts"))
    with pytest.raises(OperationError, match=CASES[case][1]):
        run(tmp_path, case, **{first: "ResourceNotFound: there is none"})
    assert list(tmp_path.iterdir()) == []


def test_what_settings_refuse_is_left_out_with_a_comment() -> None:
    portal = {"HiddenAppTypes": ["Canvas", "NewApp"], "HiddenMlTools": ["Training"]}
    settings, text, _ = described(
        "domain",
        **changed(
            "sagemaker.DescribeDomain",
            "domain",
            DefaultUserSettings={"ExecutionRole": existing.ROLE, "StudioWebPortalSettings": portal},
        ),
    )
    assert settings["studio"]["portal"] == {
        "hidden_apps": ["Canvas"],
        "hidden_ml_tools": ["Training"],
    }
    assert 'Left out studio.portal.hidden_apps[1]: "NewApp"' in text


def test_comments_of_users_stay_with_them_after_a_removal() -> None:
    profiles = {"UserProfiles": [{"UserProfileName": one} for one in ("a--b", "ada")]}
    settings, text, _ = described("domain", **{"sagemaker.ListUserProfiles": profiles})
    assert [one["name"] for one in settings["studio"]["users"]] == ["ada"]
    assert "role/studio-users-ada today: choose a persona\n    - name: ada" in text
    assert "role/studio-users-a--b today" not in text


def test_many_users_are_divided_among_stacks() -> None:
    profiles = {"UserProfiles": [{"UserProfileName": f"user-{n}"} for n in range(120)]}
    settings, _, _ = described("domain", **{"sagemaker.ListUserProfiles": profiles})
    assert settings["studio"]["user_stacks"] == 3


def test_resource_that_fits_no_settings_writes_nothing(tmp_path: Path) -> None:
    model = changed("sagemaker.DescribeModel", "endpoint", PrimaryContainer={"Image": "registry/a"})
    with pytest.raises(OperationError, match="does not fit the settings: inference"):
        run(tmp_path, "endpoint", **model)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["prod.yaml", "prod.import"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", "utf-8")
    with pytest.raises(OperationError, match="is there already, and is not overwritten"):
        run(tmp_path, "group")
    assert (tmp_path / name).read_text("utf-8") == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"must have the extension \.yaml"):
        adopt(
            "cluster",
            "prod-research",
            Account(FakeSession({})),
            region="eu-west-1",
            output=tmp_path / "prod.json",
        )


def test_verb_prints_json_and_a_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def session(*, profile_name: str | None, region_name: str | None) -> Any:
        assert (profile_name, region_name) == ("prod", "eu-west-1")
        fake = FakeSession(CASES["cluster"][2])
        fake.region_name = "eu-west-1"  # type: ignore[attr-defined]
        return fake

    monkeypatch.setattr("boto3.Session", session)
    file = tmp_path / "prod.yaml"
    status = program.run(
        *("adopt", "cluster", "prod-research", "--profile", "prod"),
        *("--region", "eu-west-1", "--output", file, "--json"),
    )
    printed = json.loads(capsys.readouterr().out)
    assert status == 3
    assert printed["file"] == str(file)
    assert printed["replacements"][0]["certain"] is True
    assert printed["mappings"]["prod/hyperpod"]


def test_verb_explains_a_profile_that_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("adopt", "cluster", "x", "--profile", "no-such-profile-here") == 1
    assert "no-such-profile-here" in capsys.readouterr().err


# Actions of S3 that are called otherwise than the operation.
_ACTIONS = {
    "s3.HeadBucket": "s3:ListBucket",
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3.GetBucketReplication": "s3:GetReplicationConfiguration",
}


def test_policy_of_the_docs_is_what_is_called() -> None:
    page = (ROOT / "docs" / "adopt.md").read_text("utf-8")
    policy = json.loads(page.split("## Permissions")[1].split("```text\n")[1].split("```")[0])
    allowed = {action for one in policy["Statement"] for action in one["Action"]}
    called = {"eks.DescribeCluster", "sagemaker.ListDomains", "sagemaker.DescribeModelPackage"}
    for kind, identifier, answers, _ in CASES.values():
        session = FakeSession(answers)
        asking = Asking(Account(session))
        found = READERS[kind](asking, identifier, None)
        describe(
            found,
            asking,
            account=existing.ACCOUNT,
            region=existing.REGION,
            path=Path(f"{found.environment}.yaml"),
        )
        called |= set(session.calls)
    # STS answers everyone.
    assert allowed == {
        _ACTIONS.get(one, one.replace(".", ":")) for one in called if not one.startswith("sts.")
    }
