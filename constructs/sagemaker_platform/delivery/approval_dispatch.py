"""An approval of a model version that starts a workflow of GitHub Actions."""

import json
from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_some
from sagemaker_platform.events.dead_letters import accept_events, watched_dead_letters
from sagemaker_platform.security import AccessPolicy, format_arn


@checks_types
class ApprovalDispatch(Construct):
    """Starts a workflow of a repository when a version of a group is approved.

    EventBridge calls GitHub with a token that CloudFormation reads from AWS Secrets Manager. What
    it sends is a hint: the workflow asks the registry. A call that fails goes to a queue with an
    alarm; API destinations time out after five seconds (EventBridge User Guide, "API
    destinations").

    Args:
        name: name of the rule, the connection and the API destination.
        repository: owner and name of the repository.
        workflow: file of the workflow, which has the trigger `workflow_dispatch` with the input
            ``model_package_group``.
        branch: branch whose workflow is started.
        token_secret: name of the secret. Its JSON has the key ``authorization`` with the value of
            the header, such as ``Bearer github_pat_…``. The token needs the permission
            "Actions: write" on the repository, and no other.
        groups: names of the model package groups.
        key: encrypts the queue; its policy must let EventBridge use it, see
            `EnvironmentKey.grant_events_queue`.
        topic: receives the alarm.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        repository: str,
        workflow: str,
        branch: str,
        token_secret: str,
        groups: Sequence[str],
        key: kms.IKey,
        topic: sns.ITopic,
    ) -> None:
        require_some("groups", groups)
        require_each("groups", groups, str)
        super().__init__(scope, id)
        secret = f"{{{{resolve:secretsmanager:{token_secret}:SecretString:authorization}}}}"
        connection = events.CfnConnection(
            self,
            "Connection",
            name=name,
            description=f"Starts workflows of {repository}",
            authorization_type="API_KEY",
            auth_parameters=events.CfnConnection.AuthParametersProperty(
                api_key_auth_parameters=events.CfnConnection.ApiKeyAuthParametersProperty(
                    api_key_name="Authorization", api_key_value=secret
                )
            ),
        )
        destination = events.CfnApiDestination(
            self,
            "Destination",
            name=name,
            connection_arn=connection.attr_arn,
            http_method="POST",
            invocation_endpoint=(
                f"https://api.github.com/repos/{repository}/actions/workflows/{workflow}/dispatches"
            ),
            invocation_rate_limit_per_second=1,
        )
        queue = watched_dead_letters(
            self,
            "Failed",
            key=key,
            topic=topic,
            alarm_id="NotStarted",
            description=f"{name}: {repository} was not told of an approved version",
        )
        stack = Stack.of(self)
        rule_arn = format_arn(self, service="events", resource="rule", resource_name=name)
        policy = AccessPolicy(
            self,
            "Policy",
            description=f"Calls {repository}",
            statements=[
                iam.PolicyStatement(
                    actions=["events:InvokeApiDestination"], resources=[destination.attr_arn]
                )
            ],
        )
        role = iam.Role(
            self,
            "Role",
            description=f"Calls {repository}",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("events.amazonaws.com"),
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnEquals": {"aws:SourceArn": rule_arn},
                },
            ),
            managed_policies=[policy.managed_policy],
        )
        body = json.dumps({"ref": branch, "inputs": {"model_package_group": "GROUP"}})
        self.rule = events.CfnRule(
            self,
            "Resource",
            name=name,
            description="Approved versions of models",
            event_pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "account": [stack.account],
                "detail": {
                    "ModelPackageGroupName": list(groups),
                    "ModelApprovalStatus": ["Approved"],
                    "ModelPackageStatus": ["Completed"],
                    # Else each later change of an approved version would be an approval.
                    "UpdatedModelPackageFields": ["ModelApprovalStatus"],
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="GitHub",
                    arn=destination.attr_arn,
                    role_arn=role.role_arn,
                    dead_letter_config={"arn": queue.queue_arn},
                    retry_policy={"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 10},
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"group": "$.detail.ModelPackageGroupName"},
                        input_template=body.replace("GROUP", "<group>"),
                    ),
                )
            ],
        )
        accept_events(queue, [rule_arn])
