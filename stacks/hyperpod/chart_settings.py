"""Settings of AWS's chart of what HyperPod needs on EKS, and rules about its images."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sagemaker_platform.catalog.cluster_instances import ClusterInstanceType
from stacks.arns import HyperPodChart, region_of_image
from stacks.fields import ChartVersion, Digest, Settings, validation_error
from stacks.hyperpod.regions import HEALTH_AGENT_IMAGE

MIG_LABEL = "nvidia.com/mig.config"
"""Label that tells NVIDIA's MIG manager how to partition the GPUs of a node."""


class DependenciesChartSettings(Settings):
    """AWS's chart with what HyperPod needs on EKS, packaged by you: see docs/hyperpod-eks.md."""

    repository: HyperPodChart
    """URI of the chart in Amazon ECR, such as
    `oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/hyperpod-helm-chart`."""
    version: ChartVersion
    """Version of the chart, which is its tag in the registry."""
    digest: Digest
    """Digest of the artifact, as the registry shows it, such as `sha256:...`."""
    values: dict[str, Any] = {}
    """Values of the chart, in addition to the region, such as images in your registry."""

    def value(self, path: str) -> Any:
        """Return a value of `values` by its path, such as `gpu-operator.enabled`, or None."""
        found: Any = self.values
        for key in path.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def check_images(
        self, types: Collection[ClusterInstanceType], *, region: str, closed: bool, at: str
    ) -> None:
        """Refuse images that nodes cannot pull.

        Args:
            types: instance types of the groups that are not restricted.
            region: region of the environment.
            closed: whether the network reaches no registry but those of ECR in the region.
            at: path of these settings.
        """
        if self.value("health-monitoring-agent.hmaimage") is None:
            HEALTH_AGENT_IMAGE.check(
                region,
                at=f"{at}.values",
                fix="copy it into your registry and name it in health-monitoring-agent.hmaimage",
            )
        if not closed:
            return
        repository = self.repository
        if region_of_image(repository) != region:
            raise validation_error(
                f"must be in {region}: a network without NAT gateways cannot reach "
                "registries of other regions. Push the chart into a registry of that region",
                at=f"{at}.repository",
                value=repository,
            )
        for plugin, image, registry in _plugins(types):
            if self.value(f"{plugin}.devicePlugin.enabled") is False:
                continue
            named = self.value(image) if image else None
            if not isinstance(named, str) or f".ecr.{region}." not in named:
                remedy = (
                    f"copy it into your registry in {region} and name that in {image}, or "
                    if image
                    else "install the plugin yourself from your registry, and "
                )
                raise validation_error(
                    f"requires the image of {plugin}, which makes devices available to "
                    f"pods. The chart pulls it from {registry}, which a network without NAT "
                    f"gateways cannot reach. Fix: {remedy}set {plugin}.devicePlugin.enabled "
                    "to false",
                    at=f"{at}.values",
                    value="...",
                )

    def check_partitions(self, *, at: str) -> None:
        """Refuse parts of GPUs without what makes them."""
        if self.value("gpu-operator.enabled") is not True:
            raise validation_error(
                "must set gpu-operator.enabled to true, because quotas with "
                "accelerator_partition need it to partition GPUs. Also set "
                "nvidia-device-plugin.devicePlugin.enabled to false: the GPU operator "
                "replaces it",
                at=f"{at}.values",
                value="...",
            )
        if self.value("nvidia-device-plugin.devicePlugin.enabled") is not False:
            raise validation_error(
                "must set nvidia-device-plugin.devicePlugin.enabled to false because the "
                "GPU operator includes a device plugin",
                at=f"{at}.values",
                value="...",
            )


def _plugins(types: Collection[ClusterInstanceType]) -> Iterator[tuple[str, str | None, str]]:
    """Yield the device plugins that nodes need: name, value of the image, and its registry.

    The Neuron plugin's image is fixed in its template. Source: aws/sagemaker-hyperpod-cli,
    helm_chart, commit of 2026-06-22, and the charts that it depends on.
    """
    if any(one.accelerators and one.accelerator.startswith("NVIDIA") for one in types):
        yield "nvidia-device-plugin", "nvidia-device-plugin.image.repository", "nvcr.io"
    if any(one.accelerators and not one.accelerator.startswith("NVIDIA") for one in types):
        yield "neuron-device-plugin", None, "public.ecr.aws"
    if any(one.efa_interfaces for one in types):
        yield (
            "aws-efa-k8s-device-plugin",
            "aws-efa-k8s-device-plugin.image.repository",
            "the registry of EKS in us-west-2",
        )
