"""Personas that cannot be, each with one clear error."""

import json
from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, added, check, faults, write

BUILT_IN = "data_scientist, ml_engineer, data_engineer, model_approver, administrator, auditor"

CASES = [
    added(
        "own persona without activities",
        """
        personas:
          quant: {} # HERE
        """,
        path="personas.quant",
        got='"quant"',
        right=f"must have activities: it is not a built-in persona ({BUILT_IN})",
    ),
    added(
        "unknown activity",
        """
        personas:
          quant:
            activities: [run_studio_apps, run_job] # HERE
        """,
        path="personas.quant.activities[1]",
        got='"run_job"',
        right="must be one of administer, approve_models",
    ),
    added(
        "instance type that does not exist",
        """
        personas:
          ml_engineer:
            allowed_instance_types: [ml.m5.xlarge, ml.m5.xlrge] # HERE
        """,
        path="personas.ml_engineer.allowed_instance_types[1]",
        got='"ml.m5.xlrge"',
        right="must be an instance type of SageMaker, or match one with * and ?, such as ml.m5.*; "
        "did you mean ml.m5.xlarge",
    ),
    added(
        "pattern that matches nothing",
        """
        personas:
          ml_engineer:
            allowed_instance_types: [m5.*] # HERE
        """,
        path="personas.ml_engineer.allowed_instance_types[0]",
        got='"m5.*"',
        right="must be an instance type of SageMaker, or match one with * and ?",
    ),
    added(
        "pattern that matches everything",
        """
        personas:
          ml_engineer:
            allowed_instance_types: [ml.*] # HERE
        """,
        path="personas.ml_engineer.allowed_instance_types[0]",
        got='"ml.*"',
        right="matches all instance types. Remove the list to allow them all",
    ),
    added(
        "no instance type",
        """
        personas:
          ml_engineer:
            allowed_instance_types: [] # HERE
        """,
        path="personas.ml_engineer.allowed_instance_types",
        got="[]",
        right="must have at least 1 entries",
    ),
    added(
        "instance type that Studio's apps run on",
        """
        personas:
          data_scientist:
            allowed_instance_types: [ml.m5.*] # HERE
        studio:
          instance_type: ml.t3.medium
        """,
        path="personas.data_scientist.allowed_instance_types",
        got='["ml.m5.*"]',
        right="must match ml.t3.medium, the default of apps of everybody",
    ),
    added(
        "instance type of one user",
        """
        personas:
          ml_engineer:
            allowed_instance_types: [ml.t3.*] # HERE
        studio:
          users:
            - {name: ada, persona: ml_engineer, instance_type: ml.g5.xlarge}
        """,
        path="personas.ml_engineer.allowed_instance_types",
        got='["ml.t3.*"]',
        right="must match ml.g5.xlarge, the default of apps of ada",
    ),
    added(
        "no activity",
        """
        personas:
          quant:
            activities: [] # HERE
        """,
        path="personas.quant.activities",
        got="[]",
        right="must have at least 1 entries",
    ),
    added(
        "activity twice",
        """
        personas:
          quant:
            activities: [run_jobs, run_jobs] # HERE
        """,
        path="personas.quant.activities",
        got='["run_jobs", "run_jobs"]',
        right="names one twice",
    ),
    added(
        "activity without its capability",
        """
        personas:
          quant:
            activities:
              - run_jobs
              - query_lakehouse # HERE
        """,
        path="personas.quant.activities[1]",
        got='"query_lakehouse"',
        right="requires a `lakehouse` block; add one to this environment",
    ),
    added(
        "activity without the one it builds on",
        """
        personas:
          quant:
            activities:
              - run_studio_apps
              - schedule_notebooks # HERE
        """,
        path="personas.quant.activities[1]",
        got='"schedule_notebooks"',
        right=(
            "requires the activity run_jobs, which grants the bucket, the key and the jobs "
            "that it uses"
        ),
    ),
    added(
        "name with a hyphen",
        """
        personas:
          data-scientist: {} # HERE
        """,
        path="personas.data-scientist",
        got='"data-scientist"',
        right="must start with a lower-case letter, followed by lower-case letters, digits and "
        "single underscores",
    ),
    added(
        "more policies than a role takes",
        """
        lakehouse: {}
        personas:
          ml_engineer: # HERE
            managed_policies: [a, b, c]
        """,
        path="personas.ml_engineer",
        got='"ml_engineer"',
        right="needs 11 managed policies (5 for activities, 3 of the persona's own, 3 in "
        "managed_policies); must be at most 10",
    ),
    added(
        "assumed by an account",
        """
        personas:
          administrator:
            assumed_by: ["123456789012"] # HERE
        """,
        path="personas.administrator.assumed_by[0]",
        got='"123456789012"',
        right="must be the ARN of an IAM role or user",
    ),
    added(
        "a name that the stack has taken",
        """
        personas:
          workload: # HERE
            activities: [run_jobs]
        """,
        path="personas.workload",
        got='"workload"',
        right="is reserved by the platform. Choose another name",
    ),
    added(
        "names that differ in underscores only",
        """
        personas:
          team_1: {activities: [run_jobs]}
          team1: {activities: [run_jobs]} # HERE
        """,
        path="personas.team1",
        got='"team1"',
        right="must differ from team_1 in more than underscores",
    ),
    added(
        "shared space of a user with another role",
        """
        studio:
          users:
            - name: ada
              persona: administrator
          spaces:
            - name: team
              owner: ada # HERE
              sharing: Shared
        """,
        path="studio.spaces[0].owner",
        got='"ada"',
        right="must have the default persona (data_scientist)",
    ),
    added(
        "shared space of Code Editor",
        """
        studio:
          users:
            - name: ada
          spaces:
            - name: team
              owner: ada
              sharing: Shared
              app: CodeEditor # HERE
        """,
        path="studio.spaces[0].app",
        got='"CodeEditor"',
        right="must be JupyterLab in a shared space",
    ),
    added(
        "unknown persona of a user",
        """
        studio:
          users:
            - name: ada
              persona: ml_enginer # HERE
        """,
        path="studio.users[0].persona",
        got='"ml_enginer"',
        right=f"must be a persona, one of {BUILT_IN}; did you mean ml_engineer",
    ),
    added(
        "unknown default persona",
        """
        studio:
          default_persona: scientist # HERE
        """,
        path="studio.default_persona",
        got='"scientist"',
        right=f"must be a persona, one of {BUILT_IN}; did you mean data_scientist",
    ),
    added(
        "user who cannot open Studio",
        """
        personas:
          caller:
            activities: [invoke_endpoints]
        studio:
          users:
            - name: ada
              persona: caller # HERE
        """,
        path="studio.users[0].persona",
        got='"caller"',
        right="must be a persona with the activity run_studio_apps",
    ),
    added(
        "endpoint with a name of those made by hand",
        """
        inference:
          endpoints:
            - name: user-churn # HERE
              image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.0
              instance_type: ml.c7i.large
        """,
        path="inference.endpoints[0].name",
        got='"user-churn"',
        right="must not begin with user-, which is reserved for endpoints that people create",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_base_has_no_personas() -> None:
    """So that the cases above show what they say."""
    assert "personas" not in BASE


def test_policies_of_built_in_personas_are_counted(tmp_path: Path) -> None:
    """Clusters add one policy, however many there are."""
    registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    chart = {
        "repository": f"oci://{registry}/charts/hyperpod-helm-chart",
        "version": "0.1.0",
        "digest": f"sha256:{64 * '0'}",
    }
    group = {"name": "gpu", "instance_type": "ml.g5.8xlarge", "instance_count": 1}
    clusters = [
        {
            "name": name,
            "orchestrator": "eks",
            "kubernetes_version": "1.34",
            "dependencies_chart": chart,
            "instance_groups": [{**group, "min_instance_count": 1}],
        }
        for name in "abcd"
    ]
    blocks = "lakehouse: {}\nwarehouse: {}\nstudio:\n  canvas: {}\n  users: [{name: ada}]\n"
    people = "personas: {data_scientist: {managed_policies: [team-a]}}\n"
    text = f"{BASE}{blocks}{people}hyperpod: {json.dumps({'clusters': clusters})}\n"
    [fault] = faults(write(tmp_path, text))
    assert "personas.data_scientist: got " in fault
    assert (
        "needs 11 managed policies (6 for activities, 3 of the persona's own, "
        "1 in managed_policies, 1 from hyperpod); must be at most 10" in fault
    )
