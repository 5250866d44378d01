"""Rules that a table's data has to pass."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.lakehouse import LakehouseLayer
from sagemaker_platform.security import AccessPolicy, WildcardStatement, put_metrics_in
from sagemaker_platform.sources.glue_role import (
    get_data_access,
    glue_logs,
    glue_role,
)

_DESCRIPTION = "Data quality of the lakehouse"


@checks_types
class DataQuality(Construct):
    """A rule set of Glue Data Quality, and a schedule that evaluates it.

    A run sends an event with its score, and metrics in the namespace ``Glue Data Quality``.

    Args:
        name: name of the rule set, unique in account and region.
        layer: that holds the table.
        table: the table, which need not exist before the first run.
        rules: in DQDL.
        key: encrypts the layer's data, and the schedule.
        schedule: ``cron(...)`` or ``rate(...)`` in UTC. If omitted, you start it with the role
            created here.
        workers: G.1X workers of a run.
        governed: whether Lake Formation hands out the data.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        layer: LakehouseLayer,
        table: str,
        rules: Sequence[str],
        key: kms.IKey,
        schedule: str | None = None,
        workers: int = 5,
        governed: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        stack = Stack.of(self)
        self.resource = glue.CfnDataQualityRuleset(
            self,
            "Resource",
            name=name,
            description=_DESCRIPTION,
            ruleset="Rules = [\n" + ",\n".join(f"    {rule}" for rule in rules) + "\n]",
            target_table=glue.CfnDataQualityRuleset.DataQualityTargetTableProperty(
                database_name=layer.database_name, table_name=table
            ),
        )
        ruleset_arn = stack.format_arn(
            service="glue", resource="dataQualityRuleset", resource_name=name
        )
        self.role = glue_role(
            self,
            "Role",
            description=_DESCRIPTION,
            statements=[
                *layer.access_statements(write=False),
                iam.PolicyStatement(
                    actions=[
                        "glue:GetDataQualityRuleset",
                        "glue:GetDataQualityRulesetEvaluationRun",
                        "glue:PublishDataQuality",
                    ],
                    resources=[ruleset_arn],
                ),
                _read_assets(stack),
                *glue_logs(self, "/aws-glue/data-quality"),
                put_metrics_in("Glue Data Quality"),
                *use_of_key(key),
                *([get_data_access()] if governed else ()),
            ],
        )
        if schedule is not None:
            self._schedule(layer, table, ruleset_arn, key, schedule, workers)

    def _schedule(
        self,
        layer: LakehouseLayer,
        table: str,
        ruleset_arn: str,
        key: kms.IKey,
        schedule: str,
        workers: int,
    ) -> None:
        stack = Stack.of(self)
        policy = AccessPolicy(
            self,
            "SchedulePolicy",
            description=_DESCRIPTION,
            statements=[
                iam.PolicyStatement(
                    actions=["glue:StartDataQualityRulesetEvaluationRun"], resources=[ruleset_arn]
                ),
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[self.role.role_arn],
                    conditions={"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
                ),
                *use_of_key(key),
            ],
        )
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("scheduler.amazonaws.com"),
                {"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description=_DESCRIPTION,
            managed_policies=[policy.managed_policy],
        )
        made = scheduler.CfnSchedule(
            self,
            "Schedule",
            description=_DESCRIPTION,
            schedule_expression=schedule,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
                mode="FLEXIBLE", maximum_window_in_minutes=15
            ),
            kms_key_arn=key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{stack.partition}:scheduler:::aws-sdk:glue:"
                "startDataQualityRulesetEvaluationRun",
                role_arn=role.role_arn,
                input=stack.to_json_string(
                    {
                        "DataSource": {
                            "GlueTable": {"DatabaseName": layer.database_name, "TableName": table}
                        },
                        "Role": self.role.role_arn,
                        "NumberOfWorkers": workers,
                        "RulesetNames": [self.name],
                        "AdditionalRunOptions": {"CloudWatchMetricsEnabled": True},
                    }
                ),
            ),
        )
        made.add_resource_dependency(self.resource)


def _read_assets(stack: Stack) -> WildcardStatement:
    """Return the statement to read what each run loads (AWS: "Data quality authorization")."""
    return WildcardStatement(
        actions=["s3:GetObject"],
        resources=[f"arn:{stack.partition}:s3:::aws-glue-ml-data-quality-assets-{stack.region}/*"],
        wildcard_reason="A bucket of AWS with the libraries of Glue Data Quality.",
    )
