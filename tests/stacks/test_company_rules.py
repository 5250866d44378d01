"""What companies prescribe: endpoints, egress, zones by id, boundaries, paths, keys of theirs."""

import json
from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, added, changed, check
from tests.support import StackTemplate, stack, synthesized

KEY = "arn:aws:kms:eu-west-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SERVICE = "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d4e5f67890"
GROUP = "sg-0123456789abcdef0"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonAthenaReadOnly"
SETTINGS = f"""\
name: base
account: "123456789012"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
permissions_boundary: team/boundary
role_path: /ml-platform/
foundation:
  key_arn: {KEY}
network:
  cidr: 10.0.0.0/16
  availability_zones: [euw1-az1, euw1-az3]
  nat_gateways: one
  interface_endpoints: [derived, BEDROCK_RUNTIME, {SERVICE}]
  egress:
    - description: Git server
      cidr: 10.20.0.0/24
      ports: 22
    - description: LDAP
      security_group_id: {GROUP}
      ports: 389
      used_by: [studio]
    - description: Lustre for jobs
      prefix_list_id: pl-0123456789abcdef0
      ports: "1018-1023"
      protocol: udp
      used_by: [jobs]
personas:
  data_scientist:
    managed_policies: [team/extra, "{READ_ONLY}"]
studio:
  security_group_ids: [{GROUP}]
lakehouse:
  layers:
    - name: raw
sources:
  connections:
    - name: orders
      type: POSTGRESQL
      host: orders.example.internal
      database: orders
      cidr: 10.30.0.0/24
      secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-a1B2c3
"""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    file = folder / "base.yaml"
    file.write_text(SETTINGS, "utf-8")
    return synthesized(folder / "cdk.out", file)


def egress(template: StackTemplate) -> list[str]:
    """Return the connections that security groups of a stack may open, as hosts:ports/protocol."""
    rules = [
        rule
        for group in template.of_type("AWS::EC2::SecurityGroup")
        for rule in group.get("SecurityGroupEgress", [])
    ] + template.of_type("AWS::EC2::SecurityGroupEgress")
    return [
        f"{hosts}:{rule['FromPort']}-{rule['ToPort']}/{rule['IpProtocol']}"
        for rule in rules
        if "FromPort" in rule
        and isinstance(
            hosts := rule.get("CidrIp")
            or rule.get("DestinationSecurityGroupId")
            or rule["DestinationPrefixListId"],
            str,
        )
    ]


def test_further_endpoints_are_added_to_the_derived_ones(assembly: Path) -> None:
    names = [
        endpoint["ServiceName"]
        for endpoint in stack(assembly, "base/network").of_type("AWS::EC2::VPCEndpoint")
        if endpoint["VpcEndpointType"] == "Interface"
    ]

    assert SERVICE in names
    assert {"com.amazonaws.eu-west-1.bedrock-runtime", "aws.sagemaker.eu-west-1.studio"} < set(
        names
    )


def test_each_use_has_its_own_egress(assembly: Path) -> None:
    jobs, studio = egress(stack(assembly, "base/access")), egress(stack(assembly, "base/studio"))

    assert "10.20.0.0/24:22-22/tcp" in jobs
    assert "pl-0123456789abcdef0:1018-1023/udp" in jobs
    assert f"{GROUP}:389-389/tcp" not in jobs
    # For private and for shared spaces.
    assert studio.count("10.20.0.0/24:22-22/tcp") == studio.count(f"{GROUP}:389-389/tcp") == 2
    assert "pl-0123456789abcdef0:1018-1023/udp" not in studio


def test_apps_are_in_further_security_groups(assembly: Path) -> None:
    [domain] = stack(assembly, "base/studio").of_type("AWS::SageMaker::Domain")

    assert GROUP in domain["DefaultUserSettings"]["SecurityGroups"]
    assert GROUP in domain["DefaultSpaceSettings"]["SecurityGroups"]


def test_subnets_name_zones_by_id(assembly: Path) -> None:
    subnets = stack(assembly, "base/network").of_type("AWS::EC2::Subnet")

    assert {one["AvailabilityZoneId"] for one in subnets} == {"euw1-az1", "euw1-az3"}
    assert not [one for one in subnets if "AvailabilityZone" in one]


