"""Sources of data, as a capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, OffersActivities
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.fields import validation_error
from stacks.lakehouse.extension import OffersCatalogs
from stacks.network.zones import is_zone_id

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.sources.settings import SourcesSettings
    from stacks.sources.stack import SourcesStack


class Sources(Capability["SourcesSettings", "SourcesStack"], OffersCatalogs, OffersActivities):
    """Data sources and data quality."""

    key = "sources"
    summary = "Data sources and data quality."

    @classmethod
    @override
    def settings_type(cls) -> type[SourcesSettings]:
        from stacks.sources.settings import SourcesSettings

        return SourcesSettings

    @override
    def validate(self) -> None:
        from stacks.lakehouse.capability import Lakehouse
        from stacks.sources.rules import check_sources
        from stacks.warehouse.capability import WarehouseCapability

        environment, network = self.environment, self.environment.network
        warehouse = environment.find(WarehouseCapability)
        lakehouse = environment.find(Lakehouse)
        if warehouse and warehouse.settings.catalog:
            for index, connection in enumerate(self.settings.connections):
                if connection.name == "warehouse" and connection.federated_catalog:
                    raise validation_error(
                        "is reserved for the catalog of the warehouse. Choose another name",
                        at=f"sources.connections.{index}.name",
                        value=connection.name,
                    )
        zones = network.availability_zones
        if self.settings.uses_network and network.existing and is_zone_id(zones[0]):
            raise validation_error(
                "must be names of zones for connections of sources in an existing VPC, "
                "because Glue requires names, and IDs do not tell them",
                at="network.availability_zones",
                value=zones,
            )
        environment.check_second_key("sources", self.settings.removal_policy)
        check_sources(
            self.settings,
            account=environment.account,
            layers=[layer.name for layer in lakehouse.settings.layers] if lakehouse else [],
            table_buckets=[one.name for one in lakehouse.settings.table_buckets]
            if lakehouse
            else [],
            closed=network.existing is None and network.nat_gateways == "none",
            warehouse=warehouse is not None,
            keeps_case=bool(warehouse and warehouse.settings.case_sensitive_identifiers),
        )

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        if not self.settings.uses_network:
            return NetworkRequirements()
        from sagemaker_platform.sources import DatabaseConnection

        return NetworkRequirements(interface_endpoints=DatabaseConnection.INTERFACE_ENDPOINTS)

    @override
    def catalogs(self) -> Mapping[str, str]:
        return {
            connection.name: f"{self.environment.name}-{connection.name}".replace("-", "_")
            for connection in self.settings.connections
            if connection.federated_catalog
        }

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        for index, connection in enumerate(self.settings.connections):
            if connection.federated_catalog:
                yield ResourceName(
                    resource=f"catalog {self.catalogs()[connection.name]}",
                    keys=["sources", "connections", index, "name"],
                    value=connection.name,
                )

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.access import check_data_quality, start_crawlers

        settings, name = self.settings, self.environment.name

        def statements() -> list[iam.PolicyStatement]:
            return [
                *(start_crawlers(access, tag=("environment", name)) if settings.crawlers else ()),
                *(check_data_quality(access, prefix=f"{name}-") if settings.data_quality else ()),
            ]

        return AccessContribution(additions={"run_glue_jobs": statements})

    @override
    def build(self, context: BuildContext) -> SourcesStack:
        from stacks.lakehouse.capability import Lakehouse
        from stacks.sources.stack import SourcesStack
        from stacks.warehouse.capability import WarehouseCapability

        lakehouse, warehouse = context.outputs(Lakehouse), context.outputs(WarehouseCapability)
        made = SourcesStack(
            context.stage,
            "sources",
            shared=context.shared,
            settings=self.settings,
            layers=lakehouse.layers if lakehouse else {},
            table_buckets=lakehouse.table_buckets if lakehouse else {},
            governance=lakehouse.governance if lakehouse else None,
            warehouse=warehouse.warehouse if warehouse else None,
            workgroups=lakehouse.workgroup_names if lakehouse else (),
        )
        if lakehouse is not None:
            made.add_stack_dependency(lakehouse)
        return made
