"""Partner AI Apps, as a capability."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.partner_apps.regions import PARTNER_APP

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.partner_apps.settings import PartnerAppSettings
    from stacks.partner_apps.stack import PartnerAppsStack


class PartnerApps(Capability["list[PartnerAppSettings]", "PartnerAppsStack"], OffersActivities):
    """Applications of partners."""

    key = "partner_apps"
    summary = "Partner AI Apps: Comet, Deepchecks, Fiddler, Lakera Guard."
    features = (PARTNER_APP,)
    activities = {
        "use_partner_apps": Activity(
            requires="a `partner_apps` block",
            personas=("data_scientist", "ml_engineer"),
            order=140,
            policy="capability",
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[list[PartnerAppSettings]]:
        from stacks.partner_apps.settings import PartnerAppSettings

        return list[PartnerAppSettings]

    @override
    def validate(self) -> None:
        from stacks.partner_apps.settings import check_apps

        check_apps(self.settings, self.environment.region)

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from sagemaker_platform.partner_apps import PartnerApp

        return NetworkRequirements(interface_endpoints=PartnerApp.INTERFACE_ENDPOINTS)

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        from stacks.partner_apps.settings import camel_case

        for index, app in enumerate(self.settings):
            key = "type" if app.name is None else "name"
            yield ResourceName(
                resource=f"application {camel_case(self.environment.name)}{app.suffix}",
                keys=["partner_apps", index, key],
                value=app.name or app.type,
            )

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.partner_apps import SESSION_ACTIONS, use_partner_apps

        return AccessContribution(
            activities={
                "use_partner_apps": lambda: use_partner_apps(
                    access, tags={"environment": self.environment.name}
                )
            },
            session_actions=lambda persona: (
                SESSION_ACTIONS if "use_partner_apps" in (persona.activities or ()) else ()
            ),
        )

    @override
    def build(self, context: BuildContext) -> PartnerAppsStack:
        from stacks.partner_apps.stack import PartnerAppsStack

        return PartnerAppsStack(
            context.stage, "partner-apps", shared=context.shared, apps=self.settings
        )
