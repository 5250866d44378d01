"""Reusable AWS CDK constructs for complete SageMaker environments.

Each folder holds one capability and exports its public constructs:
``from sagemaker_platform.studio import StudioDomain``. Nothing here knows of YAML,
stages or this project's stacks, so every construct works in any CDK app.
"""
