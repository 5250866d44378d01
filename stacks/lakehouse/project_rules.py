"""Rules of grants to projects of Unified Studio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error
from stacks.lakehouse.grant_rules import part_of
from stacks.lakehouse.reach import reach

if TYPE_CHECKING:
    from stacks.lakehouse.permission_settings import GrantSettings
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.settings import EnvironmentSettings
    from stacks.unified_studio.project_settings import ProjectSettings


def check_project_grants(lakehouse: LakehouseSettings, environment: EnvironmentSettings) -> None:
    """Refuse projects that do not exist or are elsewhere, and limits without an effect."""
    from stacks.unified_studio.capability import UnifiedStudio

    found = environment.find(UnifiedStudio)
    studio = found.settings if found else None
    for index, grant in enumerate(lakehouse.permissions.grants if lakehouse.permissions else ()):
        for number, key in enumerate(grant.projects):
            at = f"lakehouse.permissions.grants.{index}.projects.{number}"
            if studio is None or studio.join is not None:
                raise validation_error(
                    "must be a project of this environment, which has no domain of Unified Studio"
                    + (
                        ": it joins that of another. Share the data with the account of the "
                        "project, or grant it there"
                        if studio
                        else ". Add unified_studio, with the project in host.projects"
                    ),
                    at=at,
                    value=key,
                )
            host = studio.wanted_host
            known = list(host.projects)
            if key not in known:
                raise validation_error(
                    "must be a key of unified_studio.host.projects: "
                    f"{', '.join(known) or 'there is none'}{close_to(key, known)}. Projects that "
                    "people create in the portal subscribe to tables there",
                    at=at,
                    value=key,
                )
            project = host.projects[key]
            if (account := host.all_profiles[project.profile].account) is not None:
                raise validation_error(
                    f"must be a project in the account of the lakehouse: it is in {account}. "
                    "Share the data with that account in shares, and grant it there",
                    at=at,
                    value=key,
                )
            _check_limits(grant, project, lakehouse, at=f"lakehouse.permissions.grants.{index}")


def check_workgroups(lakehouse: LakehouseSettings, environment: EnvironmentSettings) -> None:
    """Refuse workgroups of Athena that neither a persona nor a project uses."""
    from stacks.unified_studio.capability import UnifiedStudio

    found = environment.find(UnifiedStudio)
    projects = found.settings.wanted_host.projects if found else {}
    used = {
        connection.athena.workgroup
        for project in projects.values()
        for connection in project.connections.values()
        if connection.athena
    }
    for index, workgroup in enumerate(lakehouse.query.workgroups):
        if not workgroup.personas and workgroup.name not in used:
            raise validation_error(
                "must have a persona, or be the workgroup of a connection of a project of Unified "
                "Studio. Add personas",
                at=f"lakehouse.query.workgroups.{index}",
                value=workgroup.name,
            )


def _check_limits(
    grant: GrantSettings, project: ProjectSettings, lakehouse: LakehouseSettings, *, at: str
) -> None:
    """Refuse rows or columns of a table that a connection of the project gives as a whole."""
    if (part := part_of(grant)) is None:
        return
    limited = {one.layer for one in reach(grant, lakehouse)}
    for name, connection in project.connections.items():
        athena = connection.athena
        for layer in athena.layers if athena and athena.layers else ():
            if layer in limited:
                raise validation_error(
                    f"does not limit the project {project.name}, because its connection {name} "
                    f"gives the whole layer {layer}. Remove the layer from the connection",
                    at=f"{at}.{part}",
                    value=getattr(grant, part),
                )
