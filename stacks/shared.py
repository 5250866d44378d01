"""Resources that all capabilities of an environment share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_sns as sns

    from sagemaker_platform.foundation import DataBucket
    from sagemaker_platform.network import EgressRule, INetwork
    from stacks.data_classes import DataClassSettings
    from stacks.settings import EnvironmentSettings


@dataclass(frozen=True, kw_only=True)
class EnvironmentInfo:
    """Settings of the environment as a whole."""

    name: str
    account: str
    region: str
    removal_policy: Literal["retain", "destroy"]
    log_retention_days: int
    alarm_emails: Sequence[str]
    availability_zones: Sequence[str]
    all_tags: Mapping[str, str]
    data_classes: DataClassSettings

    @classmethod
    def of(cls, settings: EnvironmentSettings) -> EnvironmentInfo:
        """Return what settings say."""
        return cls(
            name=settings.name,
            account=settings.account,
            region=settings.region,
            removal_policy=settings.removal_policy,
            log_retention_days=settings.log_retention_days,
            alarm_emails=settings.alarm_emails,
            availability_zones=settings.network.availability_zones,
            all_tags=settings.all_tags,
            data_classes=settings.data_classes,
        )

    @property
    def identifying_tags(self) -> Mapping[str, str]:
        """Tags that tell its resources from those of other environments and teams.

        One tag would not be enough: others may use `environment` with a value such as `prod`.
        """
        keys = ("environment", "stage", "owner", "cost-center")
        return {key: self.all_tags[key] for key in keys}


@dataclass(frozen=True, kw_only=True)
class SharedResources:
    """Resources of the foundation and the network.

    Attributes:
        egress: connections that settings open, by the capability that uses them.
    """

    environment: EnvironmentInfo
    network: INetwork
    egress: Mapping[str, Sequence[EgressRule]]
    key: kms.IKey
    access_logs: s3.IBucket
    artifacts: DataBucket
    alarm_topic: sns.ITopic