def test_connection_gets_the_name_of_its_zone_from_the_subnet(assembly: Path) -> None:
    [connection] = stack(assembly, "base/sources").of_type("AWS::Glue::Connection")

    zone = connection["ConnectionInput"]["PhysicalConnectionRequirements"]["AvailabilityZone"]
    assert "AvailabilityZone" in json.dumps(zone)
    assert "euw1" not in json.dumps(zone)


@pytest.mark.parametrize("name", ["network", "access", "lakehouse", "studio"])
def test_roles_and_policies_have_the_path_and_the_boundary(assembly: Path, name: str) -> None:
    template = stack(assembly, f"base/{name}")
    roles = template.of_type("AWS::IAM::Role")

    for one in (*roles, *template.of_type("AWS::IAM::ManagedPolicy")):
        assert one["Path"] == "/ml-platform/"
    for one in roles:
        assert "policy/team/boundary" in json.dumps(one["PermissionsBoundary"])


def test_role_gets_policies_by_path_and_by_arn(assembly: Path) -> None:
    roles = stack(assembly, "base/access").of_type("AWS::IAM::Role")

    [arns] = [json.dumps(one["ManagedPolicyArns"]) for one in roles]
    assert "123456789012:policy/team/extra" in arns
    assert READ_ONLY in arns


def test_aws_managed_policy_is_shown_for_review(assembly: Path) -> None:
    notes = "".join(
        file.read_text("utf-8") for file in assembly.rglob("*.json") if "access" in file.name
    )
    assert f"AWS decides what {READ_ONLY} allows" in notes + (assembly / "manifest.json").read_text(
        "utf-8"
    )


def test_key_of_the_company_encrypts_everything(assembly: Path) -> None:
    assert not [
        one
        for name in ("foundation", "lakehouse", "studio")
        for one in stack(assembly, f"base/{name}").of_type("AWS::KMS::Key")
    ]
    [domain] = stack(assembly, "base/studio").of_type("AWS::SageMaker::Domain")
    assert domain["KmsKeyId"] == KEY


def test_doubtful_zone_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    text = BASE.replace("eu-west-1a, eu-west-1b", "ap-northeast-1a, ap-northeast-1b")
    file.write_text(text.replace("eu-west-1", "ap-northeast-1"), "utf-8")

    folder = synthesized(tmp_path / "cdk.out", file)

    notes = "".join(one.read_text("utf-8") for one in folder.rglob("*.json"))
    assert "not every account has ap-northeast-1b" in notes
    assert "not every account has ap-northeast-1a" not in notes


def zones(id: str, names: str, *, path: str, got: str, right: str) -> Bad:
    old = "availability_zones: [eu-west-1a, eu-west-1b]"
    new = f"availability_zones: {names} # HERE"
    return changed(id, old, new, path=f"network.availability_zones{path}", got=got, right=right)


