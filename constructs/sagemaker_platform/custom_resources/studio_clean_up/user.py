"""What hangs on one user of a Studio domain."""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Item, client
from .deletion import Deletion

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class UserDeletion(Deletion):
    """One call's work on the apps and spaces of one user, whose profile goes next.

    Args:
        domain_id: the domain; nothing of another is touched.
        user: name of the user profile.
        started: when the deletion began, as a Unix time.
    """

    def __init__(self, domain_id: str, user: str, started: float) -> None:
        super().__init__(domain_id, started)
        self._user = user

    def step(self) -> list[str]:
        """Delete what can be deleted now; return what is left of apps, and then of spaces."""
        return self._first_left([self._apps, self._spaces])

    def stack_keeps_the_profile(self, event: Mapping[str, Any]) -> bool:
        """Whether this resource is deleted although the profile stays.

        That is so when the removal policy has become `retain`. A user who was taken out of the
        settings is in the stack's template no longer.
        """
        stack = event["StackId"]
        if self.stack_goes(stack):
            return False
        answer = self._caller.call(
            f"template of {stack}", client("cloudformation").get_template, StackName=stack
        )
        resources = answer["TemplateBody"]["Resources"] if answer else {}
        keeps = event["ResourceProperties"]["ProfileLogicalId"] in resources
        if keeps:
            _LOG.info("%s: the stack keeps the profile %s", self._id, self._user)
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
        """List the spaces of the user, shared ones too: they would hold the profile."""
        return [
            space
            for space in self._of_domain(self._sagemaker.list_spaces, "Spaces")
            if space.get("OwnershipSettingsSummary", {}).get("OwnerUserProfileName") == self._user
        ]
