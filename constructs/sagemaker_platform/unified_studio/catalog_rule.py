"""Rules of the catalog: what assets must have before they are published or asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from aws_cdk import CustomResource
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.unified_studio.metadata_form import MetadataForm
from sagemaker_platform.unified_studio.project_waiter import ProjectWaiter

RuleAction = Literal["publishing", "subscribing"]
_ACTIONS = {"publishing": "CREATE_LISTING_CHANGE_SET", "subscribing": "CREATE_SUBSCRIPTION_REQUEST"}
_MOST = 5


@checks_types
class CatalogRule(Construct):
    """A rule that demands metadata forms or terms in a domain unit and the units below it.

    CloudFormation has no resource for it. Sources: Amazon DataZone API Reference, "CreateRule";
    SageMaker Unified Studio User Guide, "Metadata enforcement rules for publishing".

    Args:
        waiter: has the function, with ``catalog``. Its user must be an owner of the unit.
        key: identifies the rule, and must stay the same.
        unit_id: ID of the domain unit.
        name: name that people see: letters, digits, spaces, ``_`` and ``-``. It can change.
        description: description that people see.
        before: what the rule comes before.
        forms: forms that the asset or the request must have, at most 5.
        term_ids: IDs of terms that the asset must have, at most 5, in place of forms. Only
            before publishing.
        asset_types: types of assets as Amazon DataZone names them. Defaults to all.
        project_ids: IDs of projects. Defaults to all of the unit.
        data_products: whether it is for data products too.

    Attributes:
        resource: the custom resource.

    Raises:
        ValueError: the parts do not belong together.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        waiter: ProjectWaiter,
        key: str,
        unit_id: str,
        name: str,
        description: str = "",
        before: RuleAction,
        forms: Sequence[MetadataForm] = (),
        term_ids: Sequence[str] = (),
        asset_types: Sequence[str] = (),
        project_ids: Sequence[str] = (),
        data_products: bool = True,
    ) -> None:
        if bool(forms) == bool(term_ids):
            raise ValueError(
                f"forms, term_ids: got {len(forms)} and {len(term_ids)}; must be one of them"
            )
        for argument, values in (("forms", forms), ("term_ids", term_ids)):
            if len(values) > _MOST:
                raise ValueError(f"{argument}: got {values!r}; must be a list of at most {_MOST}")
        if term_ids and before != "publishing":
            raise ValueError(f"before: got {before!r}; must be publishing with term_ids")
        super().__init__(scope, id)
        self.resource: CustomResource = waiter.add(
            self,
            "Resource",
            resource_type="UnifiedStudioRule",
            properties={
                "Key": key,
                "Unit": unit_id,
                "Name": name,
                "Description": description,
                "Action": _ACTIONS[before],
                "Forms": [{"Name": one.name, "Revision": one.revision} for one in forms],
                "Terms": list(term_ids),
                "AssetTypes": list(asset_types),
                "Projects": list(project_ids),
                "DataProducts": "true" if data_products else "false",
            },
        )
