"""What workflows of GitHub Actions need to know of environments."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from stacks.delivery.mapping import role_arn
from stacks.delivery.settings import DeliverySettings
from stacks.settings import EnvironmentSettings

STAGES = ("development", "staging", "production")
Jobs = Mapping[str, list[dict[str, str | int]]]
"""Jobs by stage. A job has the names of the environment and the GitHub environment, its roles,
region and account."""


def github_jobs(environments: Iterable[EnvironmentSettings]) -> Jobs:
    """Return the jobs of the environments that GitHub Actions deploys.

    Under ``all`` are those of every stage, and under ``pull_requests`` those that jobs of pull
    requests may read.
    """
    jobs: dict[str, list[dict[str, str | int]]] = {
        key: [] for key in (*STAGES, "all", "pull_requests")
    }
    for one in environments:
        settings: DeliverySettings | None = getattr(one, "delivery", None)
        if settings is None or settings.github is None:
            continue
        lookup_role = f"cdk-{_qualifier()}-lookup-role-{one.account}-{one.region}"
        deploy_role = role_arn(one, "github-deploy")
        job: dict[str, str | int] = {
            "name": one.name,
            "environment": settings.github.environment or one.name,
            "deploy_role": deploy_role,
            "read_role": role_arn(one, "github-read"),
            "lookup_role": f"{deploy_role.partition(':role/')[0]}:role/{lookup_role}",
            "region": one.region,
            "account": one.account,
            "session_seconds": settings.github.session_hours * 3600,
        }
        jobs[one.stage].append(job)
        jobs["all"].append(job)
        if settings.github.pull_requests:
            jobs["pull_requests"].append(job)
    return jobs


def _qualifier() -> str:
    context = json.loads(Path("cdk.json").read_text("utf-8"))["context"]
    return str(context.get("@aws-cdk/core:bootstrapQualifier", "hnb659fds"))


def github_output(jobs: Jobs) -> str:
    """Return outputs of a step, one in a line."""
    return "\n".join(f"{key}={json.dumps(value)}" for key, value in jobs.items())
