"""Settings of blueprints of the team as arguments of constructs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Aws

from sagemaker_platform.unified_studio import (
    BlueprintParameter,
    CustomBlueprint,
    feature_group_blueprint,
    mlflow_app_blueprint,
)
from stacks.feature_store import mapping

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import IConstruct

    from stacks.unified_studio.custom_blueprint_settings import (
        CustomBlueprintSettings,
        OfferedFeatureGroupSettings,
    )


def custom_blueprint(
    scope: IConstruct,
    key: str,
    settings: CustomBlueprintSettings,
    *,
    domain_id: str,
    encryption: kms.IKey,
) -> CustomBlueprint:
    """Return a blueprint.

    Args:
        scope: its stack tells the account and the region.
        key: key of the settings.
        settings: the settings.
        domain_id: ID of the domain.
        encryption: key of the environment.
    """
    about: dict[str, Any] = {
        "domain_id": domain_id,
        "name": settings.name,
        "description": settings.description,
        "prefix": key.replace("_", "-"),
    }
    if settings.mlflow_app is not None:
        window = settings.mlflow_app.maintenance_window_start
        return mlflow_app_blueprint(scope, maintenance_window_start=window, **about)
    if settings.feature_group is not None:
        return feature_group_blueprint(
            scope, key=encryption, **about, **_feature_group(settings.feature_group)
        )
    return CustomBlueprint(
        name=settings.name,
        description=settings.description,
        template=settings.template_text,
        parameters=[
            BlueprintParameter(
                name=name,
                default=one.default,
                description=one.description,
                editable=one.editable,
                updatable=one.updatable,
            )
            for name, one in settings.parameters.items()
        ],
        policy_arns=[
            f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:policy/{name}"
            for name in settings.managed_policies or ()
        ],
    )


def _feature_group(offer: OfferedFeatureGroupSettings) -> dict[str, Any]:
    return {
        "features": mapping.features(offer.as_group("offered")),
        "record_identifier": offer.record_identifier,
        "event_time": offer.event_time,
        "online": mapping.online_store(offer.online),
    }
