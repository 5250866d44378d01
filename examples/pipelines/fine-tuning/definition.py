"""A pipeline that fine-tunes a language model with a HyperPod recipe, and registers the result.

`sagemaker-platform pipeline export examples/pipelines/fine-tuning` calls `pipeline`. A synth never
does.
"""

import json
from typing import Any

from sagemaker.core.metadata_properties import MetadataProperties
from sagemaker.core.shapes import ModelPackageModelCard
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import TrainingStep
from sagemaker.serve import ModelBuilder
from sagemaker.serve.mode.function_pointers import Mode
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import (
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    StoppingCondition,
)

HOURS = 24


def pipeline(environment: Any, session: Any) -> Pipeline:
    """Return the pipeline."""
    data = ParameterString("Data", default_value=environment.input("conversations"))
    commit = ParameterString("Commit", default_value="unknown")
    trainer = ModelTrainer.from_recipe(
        training_recipe="code/recipe.yaml",
        training_image=environment.image("recipes"),
        role=environment.role,
        # Its local disks are encrypted in hardware, and take no key.
        compute=Compute(instance_type="ml.p5.48xlarge", instance_count=1, volume_size_in_gb=500),
        networking=Networking(
            subnets=environment.subnets, security_group_ids=environment.security_groups
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=HOURS * 3600),
        output_data_config=OutputDataConfig(
            s3_output_path=environment.models("assistant"), kms_key_id=environment.key
        ),
        base_job_name="fine-tune",
        sagemaker_session=session,
    )
    tune = TrainingStep(
        "FineTune",
        step_args=trainer.train(
            input_data_config=[
                InputData(channel_name="base", data_source=environment.input("base-model")),
                InputData(channel_name="train", data_source=data),
            ]
        ),
    )
    builder = ModelBuilder(
        image_uri=environment.image("djl-lmi:0.38.0"),
        s3_model_data_url=tune.properties.ModelArtifacts.S3ModelArtifacts,
        role_arn=environment.role,
        mode=Mode.SAGEMAKER_ENDPOINT,
        sagemaker_session=session,
    )
    card = {"intended_uses": {"purpose_of_model": "Answers to questions of customers"}}
    register = ModelStep(
        "Register",
        step_args=builder.register(
            model_package_group_name=environment.group("assistant"),
            content_types=["application/json"],
            response_types=["application/json"],
            inference_instances=["ml.g6.12xlarge"],
            transform_instances=["ml.g6.12xlarge"],
            approval_status="PendingManualApproval",
            customer_metadata_properties={
                "data": data,
                "execution": ExecutionVariables.PIPELINE_EXECUTION_ID,
            },
            metadata_properties=MetadataProperties(commit_id=commit),
            model_card=ModelPackageModelCard(
                model_card_status="Draft", model_card_content=json.dumps(card)
            ),
        ),
    )
    return Pipeline(
        name="fine-tuning",
        parameters=[data, commit],
        steps=[tune, register],
        pipeline_experiment_config=None,
        sagemaker_session=session,
    )
