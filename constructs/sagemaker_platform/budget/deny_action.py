"""An action of a budget that denies what would cost more."""

from collections.abc import Mapping, Sequence
from typing import Literal

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of, require_some
from sagemaker_platform.budget.monthly_budget import MonthlyBudget
from sagemaker_platform.security import AccessPolicy, WildcardStatement

Approval = Literal["automatic", "manual"]
"""Whether AWS acts by itself, or when a person approves."""
Threshold = Literal["actual", "forecast"]
"""What is compared with the budget."""

NEW_COMPUTE = (
    "athena:StartSession",
    "glue:CreateSession",
    "glue:StartCrawler",
    "glue:StartDataQualityRulesetEvaluationRun",
    "glue:StartJobRun",
    "sagemaker:BatchAddClusterNodes",
    "sagemaker:CreateApp",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateCluster",
    "sagemaker:CreateCompilationJob",
    "sagemaker:CreateEdgePackagingJob",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateInferenceComponent",
    "sagemaker:CreateInferenceExperiment",
    "sagemaker:CreateInferenceRecommendationsJob",
    "sagemaker:CreateLabelingJob",
    "sagemaker:CreateMlflowTrackingServer",
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateOptimizationJob",
    "sagemaker:CreatePartnerApp",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateReservedCapacity",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTrainingPlan",
    "sagemaker:CreateTransformJob",
    "sagemaker:RetryPipelineExecution",
    "sagemaker:StartInferenceExperiment",
    "sagemaker:StartMlflowTrackingServer",
    "sagemaker:StartMonitoringSchedule",
    "sagemaker:StartNotebookInstance",
    "sagemaker:StartPipelineExecution",
    "sagemaker:UpdateCluster",
    "sagemaker:UpdateEndpoint",
    "sagemaker:UpdateEndpointWeightsAndCapacities",
    "sagemaker:UpdateInferenceComponent",
    "sagemaker:UpdateInferenceComponentRuntimeConfig",
    "sagemaker:UpdateInferenceExperiment",
    "sagemaker:UpdateMlflowTrackingServer",
    "sagemaker:UpdateMonitoringSchedule",
    "sagemaker:UpdateNotebookInstance",
    "sagemaker:UpdatePartnerApp",
    "sagemaker:UpdateTrainingJob",
)
"""Actions that start something which AWS bills by time, or make it larger (service authorization
references of Amazon Athena, AWS Glue and Amazon SageMaker, 2026-11). Actions that stop, delete
and describe are not among them, nor are queries."""


@checks_types
class DenyNewCompute(Construct):
    """Denies new jobs, apps and endpoints to roles when a budget is used up.

    At the threshold, AWS Budgets attaches a policy to the roles that denies `NEW_COMPUTE`. What
    runs keeps running, and people can stop and delete it. AWS looks at the costs a few times a
    day, so the action comes hours late. (AWS: "Configuring AWS Budgets actions".)

    A role needs room for one managed policy more; IAM attaches ten unless the quota was raised.

    Args:
        budget: the budget.
        roles: roles of people, at most 100.
        topic: topic that is told; see `MonthlyBudget`.
        threshold_percent: percentage of the budget at which AWS acts.
        compared: ``actual``: what was spent; ``forecast``: what AWS expects for the month.
        approval: ``automatic``, or ``manual``: AWS asks, and acts when a person approves.
        tags: tags of the action itself. Defaults to none.

    Attributes:
        policy: the policy that is attached.
        role: the role that AWS Budgets acts with.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        budget: MonthlyBudget,
        roles: Sequence[iam.IRole],
        topic: sns.ITopic,
        threshold_percent: float = 100,
        compared: Threshold = "actual",
        approval: Approval = "manual",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        require_some("roles", roles)
        require_one_of("compared", compared, Threshold)
        require_one_of("approval", approval, Approval)
        if threshold_percent <= 0:
            raise ValueError(f"threshold_percent: got {threshold_percent}; must be more than 0")
        stack = Stack.of(self)
        self.policy = AccessPolicy(
            self,
            "Denial",
            description="Denies new jobs, apps and endpoints while a budget is used up",
            statements=[
                WildcardStatement(
                    effect=iam.Effect.DENY,
                    actions=list(NEW_COMPUTE),
                    resources=["*"],
                    wildcard_reason="Forbids, whatever the name.",
                )
            ],
        ).managed_policy
        # AWS: "Cross-service confused deputy prevention" in the guide to cost management.
        source = stack.format_arn(
            service="budgets",
            region="",
            resource="*",
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )
        # AWS detaches the policy when the next month begins.
        attach = AccessPolicy(
            self,
            "Attach",
            description="Attach one policy to the roles of people, and detach it",
            statements=[
                iam.PolicyStatement(
                    actions=["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
                    resources=[role.role_arn for role in roles],
                    conditions={"ArnEquals": {"iam:PolicyARN": self.policy.managed_policy_arn}},
                )
            ],
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("budgets.amazonaws.com"),
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": source},
                },
            ),
            description="AWS Budgets denies new jobs, apps and endpoints with it",
            managed_policies=[attach.managed_policy],
        )
        self.resource = budgets.CfnBudgetsAction(
            self,
            "Resource",
            action_type="APPLY_IAM_POLICY",
            action_threshold=budgets.CfnBudgetsAction.ActionThresholdProperty(
                type="PERCENTAGE", value=threshold_percent
            ),
            approval_model=approval.upper(),
            budget_name=budget.name,
            definition=budgets.CfnBudgetsAction.DefinitionProperty(
                iam_action_definition=budgets.CfnBudgetsAction.IamActionDefinitionProperty(
                    policy_arn=self.policy.managed_policy_arn,
                    roles=[role.role_name for role in roles],
                )
            ),
            execution_role_arn=self.role.role_arn,
            notification_type="ACTUAL" if compared == "actual" else "FORECASTED",
            subscribers=[
                budgets.CfnBudgetsAction.SubscriberProperty(type="SNS", address=topic.topic_arn)
            ],
            resource_tags=[
                budgets.CfnBudgetsAction.ResourceTagProperty(key=key, value=value)
                for key, value in sorted((tags or {}).items())
            ]
            or None,
        )
