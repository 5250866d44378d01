"""What would replace a Studio domain is refused unless it is said twice."""

from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly
from operations.rehearsal import report
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.rehearsal import Rehearsal

IAM = """\
name: guarded-{policy}
account: "666666666666"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
removal_policy: {policy}
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b]
  nat_gateways: one
  interface_endpoints: none
studio:
  users: [{{name: alice}}]
  spaces: [{{name: churn, owner: alice}}]
  lifecycle_configs: {{set-up: {{app_type: JupyterLab, file: {script}}}}}
  jupyter_lab: {{lifecycle_configs: [set-up], default_lifecycle_config: set-up}}
"""
SSO = """\
  auth_mode: SSO
  identity_center_instance_arn: arn:aws:sso:::instance/ssoins-0123456789abcdef
"""
SCRIPTS = [f"examples/lifecycle_configs/{name}.sh" for name in ("pip-index", "editor-settings")]


def kept(rehearsal: Rehearsal, assembly: Assembly) -> list[tuple[str, str]]:
    """What holds data in Studio: its kind and physical id."""
    resources = report.resources_of(assembly.stages, rehearsal.emulator.resources())
    kinds = [f"AWS::SageMaker::{noun}" for noun in ("Domain", "UserProfile", "Space")]
    return sorted((r["kind"], r["physical_id"]) for r in resources if r["kind"] in kinds)


@pytest.mark.parametrize("policy", ["retain", "destroy"])
def test_replacing_the_domain_takes_another_number(
    policy: str, rehearsal: Rehearsal, synthesize_ours: Any, tmp_path: Path, client: Any
) -> None:
    def assembly(*more: str, script: str = SCRIPTS[0]) -> Assembly:
        settings = tmp_path / f"guarded-{policy}.yaml"
        settings.write_text(IAM.format(policy=policy, script=script) + "".join(more))
        made: Assembly = synthesize_ours(settings)
        return made

    first = assembly()
    rehearsal.bootstrap(first.targets)
    rehearsal.deploy(first)
    before = kept(rehearsal, first)
    assert len(before) == 3

    with pytest.raises(RehearsalError) as refused:
        rehearsal.deploy(assembly(SSO))
    message = str(refused.value)
    assert "AWS::EC2::SecurityGroup" in message
    assert "now UPDATE_ROLLBACK_COMPLETE" in message
    assert "a custom-named resource requires replacing" in message
    # CloudFormation says the logical id, and the group's id or name.
    assert "ReplacesDomain" in message
    groups = client("ec2", "666666666666").describe_security_groups()["SecurityGroups"]
    [guard] = [g["GroupName"] for g in groups if f"guarded-{policy} Studio" in g["GroupName"]]
    assert "see domain_number in docs/studio.md" in guard
    assert kept(rehearsal, first) == before

    # What a domain can change is not refused, not even together with its tags.
    changed = assembly("tags: {team: research}\n", script=SCRIPTS[0])
    rehearsal.deploy(changed)
    assert kept(rehearsal, first) == before

    rehearsal.deploy(assembly(SSO, "  domain_number: 2\n"))
    after = kept(rehearsal, first)
    sagemaker = client("sagemaker", "666666666666")
    domains = sagemaker.list_domains()["Domains"]
    names = {d["DomainName"] for d in domains if d["DomainName"].startswith(f"guarded-{policy}")}
    if policy == "destroy":
        assert not set(before) & set(after)
        assert names == {"guarded-destroy-2"}
    else:
        assert set(before) <= set(after)
        assert names == {"guarded-retain", "guarded-retain-2"}
    assert [kind for kind, _ in set(after) - set(before)].count("AWS::SageMaker::Domain") == 1
    assert len(set(after) - set(before)) == 3

    if policy == "destroy":
        rehearsal.destroy(first)
        assert kept(rehearsal, first) == []
