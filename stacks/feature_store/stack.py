"""Wires the feature store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, RemovalPolicy
from constructs import Construct

from sagemaker_platform.feature_store import FeatureGroup
from sagemaker_platform.lakehouse import LakehouseLayer
from stacks.base import KEEP, EnvironmentStack
from stacks.data_classes import DATA_CLASS_TAG
from stacks.feature_store import mapping
from stacks.feature_store.settings import (
    FeatureGroupSettings,
    FeatureStoreSettings,
    group_name,
)
from stacks.names import pascal_case
from stacks.shared import SharedResources

if TYPE_CHECKING:
    from stacks.lakehouse.governance_mapping import Governance


class FeatureStoreStack(EnvironmentStack):
    """Feature groups, in a stack without tags, of which one that changed would replace them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: FeatureStoreSettings,
        layers: Mapping[str, LakehouseLayer],
        governance: Governance | None,
    ) -> None:
        super().__init__(
            scope,
            id,
            environment=shared.environment,
            description="feature groups",
            tags_can_change=False,
        )
        self._key = shared.key
        self._layers = layers
        self._governance = governance
        self._removal = RemovalPolicy.DESTROY if settings.removal_policy == "destroy" else KEEP
        for group in settings.groups:
            made = self._group(group)
            CfnOutput(self, f"{pascal_case(group.name)}GroupName", value=made.name)

    def _group(self, settings: FeatureGroupSettings) -> FeatureGroup:
        environment = self._environment.name
        made = FeatureGroup(
            self,
            pascal_case(settings.name),
            name=group_name(environment, settings.name),
            features=mapping.features(settings),
            record_identifier=settings.record_identifier,
            event_time=settings.event_time,
            key=self._key,
            removal_policy=self._removal,
            online=mapping.online_store(settings.online),
            offline=mapping.offline_store(settings, self._layers),
            throughput=mapping.throughput(settings),
            description=settings.description,
            # The name of the group has it too. Budgets and cost reports go by it.
            tags={"environment": environment},
        )
        if settings.data_class is not None:
            made.resource.add_metadata(DATA_CLASS_TAG, settings.data_class)
        if settings.offline is not None and made.role is not None and self._governance is not None:
            from stacks.feature_store.grant_mapping import grant_offline_store

            grant_offline_store(
                self,
                settings.name,
                self._governance,
                made.role,
                layer=settings.offline.layer,
                table=settings.table,
                group=made.resource,
            )
        return made
