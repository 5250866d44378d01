"""ARNs and URIs have one rule each, whatever the setting that takes them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType

from stacks import arns
from stacks.hyperpod.cluster_settings import GroupSettings
from stacks.inference.instance_settings import InstanceSettings
from stacks.loading import SettingsError, load_environments
from stacks.settings import environment_model
from stacks.studio.app_settings import CodeEditorSettings
from tests.bad_settings import BASE, faults, write

PLAN = "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/Research-2"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


def accepts(field: Any, value: str) -> bool:
    try:
        TypeAdapter(field).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (GroupSettings, "training_plan_arn"),
        (InstanceSettings, "capacity_reservation_arn"),
        (CodeEditorSettings, "training_plan_arn"),
    ],
    ids=["cluster", "endpoint", "Studio app"],
)
def test_training_plan_has_one_rule(model: type[BaseModel], key: str) -> None:
    field = model.model_fields[key].rebuild_annotation()

    assert accepts(field, PLAN)
    assert accepts(field, PLAN.replace("arn:aws:", "arn:aws-us-gov:"))
    assert not accepts(field, f"{PLAN}-")
    assert not accepts(field, f"{PLAN}{'x' * 64}")


@pytest.mark.parametrize(
    ("image", "valid"),
    [
        (f"{REGISTRY}/team/image", True),
        (f"{REGISTRY}/team/image:1.0", True),
        (f"{REGISTRY}/image@sha256:{'0' * 64}", True),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/image:1", True),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com/image:1", False),
        (f"{REGISTRY}.cn/image:1", False),
        (f"{REGISTRY}/Image:1", False),
        (f"{REGISTRY}/{'a' * 250}", False),
        ("docker.io/library/python:3", False),
    ],
)
def test_image_in_ecr(image: str, valid: bool) -> None:
    assert accepts(arns.EcrImage, image) is valid


def test_secret_needs_its_suffix() -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-1"

    assert accepts(arns.SecretArn, f"{secret}-AbC123")
    assert not accepts(arns.SecretArn, secret)


def test_parts_of_an_arn() -> None:
    arn = arns.parse_arn("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbC123")

    assert (arn.region, arn.account, arn.resource) == (
        "eu-west-1",
        "123456789012",
        "secret:a-AbC123",
    )


def test_region_of_an_image() -> None:
    assert arns.region_of_image(f"{REGISTRY}/team/image:1.0") == "eu-west-1"


def test_errors_show_an_example_that_is_valid() -> None:
    for name, field in vars(arns).items():
        if name.startswith("_") or not name.endswith(("Arn", "Image", "Chart")) or name == "Arn":
            continue
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(field).validate_python("x")
        example = caught.value.errors()[0]["msg"].split("such as ")[1]
        assert accepts(field, example), name


def models(annotation: Any, *, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """Yield the models of settings in a type and below it."""
    if isinstance(annotation, TypeAliasType):
        return
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return
        seen.add(annotation)
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.rebuild_annotation(), seen=seen)
    for part in get_args(annotation):
        yield from models(part, seen=seen)


def test_each_key_for_an_arn_has_a_type_that_says_where_it_points() -> None:
    fields = [
        (f"{model.__module__}.{model.__name__}.{key}", field.rebuild_annotation())
        for model in models(environment_model(complete=True), seen=set())
        for key, field in model.model_fields.items()
        if key.endswith(("arn", "arns"))
    ]

    assert len(fields) > 15
    assert [key for key, annotation in fields if arns.arn_place(annotation) is None] == []


KEY = f"arn:aws:kms:us-east-1:123456789012:key/{'0' * 8}-0000-0000-0000-{'0' * 12}"
MISPLACED: dict[str, tuple[str, str]] = {
    "foundation.key_arn": (KEY, "must be in eu-west-1, as"),
    "personas.analyst.managed_policies[0]": (
        "arn:aws:iam::555555555555:policy/read",
        "must be of account 123456789012 or AWS, as",
    ),
    "personas.analyst.assumed_by[0]": (
        "arn:aws-cn:iam::123456789012:role/admin",
        "must be in the partition of the environment, aws",
    ),
    "studio.code_editor.built_in_lifecycle_config_arn": (
        "arn:aws:sagemaker:us-east-1:123456789012:studio-lifecycle-config/set-up",
        "must be in eu-west-1, as",
    ),
    "studio.code_editor.training_plan_arn": (
        "arn:aws:sagemaker:eu-west-1:555555555555:training-plan/research",
        "must be in eu-west-1 and of account 123456789012, as",
    ),
    "lakehouse.permissions.administrators[0]": (
        "arn:aws-us-gov:iam::123456789012:user/admin",
        "must be in the partition of the environment, aws",
    ),
}


def test_misplaced_arns_are_refused_at_their_lines(tmp_path: Path) -> None:
    value = {key: arn for key, (arn, _) in MISPLACED.items()}
    text = f"""{BASE}
foundation:
  key_arn: {value["foundation.key_arn"]}
personas:
  analyst:
    activities: [run_studio_apps]
    managed_policies:
      - {value["personas.analyst.managed_policies[0]"]}
    assumed_by:
      - {value["personas.analyst.assumed_by[0]"]}
lakehouse:
  permissions:
    administrators:
      - {value["lakehouse.permissions.administrators[0]"]}
studio:
  users: [{{name: alice, persona: analyst}}]
  code_editor:
    built_in_lifecycle_config_arn: {value["studio.code_editor.built_in_lifecycle_config_arn"]}
    training_plan_arn: {value["studio.code_editor.training_plan_arn"]}
"""
    file = write(tmp_path, text)
    lines = text.splitlines()

    found = {
        (line, key): right
        for fault in faults(file)
        for place, key, right in [fault.split(": ", 2)]
        for line in [int(place.rpartition(":")[2])]
    }

    for key, (arn, right) in MISPLACED.items():
        line = next(number for number, one in enumerate(lines, 1) if arn in one)
        assert right in found[line, key]
    assert len(found) == len(MISPLACED)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_partition_is_that_of_the_region(region: str, partition: str) -> None:
    arn = arns.parse_arn(f"arn:{partition}:iam::123456789012:role/a")

    assert arns.ANYWHERE.rule(arn, account="123456789012", region=region) is None


def test_a_model_package_is_refused_before_it_is_looked_up(tmp_path: Path) -> None:
    package = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/7"
    file = write(
        tmp_path,
        f"""{BASE}
inference:
  endpoints:
    - name: churn
      type: serverless
      model_package: {{arn: "{package}"}}
      memory_mb: 2048
      max_concurrency: 2
""",
    )

    with pytest.raises(SettingsError) as caught:
        load_environments(files=[str(file)], locked=False)

    assert "inference.endpoints[0].model_package.arn: " in str(caught.value)
    assert "must be in eu-west-1, as the environment is" in str(caught.value)
