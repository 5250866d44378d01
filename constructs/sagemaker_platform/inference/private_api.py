"""A private REST API in front of endpoints."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.inference.alarms import SERVER_ERRORS_PER_MINUTE, AlarmGroup
from sagemaker_platform.inference.component_endpoint import ComponentEndpoint
from sagemaker_platform.inference.endpoint import Endpoint, EndpointContext
from sagemaker_platform.network import network_of
from sagemaker_platform.security import (
    AccessPolicy,
    WildcardStatement,
    acknowledge,
    in_compliance_packs,
)

_COMPONENT = "X-Amzn-SageMaker-Inference-Component"
# What SageMaker Runtime reads of a request, apart from the name of a component.
_PASSED = (
    "Accept",
    "Content-Type",
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-Enable-Explanations",
    "X-Amzn-SageMaker-Inference-Id",
    "X-Amzn-SageMaker-Session-Id",
    "X-Amzn-SageMaker-Target-Container-Hostname",
    "X-Amzn-SageMaker-Target-Model",
    "X-Amzn-SageMaker-Target-Variant",
)
# Statuses of an answer, and which of SageMaker's become one of them.
_STATUSES = (
    ("200", None),
    ("400", r"4(?!24|29)\d\d"),
    # The model failed.
    ("424", "424"),
    ("429", "429"),
    ("500", r"5(?!03)\d\d"),
    ("503", "503"),
)
_LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "caller": "$context.identity.userArn",
    "vpcEndpoint": "$context.identity.vpceId",
    "sourceIp": "$context.identity.sourceIp",
    "path": "$context.path",
    "status": "$context.status",
    "error": "$context.error.messageString",
    "milliseconds": "$context.responseLatency",
    "modelMilliseconds": "$context.integration.latency",
    "bytes": "$context.responseLength",
}


def call_any_api(scope: IConstruct) -> iam.PolicyStatement:
    """Return the permissions to call the account's APIs, for the policy of an interface endpoint.

    Each API says itself who may; its id is not known where the network is made.

    Args:
        scope: a construct of a stack, for its account and region.
    """
    return WildcardStatement(
        actions=["execute-api:Invoke"],
        resources=[Stack.of(scope).format_arn(service="execute-api", resource="*")],
        wildcard_reason="APIs of the account, each of which has a policy of its own.",
    )


class PrivateApi(Construct):
    """A REST API that is reached from VPCs only, signed with IAM, and calls endpoints.

    ``POST /<stage>/<path>`` is a request to an endpoint, ``POST /<stage>/<path>/<component>``
    one to a component of it. Body and answer pass as they are, bytes included.

    API Gateway waits for the whole answer, at most 29 seconds unless the account's quota was
    raised, and takes bodies of up to 10 MB; it streams for HTTP and Lambda proxies only (AWS:
    "Stream the integration response for your proxy integrations"). Who needs a stream calls
    SageMaker Runtime itself.

    Args:
        name: name of the API; unique in account and region, or its metrics are mixed up.
        stage: name of its only stage, which begins every path.
        endpoints: endpoints that answer at once, by their paths.
        callers: ARNs of the roles that may call; they have to exist. Those of this account
            need no permission besides; those of others need ``execute-api:Invoke`` at home.
        context: network, key, topic and so on. Calls come through an interface endpoint
            for ``execute-api`` in the network's VPC.
        vpc_endpoint_ids: interface endpoints for ``execute-api`` in other VPCs, of this
            account or others, that calls may come through too.
        requests_per_second: of all callers together; more are refused with status 429.
        burst: requests at the same moment.
        timeout_seconds: more than 29 need a raised quota.
        account_log_role: make the role with which API Gateway writes the logs of all APIs of
            the account and region, and set it there. Without, there has to be one.

    Attributes:
        url: base of the paths, with a slash at its end.
    """

    INTERFACE_ENDPOINTS = ("APIGATEWAY",)
    """AWS services that clients inside the VPC call."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage: str,
        endpoints: Mapping[str, Endpoint],
        callers: Sequence[str],
        context: EndpointContext,
        vpc_endpoint_ids: Sequence[str] = (),
        requests_per_second: int = 100,
        burst: int = 200,
        timeout_seconds: int = 29,
        account_log_role: bool = True,
    ) -> None:
        super().__init__(scope, id)
        self._context, self._stage = context, stage
        self._timeout = Duration.seconds(timeout_seconds)
        role = self._role(list(endpoints.values()))
        access_logs = encrypted_log_group(
            self,
            "AccessLogs",
            key=context.key,
            retention_days=context.log_retention_days,
            removal_policy=context.removal_policy,
        )
        api = apigateway.RestApi(
            self,
            "Resource",
            rest_api_name=name,
            description=f"Calls endpoints for roles that are listed: {name}",
            endpoint_configuration=apigateway.EndpointConfiguration(
                types=[apigateway.EndpointType.PRIVATE]
            ),
            policy=self._policy(callers, vpc_endpoint_ids),
            # Bodies are binary: none is converted.
            binary_media_types=["*/*"],
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name=stage,
                access_log_destination=apigateway.LogGroupLogDestination(access_logs),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_LOGGED)),
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                # Bodies are in no log.
                data_trace_enabled=False,
                metrics_enabled=True,
                tracing_enabled=True,
                throttling_rate_limit=requests_per_second,
                throttling_burst_limit=burst,
            ),
        )
        self.url = api.url
        self._validator = api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        root, deployed = api.root, api.deployment_stage
        for path, endpoint in endpoints.items():
            self._serve(root, path, endpoint, role)
        before: list[Construct] = [self._execution_logs(api)]
        if account_log_role:
            before.append(self._account())
        deployed.node.add_dependency(*before)
        AlarmGroup(
            self,
            "Alarms",
            subject=name,
            dimensions={"ApiName": name, "Stage": stage},
            topic=context.alarm_topic,
        ).add(
            "ServerErrors",
            namespace="AWS/ApiGateway",
            metric="5XXError",
            statistic="Sum",
            threshold=SERVER_ERRORS_PER_MINUTE,
            datapoints=2,
            meaning="the API answers with errors",
        )
        self._acknowledge(api, deployed)

    def _role(self, endpoints: Sequence[Endpoint]) -> iam.Role:
        policy = AccessPolicy(
            self,
            "Policy",
            statements=[
                iam.PolicyStatement(
                    actions=["sagemaker:InvokeEndpoint"],
                    resources=[
                        resource
                        for endpoint in endpoints
                        for statement in endpoint.invoke_statements()
                        for resource in statement.resources
                    ],
                )
            ],
            description="Calls the endpoints behind the API",
        )
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            description="Calls the endpoints behind the API",
            managed_policies=[policy.managed_policy],
        )

    def _policy(
        self, callers: Sequence[str], vpc_endpoint_ids: Sequence[str]
    ) -> iam.PolicyDocument:
        # Both differ: neither this VPC nor one of these endpoints.
        elsewhere: dict[str, object] = {
            "aws:SourceVpc": network_of(self._context.network).vpc.vpc_id
        }
        if vpc_endpoint_ids:
            elsewhere["aws:SourceVpce"] = list(vpc_endpoint_ids)
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    principals=[iam.ArnPrincipal(caller) for caller in callers],
                    actions=["execute-api:Invoke"],
                    resources=[f"execute-api:/{self._stage}/POST/*"],
                ),
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["execute-api:Invoke"],
                    resources=["execute-api:/*"],
                    conditions={"StringNotEquals": elsewhere},
                ),
            ]
        )

    def _serve(
        self, root: apigateway.IResource, path: str, endpoint: Endpoint, role: iam.IRole
    ) -> None:
        resource = root.add_resource(path)
        if not isinstance(endpoint, ComponentEndpoint):
            self._method(resource, endpoint.name, role)
            return
        for component in endpoint.components:
            child = resource.add_resource(component.removeprefix(f"{endpoint.name}-"))
            self._method(child, endpoint.name, role, component=component)

    def _method(
        self,
        resource: apigateway.Resource,
        endpoint_name: str,
        role: iam.IRole,
        *,
        component: str | None = None,
    ) -> None:
        headers = {
            f"integration.request.header.{name}": f"method.request.header.{name}"
            for name in _PASSED
        }
        if component is not None:
            headers[f"integration.request.header.{_COMPONENT}"] = f"'{component}'"
        answered = "header.Content-Type"
        resource.add_method(
            "POST",
            apigateway.AwsIntegration(
                service="runtime.sagemaker",
                path=f"endpoints/{endpoint_name}/invocations",
                integration_http_method="POST",
                options=apigateway.IntegrationOptions(
                    credentials_role=role,
                    passthrough_behavior=apigateway.PassthroughBehavior.WHEN_NO_MATCH,
                    request_parameters=headers,
                    timeout=self._timeout,
                    integration_responses=[
                        apigateway.IntegrationResponse(
                            status_code=status,
                            selection_pattern=pattern,
                            response_parameters={
                                f"method.response.{answered}": f"integration.response.{answered}"
                            },
                        )
                        for status, pattern in _STATUSES
                    ],
                ),
            ),
            authorization_type=apigateway.AuthorizationType.IAM,
            request_validator=self._validator,
            request_parameters={
                f"method.request.header.{name}": name == "Content-Type" for name in _PASSED
            },
            method_responses=[
                apigateway.MethodResponse(
                    status_code=status, response_parameters={f"method.response.{answered}": True}
                )
                for status, _ in _STATUSES
            ],
        )

    def _execution_logs(self, api: apigateway.RestApi) -> logs.LogGroup:
        # API Gateway writes to a group of this name, and would make it without key or end.
        return encrypted_log_group(
            self,
            "ExecutionLogs",
            key=self._context.key,
            retention_days=self._context.log_retention_days,
            name=f"API-Gateway-Execution-Logs_{api.rest_api_id}/{self._stage}",
            removal_policy=self._context.removal_policy,
        )

    def _account(self) -> apigateway.CfnAccount:
        role = iam.Role(
            self,
            "AccountLogRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            description="Writes the logs of all APIs of the account and region",
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
                )
            ],
        )
        acknowledge(
            role,
            [
                "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
                "AmazonAPIGatewayPushToCloudWatchLogs]"
            ],
            reason="API Gateway asks for this policy before it takes a role for its logs.",
        )
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        # API Gateway keeps what was set, and so must we.
        for one in (role, account):
            one.apply_removal_policy(self._context.removal_policy)
        return account

    def _acknowledge(self, api: apigateway.RestApi, stage: apigateway.Stage) -> None:
        acknowledge(
            api,
            ["AwsSolutions-COG4"],
            reason="Callers are roles, whose requests are signed with IAM: there are no users.",
        )
        acknowledge(
            stage,
            [
                "AwsSolutions-APIG3",
                "NIST.800.53.R5-APIGWAssociatedWithWAF",
                "PCI.DSS.321-APIGWAssociatedWithWAF",
            ],
            reason="Reached from named VPCs, by named roles, and not from the internet.",
        )
        acknowledge(
            stage,
            in_compliance_packs("APIGWCacheEnabledAndEncrypted"),
            reason="Answers of models are not cached: they may hold what requests hold.",
        )
        acknowledge(
            stage,
            in_compliance_packs("APIGWSSLEnabled"),
            reason="What is called is SageMaker, which knows the API by its role.",
        )
