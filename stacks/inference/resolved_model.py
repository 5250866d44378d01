"""Where a model comes from, with everything known."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stacks.inference.lock import LockedConfiguration


@dataclass(frozen=True, kw_only=True)
class ResolvedModel:
    """Where a model comes from, with everything known.

    Args:
        image: URI of the container.
        accelerator: what the image is made for, if it is one of AWS.
        data: S3 URI of the model.
        compressed: whether the data are a compressed archive.
        environment: what the registry or the hub says besides.
        model_package_arn: the version in a registry that the model is made of.
        hub_content_arn: the reference in a private hub that gives access to the data.
        accept_eula: whether the model's license is accepted.
        looked_up: what the registry or the hub says about its host, if it was looked up.
    """

    image: str
    accelerator: str | None = None
    data: str | None = None
    compressed: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    model_package_arn: str | None = None
    hub_content_arn: str | None = None
    accept_eula: bool = False
    looked_up: LockedConfiguration | None = None
