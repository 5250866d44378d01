"""A data scientist's first day with SageMaker Python SDK 3.

persona: data_scientist
clients: sagemaker3
environments: [dev, prod]
"""

# %% Train -> allowed
import os
from pathlib import Path

import place
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import InputData, OutputDataConfig, SourceCode

IMAGE, DATA = place.image, f"s3://{place.artifacts}/data/"
Path("code").mkdir()
Path("code/train.py").write_text("print('hello')")

trainer = ModelTrainer(
    training_image=IMAGE,
    source_code=SourceCode(source_dir="code", entry_script="train.py"),
    output_data_config=OutputDataConfig(kms_key_id=os.environ["SAGEMAKER_OUTPUT_KMS_KEY_ID"]),
)
trainer.train(input_data_config=[InputData(channel_name="train", data_source=DATA)], wait=False)

# %% Train without the key -> denied
unencrypted = ModelTrainer(
    training_image=IMAGE,
    source_code=SourceCode(source_dir="code", entry_script="train.py"),
)
unencrypted.train(wait=False)

# %% Train outside the VPC -> denied
from sagemaker.train.configs import Networking

outside = ModelTrainer(
    training_image=IMAGE,
    source_code=SourceCode(source_dir="code", entry_script="train.py"),
    output_data_config=OutputDataConfig(kms_key_id=os.environ["SAGEMAKER_OUTPUT_KMS_KEY_ID"]),
    networking=Networking(),
)
outside.train(wait=False)

# %% Train as another persona -> denied
other = ModelTrainer(
    training_image=IMAGE,
    source_code=SourceCode(source_dir="code", entry_script="train.py"),
    output_data_config=OutputDataConfig(kms_key_id=os.environ["SAGEMAKER_OUTPUT_KMS_KEY_ID"]),
    role=place.other_role,
)
other.train(wait=False)
