"""A shadow experiment: a new model next to a running one, for some time."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.foundation import put_statement, use_of_key
from sagemaker_platform.inference.instances import Instances
from sagemaker_platform.inference.model import Model, ModelSource
from sagemaker_platform.inference.real_time_endpoint import RealTimeEndpoint, Variant
from sagemaker_platform.security import ExecutionRole, WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class ExperimentTimes:
    """When an experiment runs, in UTC.

    Args:
        start: start time, such as ``2027-01-31T08:00:00Z``. Defaults to now.
        end: end time. Defaults to SageMaker's default of seven days.
        state: ``Running`` while it should run; ``Completed`` keeps the model that was there;
            ``Cancelled`` ends it and keeps no results.
    """

    start: str | None = None
    end: str | None = None
    state: Literal["Running", "Completed", "Cancelled"] | None = None


@checks_types
class ShadowExperiment(Construct):
    """Copies of requests for a new model, and both models' answers side by side.

    SageMaker adds the shadow to the endpoint by itself and takes it away at the end, without
    a change of the endpoint's own configuration: until then the endpoint differs from its
    template, and must not be updated.

    Args:
        name: name of the experiment, unique in account and region. Everything else that
            replaces it follows from the endpoint's name.
        endpoint: an endpoint of one variant without a shadow.
        variant: that variant.
        source: the new model.
        instances: what the new model runs on.
        sampling_percentage: share of the requests that is copied.
        results: bucket of captured requests and answers, below ``<name>/``. If omitted, only
            metrics are compared.
        times: if omitted, it runs at once.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        endpoint: RealTimeEndpoint,
        variant: Variant,
        source: ModelSource,
        instances: Instances,
        sampling_percentage: int,
        results: s3.IBucket | None = None,
        times: ExperimentTimes | None = None,
    ) -> None:
        super().__init__(scope, id)
        require_one_of("variant", variant.name, endpoint.models)
        times, key = times or ExperimentTimes(), endpoint.context.key
        model = Model(
            self,
            "Model",
            sources=[source],
            network=endpoint.context.network,
            key=key,
            log_group_name=endpoint.log_group_name,
        )
        role = ExecutionRole(
            self,
            "Role",
            description=f"Runs the experiment {self.node.path}",
            statements=[
                *_statements(self, endpoint),
                *use_of_key(key),
                *([put_statement(results, name)] if results else ()),
            ],
        ).role
        production = endpoint.models[variant.name].resource.attr_model_name
        self.resource = sagemaker.CfnInferenceExperiment(
            self,
            "Resource",
            name=name,
            type="ShadowMode",
            role_arn=role.role_arn,
            endpoint_name=endpoint.resource.attr_endpoint_name,
            kms_key=key.key_arn,
            desired_state=times.state,
            schedule={"startTime": times.start, "endTime": times.end}
            if times.start or times.end
            else None,
            data_storage_config={
                "destination": f"s3://{results.bucket_name}/{name}",
                "kmsKey": key.key_arn,
            }
            if results
            else None,
            model_variants=[
                _variant(variant.name, production, variant.instances),
                _variant("shadow", model.resource.attr_model_name, instances),
            ],
            shadow_mode_config={
                "sourceModelVariantName": variant.name,
                "shadowModelVariants": [
                    {
                        "shadowModelVariantName": "shadow",
                        "samplingPercentage": sampling_percentage,
                    }
                ],
            },
        )


def _variant(
    name: str, model_name: str, instances: Instances
) -> sagemaker.CfnInferenceExperiment.ModelVariantConfigProperty:
    experiment = sagemaker.CfnInferenceExperiment
    return experiment.ModelVariantConfigProperty(
        variant_name=name,
        model_name=model_name,
        infrastructure_config=experiment.ModelInfrastructureConfigProperty(
            infrastructure_type="RealTimeInference",
            real_time_inference_config=experiment.RealTimeInferenceConfigProperty(
                instance_type=instances.types[0], instance_count=instances.count
            ),
        ),
    )


def _statements(scope: Construct, endpoint: RealTimeEndpoint) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)

    def arn(kind: str, name: str) -> str:
        return stack.format_arn(service="sagemaker", resource=kind, resource_name=name)

    return [
        iam.PolicyStatement(
            actions=["sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpoint"],
            resources=[arn("endpoint", endpoint.name)],
        ),
        WildcardStatement(
            actions=[
                "sagemaker:CreateEndpointConfig",
                "sagemaker:DeleteEndpointConfig",
                "sagemaker:DescribeEndpointConfig",
                # An update needs the endpoint and its new configuration.
                "sagemaker:UpdateEndpoint",
            ],
            resources=[arn("endpoint-config", "*")],
            wildcard_reason="SageMaker names the configurations of an experiment itself.",
        ),
        WildcardStatement(
            actions=["sagemaker:DescribeModel"],
            resources=[arn("model", "*")],
            wildcard_reason="CloudFormation names the models; reading their settings only.",
        ),
    ]
