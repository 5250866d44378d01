"""Risk, intended use and approvers of models, in templates and in the evidence."""

import pytest

from operations.assembly import Assembly
from operations.evidence.models import governed_models
from tests.bad_settings import BASE, write
from tests.support import synthesized

REGISTRY = """\
model_registry:
  governance: {approved_by: {high: [risk_approver]}}
  groups:
    - {name: churn, risk: low, intended_use: "Ranks customers, not prices."}
    - {name: fraud, risk: high}
    - {name: own}
personas:
  data_scientist: {}
  model_approver: {}
  risk_approver: {activities: [approve_models]}
"""


def test_risk_decides_who_approves(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("models")
    assembly = Assembly.read(synthesized(folder / "cdk", write(folder, BASE + REGISTRY)))

    found = {one.group: one for one in governed_models(assembly.stage("base"))}

    assert found["base-churn"].approvers == ("model_approver", "risk_approver")
    assert found["base-churn"].risk == "low"
    assert found["base-churn"].intended_use == "Ranks customers, not prices."
    assert found["base-fraud"].approvers == ("risk_approver",)
    assert found["base-own"].approvers == ("model_approver", "risk_approver")
    assert (found["base-own"].risk, found["base-own"].intended_use) == ("", "")
