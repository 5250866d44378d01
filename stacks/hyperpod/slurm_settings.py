"""Settings of clusters with Slurm."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from sagemaker_platform.catalog.cluster_instances import Orchestrator
from stacks.arns import OwnSecretArn
from stacks.fields import (
    HostName,
    Name,
    RelativeFile,
    Settings,
    SlurmPartition,
    UserName,
    validation_error,
)
from stacks.hyperpod.cluster_settings import ClusterSettings, InstanceGroupSettings
from stacks.hyperpod.storage_settings import HomesSettings, check_mounts

PROJECT = Path(__file__).parents[2]
"""Folder that paths of scripts start from."""


class SlurmGroupSettings(InstanceGroupSettings):
    """A group of instances, and what it is to Slurm."""

    node_type: Literal["controller", "login", "compute"]
    """Role of the instances. It cannot change later."""
    partition: SlurmPartition | None = None
    """Slurm partition of compute nodes, in addition to `dev`, which has all compute nodes."""
    file_systems: list[Literal["lustre", "homes"]] | None = None
    """File systems of the cluster that the nodes mount. Defaults to all of them."""

    @model_validator(mode="after")
    def _check_node(self) -> Self:
        if self.node_type == "compute":
            if self.partition is None:
                raise validation_error(
                    "must have a partition, which compute nodes require", at="name", value=self.name
                )
            return self
        if self.partition is not None:
            raise validation_error(
                (
                    f"applies only to compute nodes, not to a {self.node_type} group. Remove "
                    "the line"
                ),
                at="partition",
                value=self.partition,
            )
        for key in ("training_plan_arn", "min_instance_count"):
            if getattr(self, key) is not None:
                raise validation_error(
                    (
                        f"applies only to compute nodes, not to a {self.node_type} group. "
                        "Remove the line"
                    ),
                    at=key,
                    value=getattr(self, key),
                )
        if self.capacity == "spot":
            raise validation_error(
                (
                    "applies only to compute nodes, because a cluster needs its "
                    f"{self.node_type} node. Remove the line"
                ),
                at="capacity",
                value="spot",
            )
        if self.node_type == "controller" and self.instance_count != 1:
            raise validation_error(
                "must be 1, because HyperPod supports one controller node",
                at="instance_count",
                value=self.instance_count,
            )
        return self


class AccountingDatabaseSettings(Settings):
    """A MySQL database of yours that keeps Slurm's accounts."""

    endpoint: HostName
    """Host name of the database, reachable from the cluster's subnets."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 3306
    """Its port."""
    name: Annotated[str, Field(min_length=1, max_length=64, pattern="^[a-zA-Z0-9$_]+$")] | None = (
        None
    )
    """Name of the schema. Defaults to a name that AWS chooses."""
    secret_arn: OwnSecretArn
    """Secret with `username` and `password`, encrypted with the environment's key or AWS's."""


class UserSettings(Settings):
    """An account of the operating system, on all nodes."""

    name: UserName
    """Name of the user, and of the user's group."""
    uid: Annotated[int, Field(ge=10_000, le=60_000)]
    """Number of both."""
    account: Name | None = None
    """Slurm account of the user's jobs. Optional."""


class ExtensionSettings(Settings):
    """An extension of a cluster."""

    name: Annotated[str, Field(max_length=128, pattern=r"^[a-z]([a-z0-9]|-[a-z0-9])*$")]
    """Name of the extension; `sagemaker-observability` sends metrics of nodes and jobs."""
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    """Version. Defaults to the latest one when the extension is installed."""
    configuration: dict[str, Any] = {}
    """Settings of the extension, as its version defines them."""


