"""The scripts that run on each node, versioned with this package."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import DataBucket, use_of_key
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.hyperpod.instance_group import Event, LifecycleScript
from sagemaker_platform.security import WildcardStatement

_SCRIPTS = Path(__file__).with_name("lifecycle_scripts")
TEAM_SCRIPT = "team.sh"


@checks_types
@dataclass(frozen=True, kw_only=True)
class OsUser:
    """An account on all nodes.

    Args:
        name: name of the user and of the user's group.
        uid: number of both, the same on all nodes.
        account: Slurm account of the user's jobs. If omitted, none is created.
    """

    name: str
    uid: int
    account: str | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class NodeSetup:
    """What the scripts set up on the nodes of one cluster.

    Args:
        users: accounts, without the right to become root.
        homes: folder that holds the users' homes.
        mounts: folders that must be mounted before anybody works.
        folders: where each user gets a folder besides the home, such as ``/fsx/users``.
        team_script: a script of your own, which runs last on each node as root.
        lustre_efa_zone: name or id of the zone of a Lustre file system that nodes with EFA reach
            through EFA. Defaults to none: through TCP.
    """

    users: Sequence[OsUser] = ()
    homes: str = "/home"
    mounts: Sequence[str] = ()
    folders: Sequence[str] = ()
    team_script: str | None = None
    lustre_efa_zone: str | None = None

    def files(self) -> Mapping[str, str]:
        """Return the text of each file that nodes are given, by its name."""
        files = {file.name: file.read_text("utf-8") for file in sorted(_SCRIPTS.glob("*"))}
        settings = {
            "users": [asdict(user) for user in self.users],
            "homes": self.homes,
            "mounts": list(self.mounts),
            "folders": list(self.folders),
        }
        files["settings.json"] = json.dumps(settings, indent=1)
        if self.team_script is not None:
            files[TEAM_SCRIPT] = self.team_script
        return {**files, **lustre_efa_files(self.lustre_efa_zone)}


def lustre_efa_files(zone: str | None) -> Mapping[str, str]:
    """Return what lets nodes reach a Lustre file system in a zone through EFA; none for None."""
    if zone is None:
        return {}
    script = Path(__file__).with_name("shared_scripts") / "lustre_efa.sh"
    return {script.name: script.read_text("utf-8"), "lustre_zone": f"{zone}\n"}


class HasFiles(Protocol):
    """What nodes of one cluster are given."""

    def files(self) -> Mapping[str, str]:
        """Return the text of each file, by its name."""
        ...


@checks_types
class LifecycleScripts(Construct):
    """A bucket with the scripts of clusters, each version in a folder named by its content.

    So a change of a script changes the cluster in the template, where a reviewer sees it, and
    nodes never get a mixture of two versions. Folders of older versions stay: nodes that start
    while a cluster is being updated may still read them. HyperPod runs the scripts on new nodes
    only; existing nodes keep their scripts.

    Args:
        name: name of the bucket; must begin with ``sagemaker-``, as AWS asks (``CreateCluster``,
            ``SourceS3Uri``).
        key: encrypts the scripts, and the logs of the function that writes them.
        access_logs: bucket that receives the access logs.
        removal_policy: with DESTROY the scripts are deleted together with the bucket.
        log_retention_days: of the function that writes them.
        setups: by the name of the cluster, or of its part of the bucket.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
        log_retention_days: int,
        setups: Mapping[str, HasFiles],
    ) -> None:
        super().__init__(scope, id)
        if not name.startswith("sagemaker-"):
            raise ValueError(f"expected a name that begins with sagemaker-, got {name}")
        self.bucket = DataBucket(
            self,
            "Bucket",
            name=name,
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
        ).bucket
        files: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for cluster, setup in setups.items():
            texts = setup.files()
            digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
            self._folders[cluster] = f"{cluster}/{digest}"
            files |= {f"{cluster}/{digest}/{file}": text for file, text in texts.items()}
        arn = self.bucket.bucket_arn
        self._writing = WaitingResource(
            self,
            "Writing",
            folder="hyperpod_lifecycle",
            resource_type="HyperPodLifecycleScripts",
            properties={"Bucket": self.bucket.bucket_name, "Files": files},
            is_complete_statements=[
                WildcardStatement(
                    actions=["s3:PutObject"],
                    resources=[f"{arn}/*"],
                    wildcard_reason="Objects of one bucket: folders are named by their content.",
                ),
                *use_of_key(key)[:1],
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="Writing lifecycle scripts of HyperPod",
        )

    def script(
        self, cluster: str, file: str, *, event: Event = "OnInitComplete"
    ) -> LifecycleScript:
        """Return a script of a cluster, such as ``compute.sh``."""
        bucket = self.bucket.bucket_name
        return LifecycleScript(
            folder=f"s3://{bucket}/{self._folders[cluster]}", file=file, event=event
        )

    @property
    def written(self) -> IDependable:
        """What a cluster must be made after."""
        return self._writing.resource
