"""Rules of connections and data sources with what the environment has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings
    from stacks.unified_studio.connection_settings import ConnectionSettings
    from stacks.unified_studio.settings import HostSettings

Check = Callable[["ConnectionSettings", "EnvironmentSettings", str], None]


def check_connections(host: HostSettings, environment: EnvironmentSettings) -> None:
    """Refuse connections to what the environment does not have."""
    checks: dict[str, Check] = {
        "athena": _check_athena,
        "hyperpod": _check_hyperpod,
        "lakehouse": _check_lakehouse,
        "mlflow": _check_mlflow,
        "s3": _check_s3,
        "warehouse": _check_warehouse,
    }
    for key, project in host.projects.items():
        for name, connection in project.connections.items():
            at = f"unified_studio.host.projects.{key}.connections.{name}.{connection.kind}"
            if check := checks.get(connection.kind):
                check(connection, environment, at)
            athena = connection.athena
            if athena and athena.layers is None and key not in granted_projects(environment):
                raise validation_error(
                    "must have layers, because no grant of lakehouse.permissions names the "
                    f"project. Add layers, or a grant with projects: [{key}]",
                    at=at,
                )


def check_data_sources(host: HostSettings, environment: EnvironmentSettings) -> None:
    """Refuse data sources with layers that are not there."""
    known = layers_of(environment)
    for key, project in host.projects.items():
        for name, source in project.data_sources.items():
            at = f"unified_studio.host.projects.{key}.data_sources.{name}.layer"
            one_of(source.layer, known, "a layer of the lakehouse", at=at)


def warn_of_subscriptions(host: HostSettings, environment: EnvironmentSettings) -> Iterator[str]:
    """Yield warnings about data sources whose subscriptions give no access."""
    from stacks.lakehouse.capability import Lakehouse

    lakehouse = environment.find(Lakehouse)
    permissions = lakehouse.settings.permissions if lakehouse else None
    if permissions is not None and permissions.mode == "lake_formation":
        return
    for key, project in host.projects.items():
        for name in project.data_sources:
            yield (
                f"unified_studio.host.projects.{key}.data_sources.{name}: people find these "
                "tables, but an approved subscription gives no access, because IAM decides about "
                "the layer. Add permissions to lakehouse"
            )


def warn_of_grants(host: HostSettings, environment: EnvironmentSettings) -> Iterator[str]:
    """Yield warnings about grants that members cannot query with."""
    granted = granted_projects(environment)
    for key, project in host.projects.items():
        queries = any(one.athena for one in project.connections.values())
        # With IAM Identity Center, blueprints make a workgroup of Athena for each project.
        if key in granted and not queries and host.sign_in == "iam":
            yield (
                f"unified_studio.host.projects.{key}: lakehouse.permissions grants data to the "
                "project, which has no connection of the kind athena to query it with. Add "
                "connections: {lakehouse: {athena: {}}}"
            )


def one_of(value: str, known: Sequence[str], what: str, *, at: str) -> None:
    """Refuse a name that is not known."""
    if value not in known:
        raise validation_error(
            f"must be {what}: {', '.join(known) or 'there is none'}{close_to(value, known)}",
            at=at,
            value=value,
        )


def layers_of(environment: EnvironmentSettings) -> list[str]:
    """Return the names of the layers of the lakehouse."""
    from stacks.lakehouse.capability import Lakehouse

    lakehouse = environment.find(Lakehouse)
    return [one.name for one in lakehouse.settings.layers] if lakehouse else []


def granted_projects(environment: EnvironmentSettings) -> set[str]:
    """Return the projects that grants of the lakehouse name."""
    from stacks.lakehouse.capability import Lakehouse

    lakehouse = environment.find(Lakehouse)
    permissions = lakehouse.settings.permissions if lakehouse else None
    return permissions.granted_projects if permissions else set()


def _check_lakehouse(_: ConnectionSettings, environment: EnvironmentSettings, at: str) -> None:
    if not layers_of(environment):
        raise validation_error("needs a lakehouse. Add lakehouse: {} to the environment", at=at)


def _check_athena(
    connection: ConnectionSettings, environment: EnvironmentSettings, at: str
) -> None:
    from stacks.lakehouse.capability import Lakehouse

    assert connection.athena is not None, "it is the kind"
    known = layers_of(environment)
    for index, layer in enumerate(connection.athena.layers or ()):
        one_of(layer, known, "a layer of the lakehouse", at=f"{at}.layers.{index}")
    if (wanted := connection.athena.workgroup) is not None:
        lakehouse = environment.find(Lakehouse)
        groups = lakehouse.settings.query.workgroups if lakehouse else []
        sql = [one.name for one in groups if one.engine == "sql"]
        one_of(wanted, sql, "an SQL workgroup of lakehouse.query.workgroups", at=f"{at}.workgroup")


def _check_s3(connection: ConnectionSettings, environment: EnvironmentSettings, at: str) -> None:
    from stacks.lakehouse.capability import Lakehouse

    assert connection.s3 is not None, "it is the kind"
    layer = connection.s3.layer
    one_of(layer, layers_of(environment), "a layer of the lakehouse", at=f"{at}.layer")
    lakehouse = environment.find(Lakehouse)
    permissions = lakehouse.settings.permissions if lakehouse else None
    if permissions is not None and permissions.mode != "hybrid":
        raise validation_error(
            "must not be a layer that Lake Formation alone hands out, because the files of a "
            "bucket go past it. Use athena with layers",
            at=f"{at}.layer",
            value=layer,
        )


def _check_mlflow(
    connection: ConnectionSettings, environment: EnvironmentSettings, at: str
) -> None:
    from stacks.mlflow.capability import Mlflow

    found = environment.find(Mlflow)
    settings = found.settings if found else None
    known = [
        kind
        for kind, there in (
            ("app", settings and settings.wanted_app),
            ("tracking_server", settings and settings.tracking_server),
        )
        if there
    ]
    one_of(str(connection.mlflow), known, "what the mlflow block has", at=at)


def _check_warehouse(_: ConnectionSettings, environment: EnvironmentSettings, at: str) -> None:
    from stacks.warehouse.capability import WarehouseCapability

    if environment.find(WarehouseCapability) is None:
        raise validation_error("needs a warehouse. Add warehouse: {} to the environment", at=at)


def _check_hyperpod(
    connection: ConnectionSettings, environment: EnvironmentSettings, at: str
) -> None:
    from stacks.hyperpod.capability import HyperPod

    assert connection.hyperpod is not None, "it is the kind"
    found, wanted = environment.find(HyperPod), connection.hyperpod
    if found and wanted.cluster in (one.name for one in found.settings.slurm_clusters):
        raise validation_error(
            "must be a cluster with EKS: people reach the nodes of Slurm as a user of the "
            "operating system that their persona has, and a project has none. Give people the "
            "activity use_hyperpod",
            at=f"{at}.cluster",
            value=wanted.cluster,
        )
    clusters = {one.name: one for one in found.settings.eks_clusters} if found else {}
    one_of(wanted.cluster, list(clusters), "a cluster of hyperpod with EKS", at=f"{at}.cluster")
    teams = [team.name for team in clusters[wanted.cluster].teams]
    if wanted.team is not None:
        one_of(wanted.team, teams, f"a team of {wanted.cluster}", at=f"{at}.team")
    elif teams:
        raise validation_error(
            f"must have a team, because {wanted.cluster} has teams: {', '.join(teams)}", at=at
        )
