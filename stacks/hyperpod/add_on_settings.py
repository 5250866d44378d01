"""Settings of HyperPod's own add-ons of EKS."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.cluster_instances import cluster_instance_types
from stacks.fields import AddOnVersion, HttpsUrl, Settings, Text, validation_error
from stacks.hyperpod.regions import GRAFANA, INFERENCE_OPERATOR_IMAGES

MetricKind = Literal[
    "accelerated_compute",
    "custom",
    "inference",
    "network",
    "node",
    "scaling",
    "task_governance",
    "training",
]
# Vcpus of instances of the size 4xlarge.
_VCPUS_OF_COLLECTORS = 16


class AddOnSettings(Settings):
    """An add-on."""

    version: AddOnVersion | None = None
    """Version of the add-on. Defaults to EKS's default for the cluster's Kubernetes version at
    the time of installation."""


class InferenceOperatorSettings(AddOnSettings):
    """Models that are served on the nodes."""

    gated_models: bool = False
    """Also serve gated models of the SageMaker public hub."""


class SpacesSettings(AddOnSettings):
    """Notebooks and code editors on the nodes."""

    remote_access: bool = True
    """Allow connections from a local editor through Session Manager."""


class SamlSettings(Settings):
    """An identity provider of yours."""

    metadata_url: HttpsUrl
    """URL of the provider's SAML metadata."""
    role_attribute: Text
    """Attribute of the SAML assertion that contains the role of a user."""
    admin_values: Annotated[list[Text], Field(min_length=1, max_length=20)]
    """Values of the attribute for administrators of Grafana."""
    editor_values: Annotated[list[Text], Field(max_length=20)] = []
    """Values of the attribute for editors. All other users are viewers."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for index, value in enumerate(self.editor_values):
            if value in self.admin_values:
                raise validation_error(
                    "must not be a value of administrators, who can edit anyway",
                    at=f"editor_values.{index}",
                    value=value,
                )
        return self


class GrafanaSettings(Settings):
    """Amazon Managed Grafana, into which people sign in by IAM Identity Center or SAML."""

    authentication: Annotated[
        list[Literal["identity_center", "saml"]], Field(min_length=1, max_length=2)
    ] = ["identity_center"]
    """How people sign in. IAM Identity Center must be enabled in the organization or account."""
    saml: SamlSettings | None = None
    """SAML identity provider. Required with `saml`."""
    version: Literal["9.4", "10.4", "12.4"] | None = None
    """Version of Grafana, in quotes. Defaults to AWS's default."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.authentication)) < len(self.authentication):
            raise validation_error(
                "names one twice", at="authentication", value=self.authentication
            )
        if ("saml" in self.authentication) != (self.saml is not None):
            raise validation_error(
                "requires a `saml` block, which names the provider. Add the block"
                if self.saml is None
                else (
                    "must include saml, because there is a `saml` block. Add it, or remove the "
                    "block"
                ),
                at="authentication",
                value=self.authentication,
            )
        return self


class ObservabilitySettings(AddOnSettings):
    """Metrics and logs of nodes, tasks and models."""

    destination: Literal["prometheus", "cloudwatch"] = "prometheus"
    """`prometheus`: HyperPod's add-on sends metrics to a workspace of Amazon Managed Service for
    Prometheus. `cloudwatch`: CloudWatch's add-on sends them to Container Insights."""
    metric_retention_days: Annotated[int, Field(ge=1, le=1095)] | None = None
    """How long Prometheus keeps metrics. Defaults to 150."""
    advanced_metrics: list[MetricKind] | None = None
    """Kinds of metrics that are collected in full and cost more. If omitted, those of tasks
    where there is Task Governance. All other kinds are collected at the basic level."""
    scrape_interval_seconds: Annotated[int, Field(ge=10, le=300)] | None = None
    """How often metrics are collected. Defaults to 30."""
    container_logs: bool = True
    """Also collect the logs of containers."""
    pending_workload_minutes: Annotated[int, Field(ge=5, le=1440, multiple_of=5)] = 60
    """How long tasks of a team can wait before an alarm goes off (quota starvation)."""
    grafana: GrafanaSettings | None = None
    """A Grafana workspace that shows the metrics of Prometheus. Optional."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        kinds = self.advanced_metrics or []
        if len(set(kinds)) < len(kinds):
            raise validation_error("names one twice", at="advanced_metrics", value=kinds)
        if self.destination == "cloudwatch":
            for key in (
                "metric_retention_days",
                "advanced_metrics",
                "scrape_interval_seconds",
                "grafana",
            ):
                value = getattr(self, key)
                if value is not None:
                    raise validation_error(
                        "applies only to destination prometheus. Remove the line",
                        at=key,
                        value=value if isinstance(value, int | list) else "...",
                    )
        return self

    @property
    def only_cloudwatch(self) -> bool:
        """Whether there is no Prometheus."""
        return self.destination == "cloudwatch"


class HyperPodAddOnsSettings(Settings):
    """HyperPod's own add-ons; a block installs the add-on."""

    training_operator: AddOnSettings | None = None
    """Starts, watches and restarts distributed training (HyperPodPyTorchJob)."""
    inference_operator: InferenceOperatorSettings | None = None
    """Serves models."""
    observability: ObservabilitySettings | None = None
    """Collects metrics and logs."""
    spaces: SpacesSettings | None = None
    """Notebooks and code editors."""

    @property
    def prometheus(self) -> ObservabilitySettings | None:
        """Settings of Prometheus, where there is one."""
        observability = self.observability
        return observability if observability and not observability.only_cloudwatch else None

    @property
    def present(self) -> list[str]:
        """The keys of the add-ons that are installed."""
        return [name for name in type(self).model_fields if getattr(self, name) is not None]

    def check_nodes(self, instance_types: list[str], *, at: str) -> None:
        """Refuse collectors where no node is large enough for them."""
        if self.prometheus is None:
            return
        if not any(
            cluster_instance_types()[name].vcpus >= _VCPUS_OF_COLLECTORS for name in instance_types
        ):
            raise validation_error(
                "requires a group with at least one instance of size 4xlarge or larger; "
                f"the groups have {', '.join(dict.fromkeys(instance_types)) or 'none'}",
                at=f"{at}.observability.destination",
                value="prometheus",
            )

    def check_environment(self, region: str, *, at: str) -> None:
        """Refuse what a region does not have."""
        if self.inference_operator is not None:
            INFERENCE_OPERATOR_IMAGES.check(region, at=f"{at}.inference_operator")
        observability = self.prometheus
        if observability and observability.grafana:
            GRAFANA.check(
                region,
                at=f"{at}.observability.grafana",
                fix="remove it, or use Grafana in another region",
            )
