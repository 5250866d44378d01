"""Settings of Studio's apps: what they start with, and what their users may choose."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import LifecycleConfigArn, TrainingPlanArn
from stacks.fields import Name, RepositoryUrl, Settings, StudioInstanceType, validation_error
from stacks.sagemaker_api import instance_types

AppType = Literal["JupyterLab", "CodeEditor"]
HiddenApp = Literal[
    "Canvas", "CodeEditor", "DetailedProfiler", "JupyterLab", "JupyterServer", "RStudioServerPro",
    "TensorBoard",
]  # fmt: skip
HiddenTool = Literal[
    "AutoMl", "Comet", "DataWrangler", "DeepchecksLLMEvaluation", "EmrClusters", "Endpoints",
    "Experiments", "FeatureStore", "Fiddler", "HyperPodClusters", "InferenceOptimization",
    "InferenceRecommender", "JumpStart", "LakeraGuard", "ModelEvaluation", "Models",
    "PerformanceEvaluation", "Pipelines", "Projects", "Training",
]  # fmt: skip

# Families whose instance types the API takes, but CloudFormation's schemas do not know.
_NOT_FOR_DOMAINS = {"g7"}
_FOR_SPACES = {
    "c5", "g4dn", "g5", "geospatial", "m5", "m5d", "p3", "p3dn", "p4d", "p4de", "r5", "t3",
    "trn1", "trn1n",
}  # fmt: skip


def types_of_domains() -> list[str]:
    """Return the instance types that CloudFormation takes in a domain."""
    return [name for name in _all_types() if _family(name) not in _NOT_FOR_DOMAINS]


def types_of_spaces() -> list[str]:
    """Return the instance types that CloudFormation takes in a space."""
    return [name for name in _all_types() if _family(name) in _FOR_SPACES]


def _all_types() -> Sequence[str]:
    return instance_types("AppInstanceType")


def _family(instance_type: str) -> str:
    return re.split(r"[.-]", instance_type)[1]


class CodeEditorSettings(Settings):
    """What Code Editor starts with."""

    instance_type: StudioInstanceType | None = None
    """Default instance type. Defaults to the instance type of Studio."""
    lifecycle_configs: Annotated[list[Name], Field(max_length=30)] = []
    """Names of lifecycle configurations that users can choose."""
    default_lifecycle_config: Name | None = None
    """Default of `lifecycle_configs`."""
    built_in_lifecycle_config_arn: LifecycleConfigArn | None = None
    """A lifecycle configuration that runs before all others, in every app. Defaults to the
    platform's configuration, which writes defaults of AWS clients."""
    images: Annotated[list[Name], Field(max_length=200)] = []
    """Names of images that users can choose."""
    default_image: Name | None = None
    """Default of `lifecycle_configs`. If omitted, SageMaker's own."""
    training_plan_arn: TrainingPlanArn | None = None
    """Training plan whose reserved capacity the apps use. It must include the instance type."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("lifecycle_configs", "images"):
            names: list[str] = getattr(self, key)
            if len(set(names)) < len(names):
                raise validation_error("names one twice", at=key, value=names)
        for key, offered in (
            ("default_lifecycle_config", self.lifecycle_configs),
            ("default_image", self.images),
        ):
            name = getattr(self, key)
            if name is not None and name not in offered:
                among = "lifecycle_configs" if offered is self.lifecycle_configs else "images"
                raise validation_error(f"must be one of {among} next to it", at=key, value=name)
        return self


class JupyterLabSettings(CodeEditorSettings):
    """What JupyterLab starts with."""

    code_repositories: Annotated[list[RepositoryUrl], Field(max_length=30)] = []
    """HTTPS URLs of git repositories that Studio offers for cloning."""


class PortalSettings(Settings):
    """What Studio's portal does not show. Hiding forbids nothing."""

    hidden_apps: list[HiddenApp] = []
    """Apps without an entry."""
    hidden_ml_tools: list[HiddenTool] = []
    """Tools without an entry."""
    hidden_image_versions: Annotated[
        list[Annotated[str, Field(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)$")]],
        Field(max_length=20),
    ] = []
    """Versions of the SageMaker distribution to hide, in quotes, such as "1.9"."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("hidden_apps", "hidden_ml_tools", "hidden_image_versions"):
            names: list[str] = getattr(self, key)
            if len(set(names)) < len(names):
                raise validation_error("names one twice", at=key, value=names)
        return self
