"""Deployments from a CI system, as a capability."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.capability import Capability, ResourceName

if TYPE_CHECKING:
    from stacks.capability import BuildContext
    from stacks.delivery.settings import DeliverySettings
    from stacks.delivery.stack import DeliveryStack


class Delivery(Capability["DeliverySettings", "DeliveryStack"]):
    """Roles with which GitHub Actions or GitLab CI/CD deploy the environment."""

    key = "delivery"
    summary = "Deployments from GitHub Actions or GitLab CI/CD, without AWS keys."

    @classmethod
    @override
    def settings_type(cls) -> type[DeliverySettings]:
        from stacks.delivery.settings import DeliverySettings

        return DeliverySettings

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        github, gitlab = self.settings.github, self.settings.gitlab
        for key, settings, issuer in (
            ("github", github, "GitHub"),
            ("gitlab", gitlab, gitlab.issuer if gitlab else ""),
        ):
            if settings is not None and settings.provider == "create":
                yield ResourceName(
                    resource=f"identity provider of {issuer}",
                    keys=["delivery", key, "provider"],
                    value="create",
                    in_region=False,
                    fix="Set exists in one of them, and deploy the other first",
                )

    @override
    def build(self, context: BuildContext) -> DeliveryStack:
        from stacks.delivery.stack import DeliveryStack

        return DeliveryStack(
            context.stage, "delivery", shared=context.shared, settings=self.settings
        )
