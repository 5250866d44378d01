"""The data warehouse, as a capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.fields import validation_error
from stacks.lakehouse.extension import OffersCatalogs

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.warehouse.settings import WarehouseSettings
    from stacks.warehouse.stack import WarehouseStack


class WarehouseCapability(
    Capability["WarehouseSettings", "WarehouseStack"], OffersActivities, OffersCatalogs
):
    """A data warehouse."""

    key = "warehouse"
    summary = "A data warehouse. Requires three availability zones."
    activities = {
        "query_warehouse": Activity(
            requires="a `warehouse` block",
            personas=("data_scientist", "ml_engineer", "data_engineer"),
            order=40,
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[WarehouseSettings]:
        from stacks.warehouse.settings import WarehouseSettings

        return WarehouseSettings

    @override
    def validate(self) -> None:
        from stacks.lakehouse.capability import Lakehouse

        settings, environment = self.settings, self.environment
        environment.check_second_key("warehouse", settings.removal_policy)
        zones = environment.network.availability_zones
        if len(zones) < 3:
            raise validation_error(
                "must name three zones, because Redshift Serverless, which warehouse turns "
                "on, requires them",
                at="network.availability_zones",
                value=zones,
            )
        copy = settings.snapshot_copy
        if copy and copy.region == environment.region:
            raise validation_error(
                "must be another region than the environment's",
                at="warehouse.snapshot_copy.region",
                value=copy.region,
            )
        lakehouse = environment.find(Lakehouse)
        known = [layer.name for layer in lakehouse.settings.layers] if lakehouse else []
        for index, layer in enumerate(settings.layers):
            if layer.name not in known:
                there = f"there are: {', '.join(known)}" if known else "there is no lakehouse"
                raise validation_error(
                    f"must be a layer of the lakehouse; {there}",
                    at=f"warehouse.layers.{index}.name",
                    value=layer.name,
                )

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from sagemaker_platform.warehouse import Warehouse

        return NetworkRequirements(interface_endpoints=Warehouse.INTERFACE_ENDPOINTS)

    def _catalog_name(self) -> str:
        return f"{self.environment.name}_warehouse".replace("-", "_")

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        if self.settings.catalog is not None:
            name = self.environment.name
            yield ResourceName(
                resource=f"catalog {self._catalog_name()}", keys=["name"], value=name
            )

    @override
    def catalogs(self) -> Mapping[str, str]:
        if self.settings.catalog is None:
            return {}
        return {"warehouse": f"{self._catalog_name()}/{self.settings.database_name}"}

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        made = context.outputs(WarehouseCapability)
        assert made is not None, "it is built before personas"
        return AccessContribution(activities={"query_warehouse": made.statements})

    @override
    def build(self, context: BuildContext) -> WarehouseStack:
        from stacks.lakehouse.capability import Lakehouse
        from stacks.sources.capability import Sources
        from stacks.warehouse.stack import WarehouseStack

        lakehouse = context.outputs(Lakehouse)
        sources = self.environment.find(Sources)
        made = WarehouseStack(
            context.stage,
            "warehouse",
            shared=context.shared,
            settings=self.settings,
            layers=lakehouse.layers if lakehouse else {},
            governance=lakehouse.governance if lakehouse else None,
            inbound_integrations=sources.settings.into_warehouse if sources else (),
        )
        if lakehouse is not None:
            made.add_stack_dependency(lakehouse)
        return made
