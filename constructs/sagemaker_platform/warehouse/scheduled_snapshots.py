"""Snapshots of a warehouse at given times."""

import json

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.security import AccessPolicy, WildcardStatement
from sagemaker_platform.warehouse.warehouse import Warehouse

_DESCRIPTION = "Snapshots of the warehouse"


@checks_types
class ScheduledSnapshots(Construct):
    """Makes snapshots of a warehouse with EventBridge Scheduler, without code.

    Recovery points, which AWS makes by itself, are gone after a day; these stay.

    Args:
        warehouse: whose.
        schedule: ``cron(...)`` or ``rate(...)``, in UTC.
        retention_days: how long each snapshot is kept.
        key: encrypts the schedule.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        warehouse: Warehouse,
        schedule: str,
        retention_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        policy = AccessPolicy(
            self,
            "Policy",
            description=_DESCRIPTION,
            statements=[
                WildcardStatement(
                    actions=["redshift-serverless:CreateSnapshot"],
                    resources=[
                        warehouse.namespace_arn,
                        stack.format_arn(
                            service="redshift-serverless", resource="snapshot", resource_name="*"
                        ),
                    ],
                    wildcard_reason="Ids of snapshots are new; the namespace is named.",
                ),
                *use_of_key(key),
            ],
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("scheduler.amazonaws.com"),
                {"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description=_DESCRIPTION,
            managed_policies=[policy.managed_policy],
        )
        self.resource = scheduler.CfnSchedule(
            self,
            "Resource",
            description=_DESCRIPTION,
            schedule_expression=schedule,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
                mode="FLEXIBLE", maximum_window_in_minutes=15
            ),
            kms_key_arn=key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{stack.partition}:scheduler:::aws-sdk:redshiftserverless:createSnapshot",
                role_arn=role.role_arn,
                input=json.dumps(
                    {
                        "NamespaceName": warehouse.name,
                        # A snapshot's name is unique; the id of an execution is too.
                        "SnapshotName": "s-<aws.scheduler.execution-id>",
                        "RetentionPeriod": retention_days,
                    }
                ),
            ),
        )
        self.resource.add_resource_dependency(warehouse.namespace)
