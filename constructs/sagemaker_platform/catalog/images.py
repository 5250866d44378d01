"""Container images of AWS for serving models, by framework, version and accelerator."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal


class ImageError(ValueError):
    """What was asked for is not in the table; the message names what is.

    Attributes:
        part: which of ``name``, ``version``, ``accelerator`` or ``region`` is wrong.
    """

    def __init__(self, part: Literal["name", "version", "accelerator", "region"], right: str):
        super().__init__(right)
        self.part = part


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image.

    Args:
        uri: where it is pulled.
        accelerator: what it is made for: ``cpu``, ``graviton``, ``gpu`` or ``neuron``.
    """

    uri: str
    accelerator: str


def find_image(
    *,
    framework: str,
    version: str | None = None,
    accelerator: str | None = None,
    kind: str | None = None,
    region: str,
) -> Image:
    """Return AWS's image for a framework.

    Args:
        framework: name of the framework.
        version: its version. Defaults to the newest in the table.
        accelerator: accelerator that the image supports. Defaults to the only one available, or
            to the one of ``kind``.
        kind: what the instance type takes, see `InstanceType.kind`. An image for processors
            runs on GPU instances too, if there is none for GPUs.
        region: where the image is pulled.

    Raises:
        ImageError: there is no such image, or there are several.
    """
    frameworks = table()["frameworks"]
    if framework not in frameworks:
        raise ImageError("name", f"must be {_enumerate(frameworks)}")
    versions = frameworks[framework]
    if version is None:
        version = next(iter(versions))
    if version not in versions:
        raise ImageError("version", f"of {framework} there is {_enumerate(versions)}")
    images = versions[version]
    if accelerator is None and len(images) == 1:
        accelerator = next(iter(images))
    if accelerator is None and kind is not None:
        accelerator = "cpu" if kind == "gpu" and kind not in images else kind
    if accelerator is None or accelerator not in images:
        raise ImageError("accelerator", f"of {framework} {version} there is {_enumerate(images)}")
    image = images[accelerator]
    accounts = table()["registries"][image["registry"]]
    if region not in accounts:
        known = _enumerate(sorted(accounts))
        raise ImageError(
            "region",
            f"is not in {region}; {framework} {version} is in {known}. Copy it into your "
            "registry and set image",
        )
    suffix = ".cn" if region.startswith("cn-") else ""
    registry = f"{accounts[region]}.dkr.ecr.{region}.amazonaws.com{suffix}"
    return Image(uri=f"{registry}/{image['repository']}:{image['tag']}", accelerator=accelerator)


@cache
def accounts_of_aws() -> frozenset[str]:
    """Return the accounts from which AWS publishes images."""
    registries = table()["registries"].values()
    return frozenset(account for accounts in registries for account in accounts.values())


@cache
def repositories_of_aws() -> frozenset[str]:
    """Return the repositories from which AWS publishes images."""
    return frozenset(
        image["repository"]
        for versions in table()["frameworks"].values()
        for images in versions.values()
        for image in images.values()
    )


def _enumerate(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


@cache
def table() -> Mapping[str, Any]:
    """Return the table: see ``operations/images.py``, which makes it."""
    found: Mapping[str, Any] = json.loads(
        resources.files(__package__).joinpath("images.json").read_text("utf-8")
    )
    return found
