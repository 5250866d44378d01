"""A data scientist processes, tunes, transforms and runs AutoML with SageMaker Python SDK 2.

persona: data_scientist
clients: sagemaker2
environments: [dev, prod]
"""

# %% Process -> allowed
from pathlib import Path

import place
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor

Path("work.py").write_text("print('hello')")
DATA = f"s3://{place.artifacts}/data/"

processor = ScriptProcessor(
    image_uri=place.image,
    role=place.role,
    command=["python3"],
    instance_count=1,
    instance_type="ml.m5.large",
)
processor.run(
    code="work.py",
    inputs=[ProcessingInput(source=DATA, destination="/opt/ml/processing/input")],
    outputs=[ProcessingOutput(source="/opt/ml/processing/output")],
    wait=False,
)

# %% Tune -> allowed
from sagemaker.estimator import Estimator
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

estimator = Estimator(
    image_uri=place.image, role=place.role, instance_count=1, instance_type="ml.m5.large"
)
tuner = HyperparameterTuner(
    estimator,
    objective_metric_name="loss",
    metric_definitions=[{"Name": "loss", "Regex": "loss: (.*)"}],
    hyperparameter_ranges={"rate": ContinuousParameter(0.1, 1.0)},
)
tuner.fit({"train": DATA}, wait=False)

# %% Make a model of the persona and transform with it -> allowed
from sagemaker.model import Model

model = Model(
    image_uri=place.image,
    model_data=f"s3://{place.artifacts}/model.tar.gz",
    role=place.role,
    name=f"{place.environment}-user-{place.persona}-churn",
)
model.create(instance_type="ml.m5.large")
transformer = model.transformer(instance_count=1, instance_type="ml.m5.large")
transformer.transform(DATA, content_type="text/csv", wait=False)

# %% Run AutoML -> allowed
from sagemaker.automl.automlv2 import AutoMLDataChannel, AutoMLTabularConfig, AutoMLV2

automl = AutoMLV2(
    problem_config=AutoMLTabularConfig(target_attribute_name="y"), base_job_name="churn"
)
channel = AutoMLDataChannel(s3_data_type="S3Prefix", s3_uri=DATA, channel_type="training")
automl.fit(inputs=[channel], wait=False)

# %% Process outside the VPC -> denied
from sagemaker.network import NetworkConfig

processor = ScriptProcessor(
    image_uri=place.image,
    role=place.role,
    command=["python3"],
    instance_count=1,
    instance_type="ml.m5.large",
    network_config=NetworkConfig(subnets=["subnet-elsewhere"], security_group_ids=["sg-else"]),
)
processor.run(code="work.py", wait=False)

# %% Make a model of another persona -> denied
Model(
    image_uri=place.image,
    model_data=f"s3://{place.artifacts}/model.tar.gz",
    role=place.role,
    name=f"{place.environment}-user-MlEngineer-churn",
).create(instance_type="ml.m5.large")
