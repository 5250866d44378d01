"""The feature store, as a capability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import (
    AccessContribution,
    Activity,
    OffersActivities,
    check_personas,
    personas_with,
)
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.feature_store.regions import FEATURE_GROUP
from stacks.fields import close_to, validation_error
from stacks.lakehouse.extension import GrantsTables

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.feature_store.settings import FeatureGroupSettings, FeatureStoreSettings
    from stacks.feature_store.stack import FeatureStoreStack
    from stacks.lakehouse.permission_settings import GrantSettings
    from stacks.lakehouse.settings import LakehouseSettings

_ACTIVITIES = {"read_by": "read_features", "written_by": "write_features"}
"""Settings keys of a group that limit an activity to named personas."""
_REQUIRES = "a `feature_store` block"


class FeatureStore(
    Capability["FeatureStoreSettings", "FeatureStoreStack"], OffersActivities, GrantsTables
):
    """Feature groups of teams, which the platform creates and personas fill and read."""

    key = "feature_store"
    summary = "Feature groups, with tables in the lakehouse."
    features = (FEATURE_GROUP,)
    activities = {
        "read_features": Activity(
            requires=_REQUIRES,
            personas=("data_scientist", "ml_engineer", "data_engineer"),
            order=97,
            policy="capability",
        ),
        "write_features": Activity(
            requires=_REQUIRES,
            personas=("ml_engineer", "data_engineer"),
            order=98,
            policy="capability",
        ),
    }

    @classmethod
    @override
    def settings_type(cls) -> type[FeatureStoreSettings]:
        from stacks.feature_store.settings import FeatureStoreSettings

        return FeatureStoreSettings

    @override
    def validate(self) -> None:
        FEATURE_GROUP.check(self.environment.region, at="feature_store")
        self.environment.check_second_key("feature_store", self.settings.removal_policy)
        lakehouse = self._lakehouse
        for index, group in enumerate(self.settings.groups):
            if group.offline is not None:
                _check_table(group, lakehouse, at=f"feature_store.groups.{index}")
                self._check_class(group, lakehouse, at=f"feature_store.groups.{index}")
            self._check_personas(group, at=f"feature_store.groups.{index}")

    def _check_class(
        self, group: FeatureGroupSettings, lakehouse: LakehouseSettings | None, *, at: str
    ) -> None:
        """Refuse features that are more protected than the layer that their table is in."""
        names = self.environment.data_classes.names
        layers = {one.name: one.data_class for one in lakehouse.layers} if lakehouse else {}
        layer = layers.get(group.offline.layer) if group.offline is not None else None
        if group.data_class not in names or layer not in names:
            return
        if names.index(group.data_class) > names.index(layer):
            raise validation_error(
                f"must not be more protected than {layer}, the class of the layer that the table "
                "of the offline store is in. Use a layer of that class, or a lower class",
                at=f"{at}.data_class",
                value=group.data_class,
            )

    @property
    def _lakehouse(self) -> LakehouseSettings | None:
        from stacks.lakehouse.capability import Lakehouse

        found = self.environment.find(Lakehouse)
        return found.settings if found else None

    def _check_personas(self, group: FeatureGroupSettings, *, at: str) -> None:
        for key, activity in _ACTIVITIES.items():
            names = getattr(group, key) or ()
            check_personas(self.environment, names, activity, at=f"{at}.{key}")

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        from stacks.feature_store.settings import group_name

        for index, group in enumerate(self.settings.groups):
            yield ResourceName(
                resource=f"feature group {group_name(self.environment.name, group.name)}",
                keys=["feature_store", "groups", index, "name"],
                value=group.name,
            )

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from sagemaker_platform.feature_store import FeatureGroup, use_any_feature_group

        [runtime] = services = FeatureGroup.INTERFACE_ENDPOINTS
        # Also groups that people create themselves.
        groups = use_any_feature_group(scope, prefix=f"{self.environment.name}-")
        return NetworkRequirements(
            interface_endpoints=services, endpoint_policies={runtime: [groups]}
        )

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.feature_store import (
            list_feature_groups,
            use_feature_groups,
            use_of_online_stores,
        )

        def of_persona(name: str, persona: PersonaSettings) -> Sequence[iam.PolicyStatement]:
            del persona
            read, written = (self._groups_of(name, key) for key in _ACTIVITIES)
            if not (read or written):
                return []
            return [
                *use_feature_groups(access, read=read, written=written),
                *list_feature_groups(),
                *use_of_online_stores(context.shared.key),
            ]

        return AccessContribution(
            activities={name: lambda: [] for name in self.activities}, of_persona=of_persona
        )

    @override
    def extends_persona(self, name: str, persona: PersonaSettings) -> bool:
        return any(self._groups_of(name, key) for key in _ACTIVITIES)

    def _groups_of(self, persona: str, key: str) -> list[str]:
        """Return the names in SageMaker of the groups that a persona reads or writes."""
        from stacks.feature_store.settings import group_name

        if persona not in personas_with(self.environment, _ACTIVITIES[key]):
            return []
        return [
            group_name(self.environment.name, group.name)
            for group in self.settings.groups
            if persona in (getattr(group, key) or [persona])
        ]

    @override
    def table_grants(self) -> Sequence[GrantSettings]:
        from stacks.lakehouse.permission_settings import GrantSettings

        querying = personas_with(self.environment, "query_lakehouse")
        reading = [
            name for name in personas_with(self.environment, "read_features") if name in querying
        ]
        return [
            GrantSettings(
                personas=personas, layer=group.offline.layer, table=group.table, access="read"
            )
            for group in self.settings.groups
            if group.offline is not None
            and (personas := [name for name in reading if name in (group.read_by or [name])])
        ]

    @override
    def build(self, context: BuildContext) -> FeatureStoreStack:
        from stacks.feature_store.stack import FeatureStoreStack
        from stacks.lakehouse.capability import Lakehouse

        lakehouse = context.outputs(Lakehouse)
        made = FeatureStoreStack(
            context.stage,
            "feature-store",
            shared=context.shared,
            settings=self.settings,
            layers=lakehouse.layers if lakehouse else {},
            governance=lakehouse.governance if lakehouse else None,
        )
        if lakehouse is not None:
            made.add_stack_dependency(lakehouse)
        return made


def _check_table(
    group: FeatureGroupSettings, lakehouse: LakehouseSettings | None, *, at: str
) -> None:
    """Refuse an offline store that is no table of a layer."""
    assert group.offline is not None, "the caller asks for groups with one"
    if lakehouse is None:
        raise validation_error(
            "requires a `lakehouse` block, which contains its table. Add `lakehouse: {}`",
            at=f"{at}.offline",
            value=group.offline.model_dump(exclude_unset=True),
        )
    layers = {layer.name: layer for layer in lakehouse.layers}
    layer = layers.get(group.offline.layer)
    if layer is None:
        raise validation_error(
            f"must be a layer of the lakehouse{close_to(group.offline.layer, list(layers))}"
            f"; there are: {', '.join(layers)}",
            at=f"{at}.offline.layer",
            value=group.offline.layer,
        )
    if group.table in [table.name for table in layer.tables]:
        raise validation_error(
            f"must not be the name of a table that {layer.name} declares, because SageMaker "
            f"creates the table {group.table}. Choose another name, or another layer",
            at=f"{at}.name",
            value=group.name,
        )
    for key in ("expiration_days", "archive_days", "deep_archive_days"):
        if (days := getattr(layer.lifecycle, key)) is not None:
            raise validation_error(
                f"must be a layer whose files are always readable, but {layer.name} has "
                f"lifecycle.{key}: {days}. Use a layer without this key",
                at=f"{at}.offline.layer",
                value=layer.name,
            )
