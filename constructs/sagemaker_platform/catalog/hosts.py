"""Hosts of GPU instances: drivers, AMIs, and the CUDA version that container images need."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sagemaker_platform.catalog.images import accounts_of_aws, repositories_of_aws
from sagemaker_platform.catalog.instances import find_instance_type
from sagemaker_platform.catalog.table import rows

_NEURON = "al2-ami-sagemaker-inference-neuron-2"
_CUDA_12 = "al2-ami-sagemaker-inference-gpu-3-1"
_CUDA_13 = "al2023-ami-sagemaker-inference-gpu-4-1"
# First driver of a major version of CUDA (NVIDIA: "CUDA Compatibility", minor version
# compatibility, 2026-11).
_LEAST_DRIVER = {11: 450, 12: 525, 13: 580}
# Repositories of AWS's Deep Learning Containers (github.com/aws/deep-learning-containers,
# available_images.md, 2026-11), of which teams keep copies under the same name.
_DEEP_LEARNING_CONTAINER = re.compile(
    r"((huggingface-)?(pytorch|tensorflow|mxnet|jax)|autogluon)-(training|inference)(-[a-z0-9]+)?"
)
# First and last CUDA for a compute capability (NVIDIA: release notes of the CUDA Toolkit).
_FIRST_CUDA = ((12.0, (12, 8)), (10.0, (12, 8)), (8.9, (11, 8)), (0.0, (10, 0)))
_LAST_MAJOR = ((7.5, 99), (5.0, 12), (0.0, 11))
# Batch transform has AMIs of its own (AWS: ``TransformResources``, TransformAmiVersion). A CUDA
# 13 image brings the compatibility libraries that driver 535 needs.
_BATCH = "al2-ami-sagemaker-batch-gpu-535"
_BATCH_FAMILIES = ("g4dn", "g5", "g6")

Cuda = tuple[int, int]


class HostError(ValueError):
    """An image, an instance type and a host that do not work together."""


@dataclass(frozen=True, kw_only=True)
class GpuFamily:
    """A family of GPU instance types.

    Args:
        capability: compute capability of the GPU.
        driver: NVIDIA driver of the default host; None, not documented.
        amis: AMIs that may be set.
    """

    capability: float
    driver: int | None
    amis: frozenset[str]


@cache
def _drivers() -> Mapping[str, int]:
    return {row["ami"]: int(row["driver"]) for row in rows("host_drivers.csv")}


@cache
def _image_cuda() -> Mapping[tuple[str, str], Cuda]:
    found = {}
    for row in rows("image_cuda.csv"):
        major, minor = row["cuda"].split(".")
        found[row["repository"], row["version"]] = int(major), int(minor)
    return found


@cache
def gpu_families() -> Mapping[str, GpuFamily]:
    """Return the GPU families by name, such as ``g5``."""
    columns = {
        "gpu_2": tuple(_drivers())[:2],
        "gpu_3_1": (_CUDA_12,),
        "gpu_4_1": (_CUDA_13,),
    }
    return {
        row["family"]: GpuFamily(
            capability=float(row["capability"]),
            driver=int(row["driver"]) if row["driver"] else None,
            amis=frozenset(ami for key, amis in columns.items() if row[key] for ami in amis),
        )
        for row in rows("hosts.csv")
    }


def _family(instance_type: str) -> str:
    """Return the family of an instance type, such as ``g5``; nothing for a text that is none."""
    return instance_type.partition(".")[2].partition(".")[0]


def family_of(instance_type: str) -> GpuFamily | None:
    """Return the GPU family of an instance type; None for a type without NVIDIA GPUs."""
    return gpu_families().get(_family(instance_type))


def cuda_of(image: str) -> Cuda | None:
    """Return the CUDA version of a GPU image, from its tag or the table; None if unknown."""
    name, _, tag = image.rpartition(":")
    if found := re.search(r"(?:^|[-_.])cu(?:da)?-?(\d{2})\.?(\d)(?:$|[-_.])", tag):
        return int(found[1]), int(found[2])
    if re.search(r"(?:^|-)cpu(?:$|-)", tag) or not _is_of_aws(image):
        return None
    for (repository, version), cuda in _image_cuda().items():
        if name.endswith(f"/{repository}") and re.match(rf"{re.escape(version)}\b", tag):
            return cuda
    return None


def accelerator_of(image: str) -> str | None:
    """Return what an image of AWS, or a copy of it, is made for; None for any other image."""
    if not _is_of_aws(image):
        return None
    repository, _, tag = image.rpartition("/")[2].partition(":")
    if "neuron" in f"{repository}{tag}":
        return "neuron"
    if "graviton" in repository or "arm64" in f"{repository}{tag}":
        return "graviton"
    if re.search(r"(?:^|-)(?:gpu|cu\d{3})(?:$|-)", tag):
        return "gpu"
    return "cpu" if re.search(r"(?:^|-)cpu(?:$|-)", tag) else None


def _is_of_aws(image: str) -> bool:
    """Tell whether an image is one of AWS, or a copy under the same name."""
    name = re.split(r"[:@]", image.rpartition("/")[2])[0]
    return (
        image.partition(".dkr.ecr.")[0] in accounts_of_aws()
        or name in repositories_of_aws()
        or _DEEP_LEARNING_CONTAINER.fullmatch(name) is not None
    )


def check_gpu(image: str, instance_type: str) -> None:
    """Refuse an image whose CUDA or Neuron SDK does not support the chip of an instance type.

    Raises:
        HostError: the chip is too new or too old.
    """
    if "neuronx" in image and ".inf1." in instance_type:
        raise HostError(
            f"is for Inferentia2 and Trainium, and {instance_type} has Inferentia1: choose an "
            "instance type of inf2, trn1 or newer"
        )
    cuda, family = cuda_of(image), family_of(instance_type)
    if cuda is None or family is None:
        return
    first = next(first for least, first in _FIRST_CUDA if family.capability >= least)
    if cuda < first:
        raise HostError(
            f"has CUDA {cuda[0]}.{cuda[1]}, and the GPU of {instance_type} (compute capability "
            f"{family.capability}) needs CUDA {first[0]}.{first[1]} or newer: choose a newer "
            "version of the image"
        )
    last = next(last for least, last in _LAST_MAJOR if family.capability >= least)
    if cuda[0] > last:
        raise HostError(
            f"has CUDA {cuda[0]}.{cuda[1]}, and the GPU of {instance_type} (compute capability "
            f"{family.capability}) needs CUDA {last} or older: choose a newer instance type"
        )


def choose_ami(images: Sequence[str], instance_types: Sequence[str]) -> str | None:
    """Return the AMI of the hosts that some images need; None, the default host suits them.

    An AMI for CUDA 12 is chosen where the default driver is older than that version needs.
    CUDA 12 images do not start on the AMI for CUDA 13 (aws/deep-learning-containers, pull
    request 6187), so that images of both do not share a host.

    Raises:
        HostError: no AMI suits them all.
    """
    majors = {cuda[0] for cuda in map(cuda_of, images) if cuda is not None}
    families = [(name, family_of(name)) for name in instance_types]
    gpus = [(name, family) for name, family in families if family is not None]
    if not majors or not gpus:
        return None
    if len(majors) > 1:
        raise HostError(
            f"shares instances with another image, and they have CUDA {min(majors)} and CUDA "
            f"{max(majors)}: no host starts both. Choose versions of one CUDA"
        )
    [major] = majors
    least = _LEAST_DRIVER.get(major, 0)
    old = [(n, f) for n, f in gpus if f.driver is not None and f.driver < least]
    if not old:
        return None
    ami = _CUDA_13 if major == 13 else _CUDA_12
    for name, family in gpus:
        if ami not in family.amis:
            raise HostError(
                f"has CUDA {major}, which needs NVIDIA driver {least} or newer, and no host of "
                f"{name} has it: choose another version of the image or another instance type"
            )
    if len(gpus) < len(families):
        raise HostError(
            f"requires the host {ami}, which supports GPU instances only. Use GPU instance "
            "types only"
        )
    return ami


def starts_on(ami: str, instance_types: Sequence[str]) -> bool:
    """Return whether an AMI is known to start on all of some instance types."""
    families = [family_of(name) for name in instance_types]
    return all(family is not None and ami in family.amis for family in families)


def check_ami(ami: str, images: Sequence[str], instance_types: Sequence[str]) -> None:
    """Refuse an AMI on which instance types or images do not start.

    Raises:
        HostError: the message says why.
    """
    for name in instance_types:
        if ami == _NEURON:
            if find_instance_type(name).kind != "neuron" or ".inf1." in f".{name[3:]}":
                raise HostError(f"is for Inferentia2 and Trainium, and {name} has neither")
            continue
        family = family_of(name)
        if family is None:
            raise HostError(f"is for GPU instances, and {name} has no NVIDIA GPU")
        if family.amis and ami not in family.amis:
            raise HostError(f"does not start on {name}; must be {' or '.join(sorted(family.amis))}")
    driver = _drivers().get(ami)
    for image in images:
        cuda = cuda_of(image)
        if cuda is None or driver is None:
            continue
        least = _LEAST_DRIVER.get(cuda[0], 0)
        if driver < least:
            raise HostError(
                f"has NVIDIA driver {driver}, and CUDA {cuda[0]} of {image} needs {least} "
                "or newer. Remove the line, and the platform chooses the AMI"
            )
        if cuda[0] < 13 and ami == _CUDA_13 and _is_of_aws(image):
            raise HostError(
                f"is for CUDA 13, and {image} has CUDA {cuda[0]}, which does not start "
                "there. Remove the line, and the platform chooses the AMI"
            )


def choose_transform_ami(image: str, instance_type: str) -> str | None:
    """Return the AMI of a batch transform; None, the default host suits the image."""
    cuda, family = cuda_of(image), _family(instance_type)
    if cuda is None or family_of(instance_type) is None or cuda[0] < 12:
        return None
    return _BATCH if family in _BATCH_FAMILIES else None
