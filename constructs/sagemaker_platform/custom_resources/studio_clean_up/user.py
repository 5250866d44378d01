"""Deletion of what belongs to one user of a Studio domain."""

import logging
from collections.abc import Mapping
from typing import Any

from ..common import stacks
from ..common.calls import client
from ..common.waiting import Item
from .deletion import Deletion

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class UserDeletion(Deletion):
    """Deletes the apps and spaces of one user, as far as one call of the function can.

    Args:
        domain_id: the domain; other domains are not changed.
        user: name of the user profile, which CloudFormation deletes next.
        started: start of the deletion, as a Unix time.
    """

    def __init__(self, domain_id: str, user: str, started: float) -> None:
        super().__init__(domain_id, started)
        self._user = user

    def step(self) -> list[str]:
        """Delete what can be deleted now; return what is left of apps, and then of spaces."""
        return self._delete_kinds([self._apps, self._spaces])

    def stack_keeps_the_profile(self, event: Mapping[str, Any]) -> bool:
        """Return whether the profile stays although this resource is deleted.

        It stays if the removal policy has become `retain`. The template of the stack no longer
        has a user who was removed from the settings.
        """
        stack = event["StackId"]
        if stacks.is_deleted(self._caller, stack):
            return False
        answer = self._caller.call(
            f"template of {stack}", client("cloudformation").get_template, StackName=stack
        )
        resources = answer["TemplateBody"]["Resources"] if answer else {}
        keeps = event["ResourceProperties"]["ProfileLogicalId"] in resources
        if keeps:
            _LOG.info(
                "%s: the stack keeps the profile %s; nothing is deleted", self._id, self._user
            )
        return keeps

    def _apps(self) -> list[str]:
        spaces = {space["SpaceName"] for space in self._own_spaces()}
        return self._delete_apps(
            app
            for app in self._of_domain(self._sagemaker.list_apps, "Apps")
            if app.get("UserProfileName") == self._user or app.get("SpaceName") in spaces
        )

    def _spaces(self) -> list[str]:
        return self._delete_spaces(self._own_spaces())

    def _own_spaces(self) -> list[Item]:
        """List the spaces of the user, also shared ones: SageMaker keeps their owner."""
        return [
            space
            for space in self._of_domain(self._sagemaker.list_spaces, "Spaces")
            if space.get("OwnershipSettingsSummary", {}).get("OwnerUserProfileName") == self._user
        ]
