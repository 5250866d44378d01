"""SageMaker's own measurements, which beat arithmetic: what to ask for, ready to run.

Language models have a workload, by which a recommendation job tries instance types and a benchmark
job measures an endpoint (SageMaker guide: "Set up a workload configuration for generative AI
inference recommendations", 2026-11). Inference Recommender measures other models.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from operations.advise.advice import Advice
from operations.advise.needs import Needs
from stacks.sagemaker_api import instance_types

Step = tuple[str, Mapping[str, Any]]
"""An operation of the AWS CLI, and its parameters. Words in capitals are for the reader to fill
in."""

# What the API takes.
_MOST_TYPES = 3
_ROLE = "arn:aws:iam::123456789012:role/ROLE"
_RESULTS = "s3://example-results/"
_NAME = "model"
# Part of the context that answers take: an assumption, for the reader to correct.
_ANSWERS = 4


def measure(needs: Needs, fitting: Sequence[Advice]) -> list[Step]:
    """Return what measures the types that fit, in order; nothing for other tasks than endpoints.

    Args:
        needs: what runs.
        fitting: the types that fit, the best first.
    """
    types = [one.instance_type for one in fitting if one.count == 1]
    if needs.task != "real_time":
        return []
    if needs.parameters_billions is None:
        return [_recommender(needs, types)] if types else []
    return list(_language_model(needs, types))


def _recommender(needs: Needs, types: Sequence[str]) -> Step:
    package = f"arn:aws:sagemaker:{needs.region}:123456789012:model-package/MODELS/1"
    return "create-inference-recommendations-job", {
        "JobName": _NAME,
        "JobType": "Advanced",
        "RoleArn": _ROLE,
        "InputConfig": {
            "ModelPackageVersionArn": package,
            "EndpointConfigurations": [{"InstanceType": one} for one in types[:_MOST_TYPES]],
        },
    }


def _language_model(needs: Needs, types: Sequence[str]) -> Iterator[Step]:
    answer = max(needs.context // _ANSWERS, 1)
    parameters: dict[str, Any] = {
        "prompt_input_tokens_mean": max(needs.context - answer, 1),
        "output_tokens_mean": answer,
        "streaming": True,
    }
    if needs.concurrency is not None:
        parameters["concurrency"] = needs.concurrency
    workload = {
        "benchmark": {"type": "aiperf"},
        "parameters": parameters,
        "tooling": {"api_standard": "openai"},
    }
    yield (
        "create-ai-workload-config",
        {
            "AIWorkloadConfigName": _NAME,
            "AIWorkloadConfigs": {"WorkloadSpec": {"Inline": json.dumps(workload)}},
        },
    )
    known = instance_types("AIRecommendationInstanceType")
    if offered := [one for one in types if one in known]:
        yield (
            "create-ai-recommendation-job",
            {
                "AIRecommendationJobName": _NAME,
                "ModelSource": {"S3": {"S3Uri": "s3://example-models/model/"}},
                "OutputConfig": {"S3OutputLocation": _RESULTS},
                "AIWorkloadConfigIdentifier": _NAME,
                "PerformanceTarget": {"Constraints": [{"Metric": _metric(needs)}]},
                "ComputeSpec": {"InstanceTypes": offered[:_MOST_TYPES]},
                "RoleArn": _ROLE,
            },
        )
    # Of the deployed endpoint, also on types that no recommendation job tries.
    yield (
        "create-ai-benchmark-job",
        {
            "AIBenchmarkJobName": _NAME,
            "BenchmarkTarget": {"Endpoint": {"Identifier": "ENVIRONMENT-model"}},
            "OutputConfig": {"S3OutputLocation": _RESULTS},
            "AIWorkloadConfigIdentifier": _NAME,
            "RoleArn": _ROLE,
        },
    )


def _metric(needs: Needs) -> str:
    return "cost" if needs.tokens_per_second is None else "throughput"
