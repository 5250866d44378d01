"""A pipeline that prepares data, trains, evaluates, and registers a version that is good enough.

`sagemaker-platform pipeline export examples/pipelines/churn` calls `pipeline`. A synth never does.
"""

import json
from typing import Any

from sagemaker.core.metadata_properties import MetadataProperties
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import (
    ModelPackageModelCard,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.serve import ModelBuilder
from sagemaker.serve.mode.function_pointers import Mode
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import (
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    SourceCode,
    StoppingCondition,
)

IMAGE = "sklearn:1.9-0"
INSTANCE_TYPE = "ml.m5.large"
FOLDER = "/opt/ml/processing"


def pipeline(environment: Any, session: Any) -> Pipeline:
    """Return the pipeline."""
    data = ParameterString("Data", default_value=environment.input("customers"))
    least = ParameterFloat("LeastAccuracy", default_value=0.8)
    commit = ParameterString("Commit", default_value="unknown")
    execution = ExecutionVariables.PIPELINE_EXECUTION_ID
    results = Join(on="/", values=[environment.work, execution])

    def processor() -> ScriptProcessor:
        return ScriptProcessor(
            role=environment.role,
            image_uri=environment.image(IMAGE),
            command=["python3"],
            instance_count=1,
            instance_type=INSTANCE_TYPE,
            volume_kms_key=environment.key,
            output_kms_key=environment.key,
            max_runtime_in_seconds=3600,
            network_config=NetworkConfig(
                subnets=environment.subnets, security_group_ids=environment.security_groups
            ),
            sagemaker_session=session,
        )

    prepare = ProcessingStep(
        "Prepare",
        step_args=processor().run(
            code="code/prepare.py",
            inputs=[source("customers", data, f"{FOLDER}/input/customers")],
            outputs=[result("train", results), result("test", results)],
        ),
    )
    trainer = ModelTrainer(
        training_image=environment.image(IMAGE),
        role=environment.role,
        source_code=SourceCode(source_dir="code", entry_script="train.py"),
        compute=Compute(
            instance_type=INSTANCE_TYPE,
            instance_count=1,
            volume_size_in_gb=30,
            volume_kms_key_id=environment.key,
        ),
        networking=Networking(
            subnets=environment.subnets, security_group_ids=environment.security_groups
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        # Environments that follow the group read models here.
        output_data_config=OutputDataConfig(
            s3_output_path=environment.models("churn"), kms_key_id=environment.key
        ),
        base_job_name="train",
        sagemaker_session=session,
    )
    train = TrainingStep(
        "Train",
        step_args=trainer.train(
            input_data_config=[
                InputData(channel_name="train", data_source=written(prepare, "train"))
            ]
        ),
    )
    model = train.properties.ModelArtifacts.S3ModelArtifacts
    report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
    evaluate = ProcessingStep(
        "Evaluate",
        property_files=[report],
        step_args=processor().run(
            code="code/evaluate.py",
            inputs=[
                source("model", model, f"{FOLDER}/model"),
                source("test", written(prepare, "test"), f"{FOLDER}/test"),
            ],
            outputs=[result("evaluation", results)],
        ),
    )
    evaluation = written(evaluate, "evaluation")
    builder = ModelBuilder(
        image_uri=environment.image(IMAGE),
        s3_model_data_url=model,
        role_arn=environment.role,
        mode=Mode.SAGEMAKER_ENDPOINT,
        sagemaker_session=session,
    )
    card = {"intended_uses": {"purpose_of_model": "Customers who are likely to leave"}}
    register = ModelStep(
        "Register",
        step_args=builder.register(
            model_package_group_name=environment.group("churn"),
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=[INSTANCE_TYPE],
            transform_instances=[INSTANCE_TYPE],
            approval_status="PendingManualApproval",
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource(
                    content_type="application/json",
                    s3_uri=Join(on="/", values=[evaluation, "evaluation.json"]),
                )
            ),
            # The evidence of a promotion: see docs/mlops.md.
            customer_metadata_properties={"data": data, "execution": execution},
            metadata_properties=MetadataProperties(commit_id=commit),
            model_card=ModelPackageModelCard(
                model_card_status="Draft", model_card_content=json.dumps(card)
            ),
        ),
    )
    accuracy = JsonGet(
        step_name="Evaluate",
        property_file=report,
        json_path="binary_classification_metrics.accuracy.value",
    )
    check = ConditionStep(
        "GoodEnough",
        conditions=[ConditionGreaterThanOrEqualTo(left=accuracy, right=least)],
        if_steps=[register],
        else_steps=[
            FailStep(
                "TooInaccurate",
                error_message=Join(on=" ", values=["The accuracy is less than", least]),
            )
        ],
    )
    return Pipeline(
        name="churn",
        parameters=[data, least, commit],
        steps=[prepare, train, evaluate, check],
        # The role of a pipeline has no rights in SageMaker Experiments.
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


def result(name: str, folder: Any) -> ProcessingOutput:
    """Return data that a step writes."""
    return ProcessingOutput(
        output_name=name,
        s3_output=ProcessingS3Output(
            s3_uri=Join(on="/", values=[folder, name]),
            local_path=f"{FOLDER}/{name}",
            s3_upload_mode="EndOfJob",
        ),
    )


def written(step: ProcessingStep, name: str) -> Any:
    """Return where a step wrote data."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri
