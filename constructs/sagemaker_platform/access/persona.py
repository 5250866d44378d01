"""A role that a group of people shares."""

from collections.abc import Sequence

from aws_cdk import Stack, Tags
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.security import (
    AccessPolicy,
    acknowledge,
    pull_images,
    put_metrics,
    sagemaker_here,
    work_in_vpc,
    write_logs,
)
from sagemaker_platform.security.policy import existing_policy

PERSONA_TAG = "persona"
"""Tag of the role of a persona, with the id of its construct."""


@checks_types
class Persona(Construct):
    """A role for a group of people, which does nothing but what its activities allow.

    SageMaker assumes it for their Studio apps and for the jobs they start, under the name of
    the user profile, so that CloudTrail tells people apart who share it (AWS: "Turn on
    sourceIdentity in CloudTrail logs"). The trust policy names this account as the source,
    so that SageMaker cannot be made to use the role for another account.

    Args:
        activities: one policy per activity; a role takes ten, of which this construct needs
            one where ``passes_itself`` or with ``own_statements``, one for
            ``building_statements`` and one for ``capability_statements``.
        passes_itself: whether those who have the role may give it, and no other, to the
            jobs and models they create. Then it has what SageMaker does for those: pulling
            images, joining the VPC, writing logs and metrics.
        managed_policies: further policies that are attached: names, with their path, of policies
            in the account, or ARNs.
        assumed_by: ARNs of roles or users who may assume the role outside SageMaker, for the
            console or the command line.
        session_actions: further actions that SageMaker's own sessions need in the trust
            policy, such as ``sts:SetContext`` for trusted identity propagation.
        own_statements: permissions of this persona only.
        building_statements: further statements, for a second policy of the persona. IAM limits a
            policy to 6,144 characters.
        capability_statements: further statements, for a third policy of the persona.
        started_by_rules: ARN of rules of EventBridge, with wildcards, that may start pipelines
            with the role. The persona may then give its role to EventBridge.
        runs_glue_jobs: whether Glue may run jobs with the role. The persona may then give its role
            to Glue.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        activities: Sequence[AccessPolicy],
        passes_itself: bool,
        managed_policies: Sequence[str] = (),
        assumed_by: Sequence[str] = (),
        session_actions: Sequence[str] = (),
        own_statements: Sequence[iam.PolicyStatement] = (),
        building_statements: Sequence[iam.PolicyStatement] = (),
        capability_statements: Sequence[iam.PolicyStatement] = (),
        started_by_rules: str | None = None,
        runs_glue_jobs: bool = False,
    ) -> None:
        require_each("activities", activities, AccessPolicy)
        super().__init__(scope, id)
        sagemaker = sagemaker_here(self)
        self.role = iam.Role(
            self,
            "Resource",
            assumed_by=sagemaker,
            description=f"People with the persona {id}",
            managed_policies=[
                *(activity.managed_policy for activity in activities),
                *(existing_policy(self, policy) for policy in managed_policies),
            ],
        )
        acknowledge(
            self.role,
            [f"AwsSolutions-IAM4[Policy::{arn}]" for arn in managed_policies if ":aws:" in arn],
            reason="Chosen for this persona; the one who chose it reviews what AWS adds to it.",
        )
        trust = self.role.assume_role_policy
        assert trust is not None
        trust.add_statements(
            iam.PolicyStatement(
                actions=["sts:SetSourceIdentity", *session_actions], principals=[sagemaker]
            )
        )
        if assumed_by:
            trust.add_statements(
                iam.PolicyStatement(
                    actions=["sts:AssumeRole"],
                    principals=[iam.ArnPrincipal(arn) for arn in assumed_by],
                )
            )
        if started_by_rules is not None:
            # AWS: "Cross-service confused deputy prevention" in the EventBridge guide.
            trust.add_statements(
                iam.PolicyStatement(
                    actions=["sts:AssumeRole"],
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    conditions={
                        "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                        "ArnLike": {"aws:SourceArn": started_by_rules},
                    },
                )
            )
        if runs_glue_jobs:
            # AWS: "Cross-service confused deputy prevention" in the Glue guide.
            trust.add_statements(
                iam.PolicyStatement(
                    actions=["sts:AssumeRole"],
                    principals=[iam.ServicePrincipal("glue.amazonaws.com")],
                    conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
                )
            )
        # What policies for all personas know it by.
        Tags.of(self.role).add(PERSONA_TAG, id)
        statements = [*own_statements]
        services = [
            f"{service}.amazonaws.com"
            for service, passes in (
                ("sagemaker", passes_itself),
                ("events", passes_itself and started_by_rules is not None),
                ("glue", runs_glue_jobs),
            )
            if passes
        ]
        if services:
            statements.append(
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[self.role.role_arn],
                    conditions={
                        "StringEquals": {
                            "iam:PassedToService": services if services[1:] else services[0]
                        }
                    },
                )
            )
        if passes_itself:
            statements += _run_containers(self)
        for name, description, of_policy in (
            ("Own", "What this persona alone may do", statements),
            ("Building", "What this persona builds models with", building_statements),
            ("Capabilities", "What this persona does with capabilities", capability_statements),
        ):
            if of_policy:
                # Attached from its own side: it names the role, which must be there before.
                AccessPolicy(
                    self,
                    name,
                    description=description,
                    statements=of_policy,
                    attached_to=[self.role],
                )


def _run_containers(scope: Construct) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)
    return [
        *pull_images(
            [f"arn:{stack.partition}:ecr:{stack.region}:*:repository/*"],
            wildcard_reason="Images of the account, and AWS's own, which are in many accounts.",
        ),
        *work_in_vpc(scope),
        put_metrics(),
        write_logs(scope, "/aws/sagemaker/*"),
    ]
