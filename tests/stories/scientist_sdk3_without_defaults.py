"""A data scientist trains with SageMaker Python SDK 3, without the platform's defaults.

persona: data_scientist
clients: sagemaker3
environments: [dev]
defaults: false
"""

# %% Train with the bucket of artifacts, outside the VPC and without the key -> denied
from pathlib import Path

import place
from sagemaker.core.helper.session_helper import Session
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import InputData, Networking, OutputDataConfig, SourceCode

Path("train.py").write_text("print('hello')")


def train(**more):
    trainer = ModelTrainer(
        training_image=place.image,
        source_code=SourceCode(source_dir=".", entry_script="train.py"),
        role=place.role,
        **more,
    )
    data = f"s3://{place.artifacts}/data/"
    trainer.train(wait=False, input_data_config=[InputData(channel_name="train", data_source=data)])


train(sagemaker_session=Session(default_bucket=place.artifacts))

# %% Train with bucket, network and key -> allowed
train(
    sagemaker_session=Session(default_bucket=place.artifacts),
    networking=Networking(subnets=place.subnets, security_group_ids=place.security_groups),
    output_data_config=OutputDataConfig(kms_key_id=place.key),
)
