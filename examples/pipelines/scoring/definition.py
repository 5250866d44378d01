"""A pipeline that scores a batch of data with a model.

`sagemaker-platform pipeline export examples/pipelines/scoring` calls `pipeline`. A synth never
does.
"""

from typing import Any

from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep

FOLDER = "/opt/ml/processing"


def pipeline(environment: Any, session: Any) -> Pipeline:
    """Return the pipeline."""
    data = ParameterString("Data", default_value=environment.input("customers"))
    # Of an execution of `churn`, such as <execution>/output/model.tar.gz.
    model = ParameterString("Model")
    execution = ExecutionVariables.PIPELINE_EXECUTION_ID
    processor = ScriptProcessor(
        role=environment.role,
        image_uri=environment.image("sklearn:1.9-0"),
        command=["python3"],
        instance_count=1,
        instance_type="ml.m5.large",
        volume_kms_key=environment.key,
        output_kms_key=environment.key,
        max_runtime_in_seconds=3600,
        network_config=NetworkConfig(
            subnets=environment.subnets, security_group_ids=environment.security_groups
        ),
        sagemaker_session=session,
    )
    score = ProcessingStep(
        "Score",
        step_args=processor.run(
            code="code/score.py",
            inputs=[
                source("customers", data, f"{FOLDER}/input/customers"),
                source(
                    "model",
                    Join(on="/", values=[environment.models("churn"), model]),
                    f"{FOLDER}/model",
                ),
            ],
            outputs=[
                ProcessingOutput(
                    output_name="scores",
                    s3_output=ProcessingS3Output(
                        s3_uri=Join(on="/", values=[environment.work, execution, "scores"]),
                        local_path=f"{FOLDER}/scores",
                        s3_upload_mode="EndOfJob",
                    ),
                )
            ],
        ),
    )
    return Pipeline(
        name="scoring",
        parameters=[data, model],
        steps=[score],
        pipeline_experiment_config=None,
        sagemaker_session=session,
    )


def source(name: str, uri: Any, path: str) -> ProcessingInput:
    """Return data that a step reads."""
    return ProcessingInput(
        input_name=name,
        s3_input=ProcessingS3Input(
            s3_uri=uri, local_path=path, s3_data_type="S3Prefix", s3_input_mode="File"
        ),
    )
