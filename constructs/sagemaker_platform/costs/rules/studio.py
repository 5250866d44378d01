"""Rules of Studio, MLflow and partner apps.

Sources: https://aws.amazon.com/sagemaker/ai/pricing/ (apps by instance and second, volumes of
spaces, MLflow), https://aws.amazon.com/efs/pricing/ (home directories). AWS Marketplace bills
partner apps.
"""

from collections.abc import Iterable, Iterator

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, running, used
from sagemaker_platform.costs.resource import Properties, Resource

_APPS = ("JupyterLabAppSettings", "CodeEditorAppSettings")


def _domain(resource: Resource) -> Iterable[Charge]:
    types = set(_instance_types(resource.part("DefaultUserSettings")))
    types |= set(_instance_types(resource.part("DefaultSpaceSettings")))
    for kind in sorted(types):
        yield used(
            f"{kind}, apps of Studio",
            "studio_app_hours",
            PriceKey("sagemaker", kind, "studio"),
            "hour",
        )
    yield used(
        "volumes of spaces",
        "space_storage_gb",
        PriceKey("sagemaker", "volume", "studio"),
        "GB-month",
    )
    yield used(
        "home directories", "home_storage_gb", PriceKey("efs", "standard", "storage"), "GB-month"
    )


def _instance_types(settings: Properties) -> Iterator[str]:
    for app in _APPS:
        kind = settings.get(app, {}).get("DefaultResourceSpec", {}).get("InstanceType")
        if kind is not None and kind != "system":
            yield str(kind)


def _server(resource: Resource) -> Iterable[Charge]:
    size = resource.properties.get("TrackingServerSize", "Small")
    yield running(
        f"MLflow server, {size}", PriceKey("sagemaker", f"MLflow server {size}", "running")
    )


def _mlflow_app(resource: Resource) -> Iterable[Charge]:
    key = PriceKey("sagemaker", "MLflow app", "use")
    yield used("MLflow app", "mlflow_app_hours", key, "hour", note="no published price is recorded")


def _partner_app(resource: Resource) -> Iterable[Charge]:
    kind, tier = resource.properties.get("Type"), resource.properties.get("Tier")
    yield running(
        f"partner app {kind}, {tier}",
        PriceKey("sagemaker", f"partner app {kind}", str(tier)),
        note="a subscription of AWS Marketplace comes on top",
    )


RULES = {
    "AWS::SageMaker::Domain": _domain,
    "AWS::SageMaker::MlflowApp": _mlflow_app,
    "AWS::SageMaker::MlflowTrackingServer": _server,
    "AWS::SageMaker::PartnerApp": _partner_app,
}