class SlurmClusterSettings(ClusterSettings):
    """A cluster with Slurm."""

    orchestrator: Literal["slurm"]
    """Slurm."""
    instance_groups: Annotated[list[SlurmGroupSettings], Field(min_length=2, max_length=100)]
    """One controller group, at most one group of login nodes, and the groups of compute nodes."""
    homes: HomesSettings | None = None
    """A file system for home directories. If omitted, they are on the Lustre file system, or on
    each node."""
    slurm_config_strategy: Literal["managed", "overwrite", "merge"] | None = None
    """What SageMaker does with manual changes of `slurm.conf` in standard provisioning: stop the
    update, overwrite them, or keep them. Defaults to `managed`. Continuous provisioning keeps
    them."""
    accounting_database: AccountingDatabaseSettings | None = None
    """Accounting database of Slurm. If omitted, Slurm keeps its accounts on the controller node."""
    users: Annotated[list[UserSettings], Field(min_length=1, max_length=500)] = [
        UserSettings(name="ml", uid=10_000)
    ]
    """POSIX users of people. They cannot become root."""
    default_user: UserName | None = None
    """POSIX user of sessions whose role or session has no tag `SSMSessionRunAs`. Defaults to the
    first of `users`."""
    node_setup_script: RelativeFile | None = None
    """Path of your bash script in this project. It runs last on each new node."""
    extensions: Annotated[list[ExtensionSettings], Field(max_length=10)] = []
    """Extensions that HyperPod installs on the nodes, such as `sagemaker-observability`."""

    @model_validator(mode="after")
    def _check_slurm(self) -> Self:
        self.check_groups()
        self._check_kinds()
        self._check_mounts()
        continuous = self.node_provisioning_mode == "continuous"
        if continuous and self.slurm_config_strategy is not None:
            raise validation_error(
                "applies only to node_provisioning_mode standard, because continuous "
                "provisioning always keeps manual changes. Remove the line",
                at="slurm_config_strategy",
                value=self.slurm_config_strategy,
            )
        if not continuous and self.accounting_database is not None:
            raise validation_error(
                "needs node_provisioning_mode continuous", at="accounting_database", value="..."
            )
        names = [one.name for one in self.extensions]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise validation_error("must be unique", at=f"extensions.{index}.name", value=name)
            if not continuous:
                raise validation_error(
                    "needs node_provisioning_mode continuous",
                    at=f"extensions.{index}.name",
                    value=name,
                )
        self._check_users()
        script = self.node_setup_script
        if script is not None and not (PROJECT / script).is_file():
            raise validation_error(
                "must be a file of this project", at="node_setup_script", value=script
            )
        return self

    def _check_kinds(self) -> None:
        kinds = [group.node_type for group in self.instance_groups]
        for kind, least, most in (("controller", 1, 1), ("login", 0, 1), ("compute", 1, 100)):
            found = [index for index, one in enumerate(kinds) if one == kind]
            if len(found) < least:
                raise validation_error(
                    f"must have a {kind} group", at="instance_groups", value=kinds
                )
            if len(found) > most:
                raise validation_error(
                    f"must be another type, because there is a {kind} group already",
                    at=f"instance_groups.{found[most]}.node_type",
                    value=kind,
                )

    def _check_mounts(self) -> None:
        for index, group in enumerate(self.instance_groups):
            for number, name in enumerate(group.file_systems or ()):
                if getattr(self, name) is None:
                    raise validation_error(
                        "must be a file system of the cluster",
                        at=f"instance_groups.{index}.file_systems.{number}",
                        value=name,
                    )
        check_mounts(self.lustre, self.homes)

    def _check_users(self) -> None:
        names = [user.name for user in self.users]
        numbers = [user.uid for user in self.users]
        for index, user in enumerate(self.users):
            if user.name in names[:index]:
                raise validation_error(
                    "must be unique: an earlier user has the same name",
                    at=f"users.{index}.name",
                    value=user.name,
                )
            if user.uid in numbers[:index]:
                raise validation_error(
                    "must be unique: an earlier user has the same number",
                    at=f"users.{index}.uid",
                    value=user.uid,
                )
        if self.default_user not in (None, *names):
            raise validation_error(
                f"must be one of users: {', '.join(names)}",
                at="default_user",
                value=self.default_user,
            )

    @override
    def warnings(self) -> Iterator[str]:
        yield from super().warnings()
        for group in self.instance_groups:
            keys = group.scheduled_update.rollout_keys if group.scheduled_update else []
            if keys:
                yield (
                    f"cluster {self.name}, group {group.name}: {', '.join(keys)} of "
                    "scheduled_update have no effect. SageMaker updates in batches on EKS "
                    "only; with Slurm it updates all instances together. Remove these keys"
                )

    @override
    def check_place(
        self,
        orchestrator: Orchestrator,
        *,
        at: str,
        zones: Sequence[str],
        subnet_prefix_length: int | None,
        used: dict[str, int],
    ) -> None:
        """Refuse partitions over two zones, and what no cluster may have."""
        super().check_place(
            orchestrator, at=at, zones=zones, subnet_prefix_length=subnet_prefix_length, used=used
        )
        # Jobs of one partition talk through EFA, which does not cross zones.
        seen: dict[str, str] = {}
        for index, group in enumerate(self.instance_groups):
            if group.partition is None or not all(one.has_efa for one in group.offered):
                continue
            zone = group.availability_zone or self.zone(zones)
            if seen.setdefault(group.partition, zone) != zone:
                raise validation_error(
                    "has nodes with EFA in another zone, but EFA works within one zone. "
                    "Choose the same zone, or another partition",
                    at=f"{at}.instance_groups.{index}.partition",
                    value=group.partition,
                )

    @property
    def groups(self) -> list[SlurmGroupSettings]:
        """The groups."""
        return self.instance_groups

    def mounted(self, group: SlurmGroupSettings) -> list[str]:
        """Return the file systems that a group mounts."""
        there = [name for name in ("lustre", "homes") if getattr(self, name) is not None]
        return [name for name in there if group.file_systems is None or name in group.file_systems]

    @property
    def mounted_everywhere(self) -> list[str]:
        """The file systems that all groups mount: for what only some do no node can wait."""
        return [
            kind
            for kind in ("lustre", "homes")
            if all(kind in self.mounted(group) for group in self.instance_groups)
        ]

    @property
    def homes_folder(self) -> str:
        """The folder that holds the homes."""
        if self.homes is not None:
            return str(self.homes.mount_path)
        return f"{self.lustre.mount_path}/home" if self.lustre is not None else "/home"

    @property
    def users_folder(self) -> str | None:
        """The folder in which each user has one for data, if homes are elsewhere."""
        if self.lustre is None or self.homes is None or "lustre" not in self.mounted_everywhere:
            return None
        return f"{self.lustre.mount_path}/users"

    @property
    def results_folder(self) -> str:
        """Where jobs of recipes write, as their launcher resolves it for each user."""
        if self.users_folder is not None:
            return f"{self.users_folder}/${{oc.env:USER}}/recipes"
        return "${oc.env:HOME}/recipes"

    @property
    def recipe_targets(self) -> list[SlurmGroupSettings]:
        """The first group of each partition with accelerators, without which no recipe runs."""
        found: dict[str, SlurmGroupSettings] = {}
        for group in self.instance_groups:
            if group.partition and all(one.accelerators for one in group.offered):
                found.setdefault(group.partition, group)
        return list(found.values())
