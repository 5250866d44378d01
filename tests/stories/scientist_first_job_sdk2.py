"""A data scientist's first day with SageMaker Python SDK 2.

persona: data_scientist
clients: sagemaker2
environments: [dev, prod]
"""

# %% Train -> allowed
from pathlib import Path

import place
from sagemaker.estimator import Estimator

IMAGE, ROLE, DATA = place.image, place.role, f"s3://{place.artifacts}/data/"
Path("train.py").write_text("print('hello')")

estimator = Estimator(
    image_uri=IMAGE,
    role=ROLE,
    instance_count=1,
    instance_type="ml.m5.large",
    entry_point="train.py",
)
estimator.fit({"train": DATA}, wait=False)
