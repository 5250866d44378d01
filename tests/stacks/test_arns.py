"""ARNs and URIs have one rule each, whatever the setting that takes them."""

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from stacks import arns
from stacks.hyperpod.cluster_settings import GroupSettings
from stacks.inference.instance_settings import InstanceSettings
from stacks.studio.app_settings import CodeEditorSettings

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
