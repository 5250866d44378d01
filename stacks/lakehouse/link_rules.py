"""Rules of resource links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.fields import validation_error

if TYPE_CHECKING:
    from stacks.lakehouse.permission_settings import PermissionSettings
    from stacks.lakehouse.settings import LakehouseSettings


def check_without_permissions(lakehouse: LakehouseSettings) -> None:
    """Refuse links without Lake Formation, which alone grants what other accounts share."""
    if lakehouse.resource_links:
        raise validation_error(
            "requires a `permissions` block, because only Lake Formation grants what other "
            "accounts share. Add the block with a grant for each link",
            at="resource_links",
            value=[link.name for link in lakehouse.resource_links],
        )


def check_links(lakehouse: LakehouseSettings, permissions: PermissionSettings) -> None:
    """Refuse links with a name that is taken, twice to one database, or without a grant."""
    layers = {layer.name.replace("-", ""): layer.name for layer in lakehouse.layers}
    names: dict[str, str] = {}
    targets: dict[tuple[str, str], str] = {}
    for index, link in enumerate(lakehouse.resource_links):
        at, word = f"resource_links.{index}", link.name.replace("-", "")
        if word in layers:
            raise validation_error(
                f"must not be the name of the layer {layers[word]}, because both are databases of "
                "the Glue catalog. Choose another name",
                at=f"{at}.name",
                value=link.name,
            )
        if (earlier := names.setdefault(word, link.name)) != link.name or (
            link.name in [one.name for one in lakehouse.resource_links[:index]]
        ):
            raise validation_error(
                f"must differ from the earlier link {earlier}, if hyphens are ignored. "
                "Choose another name",
                at=f"{at}.name",
                value=link.name,
            )
        target = link.account, link.database
        if (earlier := targets.setdefault(target, link.name)) != link.name:
            raise validation_error(
                (f"must be linked once, but {earlier} is also a link to it. Remove one of the two"),
                at=f"{at}.database",
                value=link.database,
            )
        if all(grant.resource_link != link.name for grant in permissions.grants):
            raise validation_error(
                "must be in a grant, because otherwise no persona can query it. Add "
                f"`{{personas: [...], resource_link: {link.name}}}` to permissions.grants, "
                "or remove the link",
                at=f"{at}.name",
                value=link.name,
            )