def network(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    zones = "  availability_zones: [eu-west-1a, eu-west-1b]\n"
    return Bad(id, BASE.replace(zones, zones + lines), f"network.{path}", got, right)


BAD = [
    zones(
        "zone id of another region",
        "[euw1-az1, use1-az2]",
        path="[1]",
        got='"use1-az2"',
        right="must be a zone of eu-west-1",
    ),
    zones(
        "zone that no region has",
        "[eu-west-1a, eu-west-1z]",
        path="[1]",
        got='"eu-west-1z"',
        right="must be a zone of eu-west-1",
    ),
    zones(
        "zone id that no region has",
        "[euw1-az1, euw1-az9]",
        path="[1]",
        got='"euw1-az9"',
        right="must be a zone of eu-west-1",
    ),
    network(
        "create endpoints of other regions outside",
        "  interface_endpoints: [derived, com.amazonaws.us-east-1.bedrock] # HERE\n",
        path="interface_endpoints[1]",
        got='"com.amazonaws.us-east-1.bedrock"',
        right="must be a service in eu-west-1",
    ),
    network(
        "endpoint that each network has",
        "  interface_endpoints: [derived, S3] # HERE\n",
        path="interface_endpoints[1]",
        got='"S3"',
        right="because each network has a gateway endpoint for it",
    ),
    zones(
        "names and ids",
        "[euw1-az1, eu-west-1b]",
        path="",
        got='["euw1-az1", "eu-west-1b"]',
        right="must be only names or only ids",
    ),
    network(
        "unknown endpoint",
        "  interface_endpoints: [derived, BEDROCK_RUNTIMES] # HERE\n",
        path="interface_endpoints[1]",
        got='"BEDROCK_RUNTIMES"',
        right="did you mean BEDROCK_RUNTIME",
    ),
    network(
        "word that is no list",
        "  interface_endpoints: all # HERE\n",
        path="interface_endpoints",
        got='"all"',
        right="must be derived, none, or a list such as [derived, BEDROCK_RUNTIME]",
    ),
    network(
        "list without derived in a closed network",
        "  interface_endpoints: [STS] # HERE\n",
        path="interface_endpoints",
        got='["STS"]',
        right="must not be none without NAT gateways",
    ),
    network(
        "ports that are no range",
        "  egress:\n    - {description: Git, cidr: 10.20.0.0/24, ports: 23-22} # HERE\n",
        path="egress[0].ports",
        got='"23-22"',
        right="must be a port from 1 to 65535, or a range in quotes",
    ),
    network(
        "hosts twice",
        "  egress:\n    - {description: Git, cidr: 10.2.0.0/24, "
        f"security_group_id: {GROUP}, ports: 22}} # HERE\n",
        path="egress[0]",
        got='{"description": "Git"',
        right="must have exactly one of cidr, security_group_id and prefix_list_id",
    ),
    network(
        "description that EC2 refuses",
        "  egress:\n    - {description: Glue's, cidr: 10.2.0.0/24, ports: 22} # HERE\n",
        path="egress[0].description",
        got='"Glue\'s"',
        right="which EC2 accepts",
    ),
    added(
        "key of another region",
        f"""
        foundation:
          key_arn: {KEY.replace("eu-west-1", "us-east-1")} # HERE
        """,
        path="foundation.key_arn",
        got=f'"{KEY.replace("eu-west-1", "us-east-1")}"',
        right="must be in eu-west-1",
    ),
    added(
        "path without slashes",
        "role_path: team # HERE\n",
        path="role_path",
        got='"team"',
        right="must be an IAM path, which begins and ends with a slash",
    ),
    added(
        "boundary with two slashes",
        "permissions_boundary: team//boundary # HERE\n",
        path="permissions_boundary",
        got='"team//boundary"',
        right="must be the name of an IAM policy, with its path",
    ),
    added(
        "policy of AWS by name",
        """
        personas:
          data_scientist:
            managed_policies: [AmazonAthenaReadOnly] # HERE
        """,
        path="personas.data_scientist.managed_policies[0]",
        got='"AmazonAthenaReadOnly"',
        right="give its ARN, such as arn:aws:iam::aws:policy/AmazonAthenaReadOnly",
    ),
    added(
        "policy of AWS that allows everything",
        """
        personas:
          data_scientist:
            managed_policies: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"] # HERE
        """,
        path="personas.data_scientist.managed_policies[0]",
        got='"arn:aws:iam::aws:policy/AmazonS3FullAccess"',
        right="must not be AmazonS3FullAccess, which allows more than a persona may do",
    ),
    added(
        "policy of another account",
        """
        personas:
          data_scientist:
            managed_policies: ["arn:aws:iam::210987654321:policy/team/extra"] # HERE
        """,
        path="personas.data_scientist.managed_policies[0]",
        got='"arn:aws:iam::210987654321:policy/team/extra"',
        right="must be of account 123456789012 or AWS",
    ),
    added(
        "too many security groups",
        f"""
        studio:
          security_group_ids: {[f"sg-{number:017x}" for number in range(4)]} # HERE
        """,
        path="studio.security_group_ids",
        got='["sg-0',
        right="must have at most 3 entries",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_bad_settings_are_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)
