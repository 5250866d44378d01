"""Parts into which GPUs of HyperPod clusters can be divided (NVIDIA MIG)."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

_A100_40 = ("mig-1g.5gb", "mig-1g.10gb", "mig-2g.10gb", "mig-3g.20gb", "mig-4g.20gb", "mig-7g.40gb")
_80 = ("mig-1g.10gb", "mig-1g.20gb", "mig-2g.20gb", "mig-3g.40gb", "mig-4g.40gb", "mig-7g.80gb")
_H200 = (
    "mig-1g.18gb", "mig-1g.35gb", "mig-2g.35gb", "mig-3g.71gb", "mig-4g.71gb", "mig-7g.141gb",
)  # fmt: skip
_B200 = (
    "mig-1g.23gb", "mig-1g.45gb", "mig-2g.45gb", "mig-3g.90gb", "mig-4g.90gb", "mig-7g.180gb",
)  # fmt: skip
_GB200 = (
    "mig-1g.23gb", "mig-1g.47gb", "mig-2g.47gb", "mig-3g.93gb", "mig-4g.93gb", "mig-7g.186gb",
)  # fmt: skip

GPU_PARTITIONS: Mapping[str, Sequence[str]] = {
    "ml.p4d.24xlarge": _A100_40,
    "ml.p4de.24xlarge": _80,
    "ml.p5.48xlarge": _80,
    "ml.p5e.48xlarge": _H200,
    "ml.p5en.48xlarge": _H200,
    "ml.p6-b200.48xlarge": _B200,
    "ml.p6e-gb200.36xlarge": _GB200,
}
"""The profiles that quotas of each instance type may name.

As SageMaker's own command line has them, where quotas of CloudFormation know the profile: those
of ``ml.p6-b300.48xlarge`` are missing there (aws/sagemaker-hyperpod-cli, June 2026).
"""

_SLICES = 7


def share_of_gpu(profile: str) -> Fraction:
    """Return the share of a GPU's compute that a partition has: ``mig-3g.40gb`` is 3 of 7.

    Raises:
        ValueError: the text is no profile.
    """
    match = re.fullmatch(r"mig-([1-7])g\.\d+gb", profile)
    if match is None:
        raise ValueError(f"expected a profile such as mig-1g.5gb, got {profile}")
    return Fraction(int(match[1]), _SLICES)
