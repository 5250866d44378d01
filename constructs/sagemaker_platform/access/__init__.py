"""Personas: IAM roles for groups of users, composed of named ML activities."""

from sagemaker_platform.access.administration import administer
from sagemaker_platform.access.data_checks import check_data_quality, start_crawlers
from sagemaker_platform.access.data_lake import administer_data_lake
from sagemaker_platform.access.endpoints import deploy_endpoints, invoke_endpoints
from sagemaker_platform.access.experiments import track_experiments
from sagemaker_platform.access.features import use_feature_store
from sagemaker_platform.access.glue_jobs import GlueJobConnection, run_glue_jobs
from sagemaker_platform.access.images import push_images
from sagemaker_platform.access.instance_types import limit_instance_types
from sagemaker_platform.access.jobs import run_jobs
from sagemaker_platform.access.jumpstart import deploy_jumpstart
from sagemaker_platform.access.monitoring import read_monitors
from sagemaker_platform.access.outputs import read_outputs
from sagemaker_platform.access.persona import Persona
from sagemaker_platform.access.pipelines import build_pipelines, rules_of, schedule_notebooks
from sagemaker_platform.access.registry import (
    approve_models,
    approve_versions,
    create_versions,
    read_models,
    register_models,
    register_versions,
)
from sagemaker_platform.access.tracing import trace_models
from sagemaker_platform.access.workload import Workload

__all__ = [
    "GlueJobConnection",
    "Persona",
    "Workload",
    "administer",
    "administer_data_lake",
    "approve_models",
    "approve_versions",
    "build_pipelines",
    "check_data_quality",
    "create_versions",
    "deploy_endpoints",
    "deploy_jumpstart",
    "invoke_endpoints",
    "limit_instance_types",
    "push_images",
    "read_models",
    "read_monitors",
    "read_outputs",
    "register_models",
    "register_versions",
    "rules_of",
    "run_glue_jobs",
    "run_jobs",
    "schedule_notebooks",
    "start_crawlers",
    "trace_models",
    "track_experiments",
    "use_feature_store",
]
