"""Settings of a model: where its container and its data come from."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.fields import EnvironmentVariable, KeyArn, Settings, fault

_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?P<china>\.cn)?"
    r"/[a-z0-9]+([._/-][a-z0-9]+)*"
    r"(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?"
)
_MODEL_DATA = re.compile(
    r"s3://[a-z0-9](?!\S*\.\.\S*/)[a-z0-9.-]{1,61}[a-z0-9]/([^*?$\s]+\.tar\.gz|[^*?$\s]*/)"
)


def _image(value: str) -> str:
    match = _IMAGE.fullmatch(value)
    if (
        match is None
        or len(value) > 255
        or bool(match["china"]) is not match["region"].startswith("cn-")
    ):
        raise fault(
            "must be an image in ECR, such as "
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/model:1.0"
        )
    return value


def _model_data(value: str) -> str:
    if _MODEL_DATA.fullmatch(value) is None:
        raise fault(
            "must be a file s3://bucket/key.tar.gz, or a prefix s3://bucket/prefix/ that ends in /"
        )
    return value


class ModelSettings(Settings):
    """A model, as part of whatever serves it."""

    image: Annotated[str, AfterValidator(_image)]
    """URI of the container in ECR, in the environment's region."""
    model_data: Annotated[str, AfterValidator(_model_data)] | None = None
    """S3 URI of the model: a .tar.gz file, or a prefix that ends in /; absent, the image
    holds the model."""
    model_data_key_arn: KeyArn | None = None
    """KMS key of the model data, if it is another than the environment's."""
    environment: Annotated[
        dict[EnvironmentVariable, Annotated[str, Field(max_length=1024)]], Field(max_length=100)
    ] = {}
    """Environment variables of the container."""

    def check_region(self, region: str, *, at: str) -> None:
        """Refuse what is not in the environment's region.

        Args:
            region: region of the environment.
            at: path of this model in the settings of the environment.
        """
        key = self.model_data_key_arn
        if key is not None and key.split(":")[3] != region:
            raise fault(
                f"must be in {region}, where the model data is",
                at=f"{at}.model_data_key_arn",
                value=key,
            )
        match = _IMAGE.fullmatch(self.image)
        if match is None or match["region"] != region:
            raise fault(
                f"must be in {region}: SageMaker pulls images from its own region",
                at=f"{at}.image",
                value=self.image,
            )

    @model_validator(mode="after")
    def _check_model(self) -> Self:
        if self.model_data_key_arn is not None and self.model_data is None:
            raise fault(
                "has no model_data to decrypt: give model_data, or remove the line",
                at="model_data_key_arn",
                value=self.model_data_key_arn,
            )
        return self
