"""What users of Canvas can do in a closed network that also has endpoints of the environment."""

import pytest

from operations.access.check import Decision
from operations.access.matrix import Entry, Judgment, matrix
from operations.access.world import World
from tests.support import synthesized

SETTINGS = """
name: lab
account: "444444444444"
region: eu-west-1
stage: development
owner: ml
cost_center: ml
alarm_emails: [ml@example.com]
network:
  cidr: 10.3.0.0/20
  availability_zones: [eu-west-1a, eu-west-1b]
personas:
  ml_engineer: {}
studio:
  canvas:
    direct_deploy: true
  users:
    - name: alice
inference:
  endpoints:
    - name: churn
      image: 444444444444.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.4.0
      model_data: s3://example-models/churn/1.4.0/model.tar.gz
      instance_type: ml.c7i.large
"""
PROMISED = ("build a model in Canvas", "deploy a model from Canvas and call it")


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "lab.yaml").write_text(SETTINGS, encoding="utf-8")
    return matrix(World.read(synthesized(folder / "out", folder / "lab.yaml")))


@pytest.mark.parametrize("task", PROMISED)
def test_canvas_works_for_those_who_use_it(entries: list[Entry], task: str) -> None:
    found = {one.persona: one for one in entries if one.task == task}
    assert found["DataScientist"].judgment is Judgment.AS_PROMISED
    assert found["MlEngineer"].decision is Decision.DENIED


def test_nothing_else_is_against_the_documentation(entries: list[Entry]) -> None:
    against = (Judgment.BROKEN, Judgment.LEAK)
    assert [str(one.task) for one in entries if one.judgment in against] == []
    task = "build a model in Canvas outside the VPC"
    assert {one.decision for one in entries if one.task == task} == {Decision.DENIED}
