"""Every fault in a settings file is one line: where it is, what was found, what is right."""

from pathlib import Path
from textwrap import dedent

import pytest

from stacks.loading import SettingsError, load_environments
from tests.bad_settings import BASE, HERE, Bad, added, changed, check, faults, write
from tests.support import run_app

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.0"
KEY = "arn:aws:kms:{}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
PRIVATE = "must be a private IPv4 range"
TEXT = "must be a string. Put it in quotes"
BLOCK = "must be a block of keys and values"
NAME = "must start with a lower-case letter, followed by"
PROFILE = "must be letters and digits, with single hyphens between"


def network(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Replace all keys of the network."""
    text = BASE[: BASE.index("  cidr:")] + "".join(
        f"  {line}\n" for line in dedent(lines).strip().splitlines()
    )
    return Bad(id, text, f"network.{path}", got, right)


def endpoint(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add an endpoint; the lines replace its defaults or come after them."""
    extra = dedent(lines).strip().splitlines()
    given = {line.split(":")[0] for line in extra}
    defaults = {"name": "churn", "image": IMAGE, "instance_type": "ml.c7i.large"}
    body = [f"{key}: {value}" for key, value in defaults.items() if key not in given] + extra
    text = f"{BASE}inference:\n  endpoints:\n    -\n" + "".join(f"      {line}\n" for line in body)
    return Bad(id, text, f"inference.endpoints[0].{path}", got, right)


GENERAL = [
    added(
        "repository in capitals",
        """
        foundation:
          image_repositories: [Training] # HERE
        """,
        path="foundation.image_repositories[0]",
        got='"Training"',
        right="must be lower-case letters and digits, with single periods, hyphens",
    ),
    added(
        "repository twice",
        """
        foundation:
          image_repositories: [training, nlp/training, training] # HERE
        """,
        path="foundation.image_repositories[2]",
        got='"training"',
        right="must name each repository once",
    ),
    changed(
        "name that Athena has taken",
        "name: base",
        "name: primary # HERE\nlakehouse: {}",
        path="name",
        got='"primary"',
        right="must not be primary, because every account has an Athena workgroup of this name",
    ),
    changed(
        "unknown key",
        "owner: ml-platform",
        "ownr: ml-platform # HERE\nowner: ml-platform",
        path="ownr",
        got=None,
        right="no such key; did you mean owner?",
    ),
    changed(
        "unknown key in a block",
        "  availability_zones",
        "  nat_gateway: one # HERE\n  availability_zones",
        path="network.nat_gateway",
        got=None,
        right="no such key; did you mean nat_gateways?",
    ),
    added(
        "unknown key in a list",
        """
        studio:
          users:
            - name: alice
            - name: bob
              mail: bob@example.com # HERE
        """,
        path="studio.users[1].mail",
        got=None,
        right="no such key; valid keys: name",
    ),
    added(
        "unknown key in upper case",
        """
        foundation:
          ACCESS_LOG_DAYS: 30 # HERE
        """,
        path="foundation.ACCESS_LOG_DAYS",
        got=None,
        right="did you mean access_log_days?",
    ),
    added(
        "key that is a number",
        "tags: {1: one} # HERE\n",
        path="tags",
        got="1 as a key",
        right="must be a string",
    ),
    changed(
        "missing key",
        'name: base\naccount: "123456789012"',
        f"name: base {HERE}",
        path="account",
        got=None,
        right="must be given",
    ),
    changed(
        "missing key in a block",
        "network:\n  cidr: 10.0.0.0/16",
        "network: # HERE",
        path="network.cidr",
        got=None,
        right="must be given",
    ),
    changed(
        "account id too short",
        '"123456789012"',
        '"12345678901" # HERE',
        path="account",
        got='"12345678901"',
        right="must be an AWS account id of 12 digits, in quotes",
    ),
    changed(
        "account id with hyphens",
        '"123456789012"',
        '"1234-5678-9012" # HERE',
        path="account",
        got='"1234-5678-9012"',
        right="12 digits",
    ),
    changed(
        "account id without quotes",
        '"123456789012"',
        "123456789012 # HERE",
        path="account",
        got="123456789012",
        right="put the account id in quotes",
    ),
    changed(
        "account id without quotes loses its zero",
        '"123456789012"',
        "012345678901 # HERE",
        path="account",
        got="12345678901",
        right="because YAML drops leading zeros of numbers",
    ),
    changed(
        "unknown region",
        "region: eu-west-1",
        "region: eu-wset-1 # HERE",
        path="region",
        got='"eu-wset-1"',
        right="must be a region with SageMaker; did you mean eu-west-1",
    ),
    changed(
        "unknown stage",
        "stage: development",
        "stage: dev # HERE",
        path="stage",
        got='"dev"',
        right="must be one of development, staging, production",
    ),
    changed(
        "number for a text",
        "cost_center: research",
        "cost_center: 4711 # HERE",
        path="cost_center",
        got="4711",
        right=TEXT,
    ),
    changed(
        "date for a text",
        "cost_center: research",
        "cost_center: 2024-12-31 # HERE",
        path="cost_center",
        got='"2024-12-31"',
        right=TEXT,
    ),
    changed(
        "no owner",
        "owner: ml-platform",
        'owner: "" # HERE',
        path="owner",
        got='""',
        right="must be 1 to 256 letters, digits",
    ),
    changed(
        "name differs from the file's",
        "name: base",
        "name: other # HERE",
        path="name",
        got='"other"',
        right="must be base, like the file",
    ),
    changed(
        "name with upper case",
        "name: base",
        "name: Base # HERE",
        path="name",
        got='"Base"',
        right=NAME,
    ),
    changed(
        "name with two hyphens",
        "name: base",
        "name: ba--se # HERE",
        path="name",
        got='"ba--se"',
        right="single hyphens",
    ),
    changed(
        "name too long",
        "name: base",
        "name: environment-of-research # HERE",
        path="name",
        got='"environment-of-research"',
        right="must be at most 20 characters long",
    ),
    added(
        "retention that is not offered",
        "log_retention_days: 100 # HERE\n",
        path="log_retention_days",
        got="100",
        right="must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120,",
    ),
    added(
        "retention that is true",
        "log_retention_days: true # HERE\n",
        path="log_retention_days",
        got="true",
        right="must be a whole number",
    ),
    added(
        "retention with a fraction",
        "log_retention_days: 30.0 # HERE\n",
        path="log_retention_days",
        got="30.0",
        right="must be a whole number",
    ),
    added(
        "logs kept for no time",
        "foundation: {access_log_days: 0} # HERE\n",
        path="foundation.access_log_days",
        got="0",
        right="must be at least 1",
    ),
    added(
        "logs kept for too long",
        "foundation: {access_log_days: 5000} # HERE\n",
        path="foundation.access_log_days",
        got="5000",
        right="must be at most 3653",
    ),
    added(
        "policy by its ARN",
        "permissions_boundary: arn:aws:iam::123456789012:policy/boundary # HERE\n",
        path="permissions_boundary",
        got='"arn:aws:iam::123456789012:policy/boundary"',
        right="must be the name of an IAM policy",
    ),
    added(
        "tag with the prefix of AWS",
        """
        tags:
          team: a
          AWS:x.1: b # HERE
        """,
        path="tags.AWS:x.1",
        got='"AWS:x.1"',
        right="not beginning with aws:",
    ),
    added(
        "tag that the environment sets",
        """
        tags:
          team: a
          Owner: b # HERE
        """,
        path="tags.Owner",
        got='"b"',
        right="must not be a tag that the environment sets. Remove the line",
    ),
    added(
        "tags that differ in case",
        """
        tags: # HERE
          team: a
          Team: b
        """,
        path="tags",
        got='"Team"',
        right="must differ from team in more than case, because IAM ignores the case of tag keys",
    ),
    added(
        "tag key with a bad character",
        "tags: {team?: a} # HERE\n",
        path="tags.team?",
        got='"team?"',
        right="must be 1 to 128 letters, digits, spaces and",
    ),
    added(
        "tag value with a bad character",
        "tags: {team: a*b} # HERE\n",
        path="tags.team",
        got='"a*b"',
        right="must be 1 to 256 letters, digits, spaces and",
    ),
    added(
        "tag value that is a number",
        "tags: {project: 42} # HERE\n",
        path="tags.project",
        got="42",
        right=TEXT,
    ),
    added(
        "too many tags",
        "tags: {" + ", ".join(f"tag{i}: x" for i in range(41)) + "} # HERE\n",
        path="tags",
        got='{"tag0": "x", ',
        right="must have at most 40 entries",
    ),
    added(
        "bad e-mail address",
        "alarm_emails: [a@example.com, example.com] # HERE\n",
        path="alarm_emails[1]",
        got='"example.com"',
        right="must be an e-mail address",
    ),
    added(
        "e-mail address twice",
        "alarm_emails: [a@example.com, a@example.com] # HERE\n",
        path="alarm_emails",
        got='["a@example.com", "a@example.com"]',
        right="must contain each address once",
    ),
    added(
        "text for a list",
        "alarm_emails: a@example.com # HERE\n",
        path="alarm_emails",
        got='"a@example.com"',
        right="must be a list",
    ),
    added(
        "unknown removal policy",
        "removal_policy: delete # HERE\n",
        path="removal_policy",
        got='"delete"',
        right="must be one of retain, destroy",
    ),
    added(
        "block without keys",
        "studio: # HERE\n",
        path="studio",
        got=None,
        right="must have a value: set one, write {} for a block of defaults, or remove the line",
    ),
    added(
        "true for a block",
        "lakehouse: true # HERE\n",
        path="lakehouse",
        got="true",
        right=BLOCK,
    ),
]

NETWORK = [
    network(
        "range too small",
        """
        cidr: 10.0.0.0/24 # HERE
        availability_zones: [eu-west-1a, eu-west-1b]
        """,
        path="cidr",
        got='"10.0.0.0/24"',
        right="must be from /16 to /22; /24 is too small",
    ),
    network(
        "range too large",
        """
        cidr: 10.0.0.0/8 # HERE
        availability_zones: [eu-west-1a, eu-west-1b]
        """,
        path="cidr",
        got='"10.0.0.0/8"',
        right="must be from /16 to /22; /8 is too large",
    ),
    network(
        "public range",
        """
        cidr: 52.0.0.0/16 # HERE
        availability_zones: [eu-west-1a, eu-west-1b]
        """,
        path="cidr",
        got='"52.0.0.0/16"',
        right=PRIVATE,
    ),
    network(
        "loopback range",
        """
        cidr: 127.0.0.0/16 # HERE
        availability_zones: [eu-west-1a, eu-west-1b]
        """,
        path="cidr",
        got='"127.0.0.0/16"',
        right=PRIVATE,
    ),
    network(
        "range with host bits",
        """
        cidr: 10.0.0.1/16 # HERE
        availability_zones: [eu-west-1a, eu-west-1b]
        """,
        path="cidr",
        got='"10.0.0.1/16"',
        right="must be an IPv4 range such as 10.0.0.0/16 (10.0.0.1/16 has host bits set)",
    ),
    network(
        "range with a netmask",
        """
        cidr: 10.0.0.0/255.255.0.0 # HERE
        availability_zones: [eu-west-1a, eu-west-1b]
        """,
        path="cidr",
        got='"10.0.0.0/255.255.0.0"',
        right="must be written 10.0.0.0/16",
    ),
    network(
        "no range at all",
        """
        cidr: large # HERE
        availability_zones: [eu-west-1a, eu-west-1b]
        """,
        path="cidr",
        got='"large"',
        right="must be an IPv4 range such as 10.0.0.0/16",
    ),
    network(
        "zone of another region",
        """
        cidr: 10.0.0.0/16
        availability_zones:
          - eu-west-1a
          - eu-west-2b # HERE
        """,
        path="availability_zones[1]",
        got='"eu-west-2b"',
        right="must be a zone of eu-west-1",
    ),
    network(
        "zone by its letter",
        """
        cidr: 10.0.0.0/16
        availability_zones: [a, eu-west-1b] # HERE
        """,
        path="availability_zones[0]",
        got='"a"',
        right="must be the name of an availability zone, such as eu-west-1a",
    ),
    network(
        "zone twice",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1a] # HERE
        """,
        path="availability_zones",
        got='["eu-west-1a", "eu-west-1a"]',
        right="must name each zone once",
    ),
    network(
        "one zone",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a] # HERE
        """,
        path="availability_zones",
        got='["eu-west-1a"]',
        right="must have at least 2 entries",
    ),
    network(
        "four zones",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c, eu-west-1d] # HERE
        """,
        path="availability_zones",
        got='["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"]',
        right="must have at most 3 entries",
    ),
    network(
        "number of NAT gateways",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b]
        nat_gateways: 1 # HERE
        """,
        path="nat_gateways",
        got="1",
        right="must be one of none, one, one-per-zone",
    ),
    network(
        "no way out",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b]
        nat_gateways: none
        interface_endpoints: none # HERE
        """,
        path="interface_endpoints",
        got='"none"',
        right="must not be none without NAT gateways, because nothing could call AWS",
    ),
    network(
        "NAT gateways in a VPC of others",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b]
        nat_gateways: one # HERE
        existing:
          vpc_id: vpc-0a1b2c3d4e5f67890
          private_subnet_ids: [subnet-0a1b2c3d4e5f67891, subnet-0a1b2c3d4e5f67892]
        """,
        path="nat_gateways",
        got='"one"',
        right=(
            "must be omitted with existing, because the owner of the VPC manages it. Remove "
            "the line"
        ),
    ),
    network(
        "a VPC by its name",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b]
        existing:
          vpc_id: main # HERE
          private_subnet_ids: [subnet-0a1b2c3d4e5f67891, subnet-0a1b2c3d4e5f67892]
        """,
        path="existing.vpc_id",
        got='"main"',
        right="must be the id of a VPC, such as vpc-0a1b2c3d4e5f67890",
    ),
    network(
        "a subnet by its name",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b]
        existing:
          vpc_id: vpc-0a1b2c3d4e5f67890
          private_subnet_ids:
            - subnet-0a1b2c3d4e5f67891
            - private-b # HERE
        """,
        path="existing.private_subnet_ids[1]",
        got='"private-b"',
        right="must be the id of a subnet",
    ),
    network(
        "fewer subnets than zones",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c]
        existing:
          vpc_id: vpc-0a1b2c3d4e5f67890
          private_subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e] # HERE
        """,
        path="existing.private_subnet_ids",
        got='["subnet-0a1b2c3d", "subnet-0a1b2c3e"]',
        right="must name one subnet for each of the 3 zones",
    ),
    network(
        "subnet twice",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b]
        existing:
          vpc_id: vpc-0a1b2c3d4e5f67890
          private_subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3d] # HERE
        """,
        path="existing.private_subnet_ids",
        got='["subnet-0a1b2c3d", "subnet-0a1b2c3d"]',
        right="must name each subnet once",
    ),
    network(
        "ranges that overlap",
        """
        cidr: 10.0.0.0/16
        availability_zones: [eu-west-1a, eu-west-1b]
        existing:
          vpc_id: vpc-0a1b2c3d4e5f67890
          private_subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e]
          secondary_cidrs: [10.1.0.0/16, 10.0.128.0/20] # HERE
        """,
        path="existing.secondary_cidrs",
        got='["10.1.0.0/16", "10.0.128.0/20"]',
        right="must not overlap 10.0.0.0/16",
    ),
]

LAKEHOUSE = [
    added(
        "data deleted with one key",
        """
        removal_policy: retain
        lakehouse:
          removal_policy: destroy # HERE
        """,
        path="lakehouse.removal_policy",
        got='"destroy"',
        right="must be retain while the environment's removal_policy is retain",
    ),
    added(
        "no layer",
        "lakehouse: {layers: []} # HERE\n",
        path="lakehouse.layers",
        got="[]",
        right="must have at least 1 entries",
    ),
    added(
        "too many layers",
        "lakehouse: {layers: [" + ", ".join(f"{{name: l{i}}}" for i in range(7)) + "]} # HERE\n",
        path="lakehouse.layers",
        got='[{"name": "l0"}, ',
        right="must have at most 6 entries",
    ),
    added(
        "layer twice",
        """
        lakehouse:
          layers:
            - name: raw
            - name: raw # HERE
        """,
        path="lakehouse.layers[1].name",
        got='"raw"',
        right="must be unique: an earlier layer has the same name if hyphens are ignored",
    ),
    added(
        "layers that differ in a hyphen",
        """
        lakehouse:
          layers:
            - name: raw1
            - name: raw-1 # HERE
        """,
        path="lakehouse.layers[1].name",
        got='"raw-1"',
        right="must be unique: an earlier layer has the same name if hyphens are ignored",
    ),
    added(
        "layer with an underscore",
        """
        lakehouse:
          layers:
            - name: raw_data # HERE
        """,
        path="lakehouse.layers[0].name",
        got='"raw_data"',
        right=NAME,
    ),
    added(
        "name of a layer too long",
        """
        lakehouse:
          layers:
            - name: everything-as-it-came # HERE
        """,
        path="lakehouse.layers[0].name",
        got='"everything-as-it-came"',
        right="must be at most 20 characters long",
    ),
    added(
        "unknown access to a layer",
        """
        lakehouse:
          layers:
            - name: raw
              access: write # HERE
        """,
        path="lakehouse.layers[0].access",
        got='"write"',
        right="must be one of none, read, read-write",
    ),
    added(
        "no scan limit",
        "lakehouse: {query: {scan_limit_gib: 0}} # HERE\n",
        path="lakehouse.query.scan_limit_gib",
        got="0",
        right="must be at least 1",
    ),
]

STUDIO = [
    added(
        "unknown instance type of Studio",
        "studio: {instance_type: ml.t3.mediun} # HERE\n",
        path="studio.instance_type",
        got='"ml.t3.mediun"',
        right="must be an instance type for Studio apps; did you mean ml.t3.medium",
    ),
    added(
        "instance type of endpoints only",
        "studio: {instance_type: ml.inf2.xlarge} # HERE\n",
        path="studio.instance_type",
        got='"ml.inf2.xlarge"',
        right="must be an instance type for Studio apps",
    ),
    added(
        "instance type of no user's app",
        "studio: {instance_type: system} # HERE\n",
        path="studio.instance_type",
        got='"system"',
        right="must be an instance type for Studio apps",
    ),
    added(
        "SSO without an instance",
        """
        studio:
          auth_mode: SSO # HERE
        """,
        path="studio.auth_mode",
        got='"SSO"',
        right=(
            "requires identity_center_instance_arn, the ARN of the organization's IAM Identity "
            "Center instance"
        ),
    ),
    added(
        "an instance without SSO",
        f"""
        studio:
          identity_center_instance_arn: {INSTANCE} {HERE}
        """,
        path="studio.identity_center_instance_arn",
        got=f'"{INSTANCE}"',
        right="applies only to auth_mode SSO. Remove the line",
    ),
    added(
        "no ARN of an instance",
        """
        studio:
          auth_mode: SSO
          identity_center_instance_arn: ssoins-0123456789abcdef # HERE
        """,
        path="studio.identity_center_instance_arn",
        got='"ssoins-0123456789abcdef"',
        right="must be the ARN of an IAM Identity Center instance",
    ),
    added(
        "idle time too short",
        """
        studio:
          idle_shutdown:
            min_minutes: 30 # HERE
        """,
        path="studio.idle_shutdown.min_minutes",
        got="30",
        right="must be at least 60",
    ),
    added(
        "idle time too long",
        """
        studio:
          idle_shutdown:
            max_minutes: 525601 # HERE
        """,
        path="studio.idle_shutdown.max_minutes",
        got="525601",
        right="must be at most 525600",
    ),
    added(
        "default idle time below the least",
        """
        studio:
          idle_shutdown:
            default_minutes: 60 # HERE
            min_minutes: 90
        """,
        path="studio.idle_shutdown.default_minutes",
        got="60",
        right="must be from min_minutes (90) to max_minutes (480)",
    ),
    added(
        "least idle time above the most",
        """
        studio:
          idle_shutdown:
            min_minutes: 600 # HERE
            max_minutes: 300
        """,
        path="studio.idle_shutdown.min_minutes",
        got="600",
        right="must be at most max_minutes (300)",
    ),
    added(
        "default storage above the most",
        """
        studio:
          space_storage:
            default_gib: 200 # HERE
        """,
        path="studio.space_storage.default_gib",
        got="200",
        right="must be at most max_gib (100)",
    ),
    added(
        "storage as a text",
        """
        studio:
          space_storage:
            max_gib: 50GB # HERE
        """,
        path="studio.space_storage.max_gib",
        got='"50GB"',
        right="must be a whole number",
    ),
    added(
        "user without a key",
        """
        studio:
          users:
            - alice # HERE
        """,
        path="studio.users[0]",
        got='"alice"',
        right=BLOCK,
    ),
    added(
        "user name with a dot",
        """
        studio:
          users:
            - name: alice
            - name: bob.b # HERE
        """,
        path="studio.users[1].name",
        got='"bob.b"',
        right=PROFILE,
    ),
    added(
        "user name of nothing",
        "studio: {users: [{name: ''}]} # HERE\n",
        path="studio.users[0].name",
        got='""',
        right="must not be empty",
    ),
    added(
        "user name without a letter",
        f"""
        studio:
          auth_mode: SSO
          identity_center_instance_arn: {INSTANCE}
          users:
            - name: "@" {HERE}
        """,
        path="studio.users[0].name",
        got='"@"',
        right="must contain a letter or a digit",
    ),
    added(
        "user name with a line break",
        f"""
        studio:
          auth_mode: SSO
          identity_center_instance_arn: {INSTANCE}
          users:
            - name: "alice\\n" {HERE}
        """,
        path="studio.users[0].name",
        got='"alice\\n"',
        right="must not contain spaces, line breaks or control characters",
    ),
    added(
        "users with the same profile",
        f"""
        studio:
          auth_mode: SSO
          identity_center_instance_arn: {INSTANCE}
          users:
            - name: a.smith@example.com
            - name: A-Smith@example.com {HERE}
        """,
        path="studio.users[1].name",
        got='"A-Smith@example.com"',
        right=(
            "must differ from a.smith@example.com, because both get the profile A-Smith-example-com"
        ),
    ),
    added(
        "too many users for a stack",
        "studio: {users: ["
        + ", ".join(f"{{name: u{i}}}" for i in range(76))
        + "], user_stacks: 1} # HERE\n",
        path="studio.user_stacks",
        got="1",
        right=(
            "puts 76 users into one stack, which has capacity for 75: use 2, but read "
            "docs/studio.md before you change it"
        ),
    ),
    added(
        "too many users and scripts for a stack",
        "studio: {users: [" + ", ".join(f"{{name: u{i}}}" for i in range(500)) + "]} # HERE\n",
        path="studio.user_stacks",
        got="1",
        right=(
            "puts 500 users, and all scripts, images and spaces, into one stack, which exceeds "
            "CloudFormation's limit of resources: use 9, but read docs/studio.md before you "
            "change it"
        ),
    ),
    added(
        "too many users for all stacks",
        "studio: {users: ["
        + ", ".join(f"{{name: u{i}}}" for i in range(1501))
        + "], user_stacks: 20} # HERE\n",
        path="studio.user_stacks",
        got="20",
        right=(
            "puts 91 users into one stack, which has capacity for 75: divide the users among "
            "several environments"
        ),
    ),
]

INFERENCE = [
    changed(
        "alarms without addresses",
        "stage: development",
        dedent(
            f"""\
            stage: production
            alarm_emails: [] {HERE}
            inference:
              endpoints:
                - {{name: churn, image: "{IMAGE}", instance_type: ml.c7i.large}}"""
        ),
        path="alarm_emails",
        got="[]",
        right="must have an address, because endpoints in production send alarms there",
    ),
    added(
        "no endpoint",
        "inference: {endpoints: []} # HERE\n",
        path="inference.endpoints",
        got="[]",
        right="must have at least 1 entries",
    ),
    added(
        "endpoint twice",
        f"""
        inference:
          endpoints:
            - {{name: churn, image: "{IMAGE}", instance_type: ml.c7i.large}}
            - name: churn {HERE}
              image: {IMAGE}
              instance_type: ml.c7i.large
        """,
        path="inference.endpoints[1].name",
        got='"churn"',
        right="must be unique: an earlier endpoint has the same name if hyphens are ignored",
    ),
    added(
        "endpoints that differ in a hyphen",
        f"""
        inference:
          endpoints:
            - {{name: churn-2, image: "{IMAGE}", instance_type: ml.c7i.large}}
            - name: churn2 {HERE}
              image: {IMAGE}
              instance_type: ml.c7i.large
        """,
        path="inference.endpoints[1].name",
        got='"churn2"',
        right="must be unique: an earlier endpoint has the same name if hyphens are ignored",
    ),
    endpoint(
        "name of an endpoint too long",
        f"name: {'x' * 43} {HERE}",
        path="name",
        got=f'"{"x" * 43}"',
        right="must be at most 42 characters long",
    ),
    endpoint(
        "unknown instance type of an endpoint",
        "instance_type: ml.c7i.larg # HERE",
        path="instance_type",
        got='"ml.c7i.larg"',
        right="must be an instance type for endpoints; did you mean ml.c7i.large",
    ),
    endpoint(
        "instance type of EC2",
        "instance_type: c7i.large # HERE",
        path="instance_type",
        got='"c7i.large"',
        right="did you mean ml.c7i.large",
    ),
    endpoint(
        "burstable instances with autoscaling",
        """
        instance_type: ml.t2.medium # HERE
        autoscaling: {max_instances: 3, invocations_per_instance: 100}
        """,
        path="instance_type",
        got='"ml.t2.medium"',
        right="must not be burstable with autoscaling, which SageMaker does not support",
    ),
    endpoint(
        "canary of a single instance",
        "deployment: {strategy: canary} # HERE",
        path="deployment.strategy",
        got='"canary"',
        right="requires at least 2 instances, because a step is at most half of them",
    ),
    endpoint(
        "image outside of ECR",
        "image: docker.io/library/python:3.11 # HERE",
        path="image",
        got='"docker.io/library/python:3.11"',
        right="must be an image in ECR",
    ),
    endpoint(
        "image of a doubled path",
        f"image: {IMAGE.split('/')[0]}/team//churn:1 {HERE}",
        path="image",
        got=f'"{IMAGE.split("/")[0]}/team//churn:1"',
        right="must be an image in ECR",
    ),
    endpoint(
        "image in China of a region elsewhere",
        f"image: {IMAGE.replace('.com/', '.com.cn/')} {HERE}",
        path="image",
        got=f'"{IMAGE.replace(".com/", ".com.cn/")}"',
        right="must be an image in ECR",
    ),
    endpoint(
        "model data with a space",
        "model_data: s3://example-models/a b/model.tar.gz # HERE",
        path="model_data",
        got='"s3://example-models/a b/model.tar.gz"',
        right="must be a file s3://bucket/key.tar.gz",
    ),
    endpoint(
        "model data in no bucket",
        "model_data: s3://example..models/model.tar.gz # HERE",
        path="model_data",
        got='"s3://example..models/model.tar.gz"',
        right="must be a file s3://bucket/key.tar.gz",
    ),
    endpoint(
        "more instances than there are",
        "instance_count: 100000000000000000000000000 # HERE",
        path="instance_count",
        got="100000000000000000000000000",
        right="must be at most 10000",
    ),
    endpoint(
        "image of another region",
        f"image: {IMAGE.replace('eu-west-1', 'us-east-1')} {HERE}",
        path="image",
        got=f'"{IMAGE.replace("eu-west-1", "us-east-1")}"',
        right="must be in eu-west-1: SageMaker pulls images from the region of the endpoint",
    ),
    endpoint(
        "model data outside of S3",
        "model_data: https://example.com/model.tar.gz # HERE",
        path="model_data",
        got='"https://example.com/model.tar.gz"',
        right="must be a file s3://bucket/key.tar.gz",
    ),
    endpoint(
        "prefix of model data without its end",
        "model_data: s3://example-models/churn # HERE",
        path="model_data",
        got='"s3://example-models/churn"',
        right="a prefix s3://bucket/prefix/ that ends in /",
    ),
    endpoint(
        "model data with a wildcard",
        "model_data: s3://example-models/*/ # HERE",
        path="model_data",
        got='"s3://example-models/*/"',
        right="must be a file s3://bucket/key.tar.gz",
    ),
    endpoint(
        "key without data",
        f"model_data_key_arn: {KEY.format('eu-west-1')} {HERE}",
        path="model_data_key_arn",
        got=f'"{KEY.format("eu-west-1")}"',
        right="requires model_data to decrypt",
    ),
    endpoint(
        "key of another region",
        f"""
        model_data: s3://example-models/churn/
        model_data_key_arn: {KEY.format("us-east-1")} {HERE}
        """,
        path="model_data_key_arn",
        got=f'"{KEY.format("us-east-1")}"',
        right="must be in eu-west-1, as the environment is",
    ),
    endpoint(
        "key by its alias",
        """
        model_data: s3://example-models/churn/
        model_data_key_arn: alias/models # HERE
        """,
        path="model_data_key_arn",
        got='"alias/models"',
        right="must be the ARN of a KMS key",
    ),
    endpoint(
        "variable that is a number",
        """
        environment:
          WORKERS: 4 # HERE
        """,
        path="environment.WORKERS",
        got="4",
        right=TEXT,
    ),
    endpoint(
        "variable that is a truth value",
        """
        environment:
          DEBUG: true # HERE
        """,
        path="environment.DEBUG",
        got="true",
        right=TEXT,
    ),
    endpoint(
        "variable with a bad name",
        """
        environment:
          log-level: info # HERE
        """,
        path="environment.log-level",
        got='"log-level"',
        right="must be the name of an environment variable",
    ),
    endpoint(
        "no instance",
        "instance_count: 0 # HERE",
        path="instance_count",
        got="0",
        right="must be at least 1",
    ),
    endpoint(
        "least instances above the most",
        """
        autoscaling:
          min_instances: 5 # HERE
          max_instances: 3
          invocations_per_instance: 100
        """,
        path="autoscaling.min_instances",
        got="5",
        right="must be at most max_instances (3)",
    ),
    endpoint(
        "instances out of the bounds of autoscaling",
        """
        instance_count: 5 # HERE
        autoscaling:
          max_instances: 3
          invocations_per_instance: 100
        """,
        path="instance_count",
        got="5",
        right="must be from autoscaling.min_instances (1) to autoscaling.max_instances (3)",
    ),
    endpoint(
        "autoscaling without a target",
        """
        autoscaling: # HERE
          max_instances: 3
        """,
        path="autoscaling",
        got='{"max_instances": 3}',
        right=(
            "must have invocations_per_instance or concurrent_requests_per_instance, "
            "custom_metric, steps or schedules"
        ),
    ),
    endpoint(
        "sample of nothing",
        "data_capture: {sampling_percentage: 0} # HERE",
        path="data_capture.sampling_percentage",
        got="0",
        right="must be at least 1",
    ),
    endpoint(
        "sample of more than all",
        "data_capture: {sampling_percentage: 101} # HERE",
        path="data_capture.sampling_percentage",
        got="101",
        right="must be at most 100",
    ),
    endpoint(
        "sample as a fraction",
        "data_capture: {sampling_percentage: 0.2} # HERE",
        path="data_capture.sampling_percentage",
        got="0.2",
        right="must be a whole number",
    ),
    endpoint(
        "latency of more than a minute",
        "alarms: {latency_ms: 60001} # HERE",
        path="alarms.latency_ms",
        got="60001",
        right="must be at most 60000",
    ),
    endpoint(
        "word for the threshold of an alarm",
        "alarms: {latency_ms: off} # HERE",
        path="alarms.latency_ms",
        got='"off"',
        right="must be a number, or none",
    ),
    endpoint(
        "step of a shift in one step",
        "deployment: {step_percent: 10} # HERE",
        path="deployment.step_percent",
        got="10",
        right="applies only to strategy canary, linear or rolling. Remove the line",
    ),
    endpoint(
        "canary of more than half",
        "deployment: {strategy: canary, step_percent: 60} # HERE",
        path="deployment.step_percent",
        got="60",
        right="must be at most 50",
    ),
    endpoint(
        "linear step too small",
        "deployment: {strategy: linear, step_percent: 5} # HERE",
        path="deployment.step_percent",
        got="5",
        right="must be at least 10 with strategy linear",
    ),
    endpoint(
        "waits longer than the update may take",
        """
        deployment:
          strategy: linear
          step_percent: 10
          wait_seconds: 3600 # HERE
        """,
        path="deployment.wait_seconds",
        got="3600",
        right="10 times wait_seconds (3600) must be less than max_minutes (480)",
    ),
    endpoint(
        "update shorter than its waits",
        "deployment: {max_minutes: 10} # HERE",
        path="deployment.max_minutes",
        got="10",
        right="2 times wait_seconds (300) must be less than max_minutes (10)",
    ),
]

CASES = [*GENERAL, *NETWORK, *LAKEHOUSE, *STUDIO, *INFERENCE]


def test_base_is_good(tmp_path: Path) -> None:
    assert [e.name for e in load_environments(files=[write(tmp_path, BASE)])] == ["base"]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param(
            BASE + "tags: {team: a\n",
            11,
            "must be valid YAML: expected ',' or '}'",
            id="open bracket",
        ),
        pytest.param(
            BASE + "studio\n", 11, "must be valid YAML: could not find expected ':'", id="no colon"
        ),
        pytest.param(
            BASE + "\tstudio: {}\n", 10, "must be valid YAML: found character '\\t'", id="tab"
        ),
        pytest.param(
            BASE + "region: eu-west-2\n",
            10,
            "got region twice; must be unique. Line 3 has it already",
            id="key twice",
        ),
        pytest.param(
            BASE + "studio:\n  users: []\n  users: []\n",
            12,
            "studio: got users twice; must be unique. Line 11 has it already",
            id="key in a block twice",
        ),
        pytest.param(
            BASE + "---\n" + BASE, 10, "got another document; must be one", id="two documents"
        ),
        pytest.param(
            BASE + "owner2: *team\n",
            10,
            "owner2: got *team; must follow the anchor &team",
            id="undefined alias",
        ),
    ],
)
def test_invalid_yaml(text: str, line: int, problem: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)

    [message] = faults(file)

    assert message.startswith(f"{file}:{line}: {problem}")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        pytest.param("", " must be a block of keys and values, such as name: dev", id="empty"),
        pytest.param("# Nothing yet\n", " must be a block of keys and values", id="comment only"),
        pytest.param("- name: base\n", " must be a block of keys and values", id="list"),
        pytest.param("base\n", " must be a block of keys and values", id="word"),
        pytest.param(
            BASE + "x: 2024-13-45\n",
            "10: x: got 2024-13-45; must be a valid timestamp",
            id="no date",
        ),
        pytest.param(
            BASE + "x: !!int one\n", "10: x: got one; must be a valid int", id="no number"
        ),
        pytest.param("[" * 1000, "1: [0][0][0]", id="too deep"),
        pytest.param(BASE + "x: \0\n", " must be valid YAML: unacceptable character", id="zero"),
    ],
)
def test_wrong_as_a_whole(text: str, right: str, tmp_path: Path) -> None:
    file = write(tmp_path, text)

    [message] = faults(file)

    assert message.startswith(f"{file}:{right}")


def test_no_text(tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    file.write_bytes(b"name: \xff\n")

    [message] = faults(str(file))

    assert message == (
        f"{file}: got byte 0xff at position 6; must be text in UTF-8. Save the file as UTF-8"
    )


@pytest.mark.parametrize("value", ["{{ account }}", "<account>", "${ACCOUNT}"])
def test_quoted_placeholder(tmp_path: Path, value: str) -> None:
    [message] = faults(write(tmp_path, BASE.replace("123456789012", value)))

    assert message.endswith(
        f'account: got "{value}"; must be an AWS account id of 12 digits, in quotes. '
        "Replace the placeholder"
    )


def test_missing_file_and_folder(tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"

    assert faults(str(file)) == [f"{file}: no such file"]
    [message] = faults(str(tmp_path))
    assert message == (
        f"{tmp_path}: got a folder; must be a settings file. "
        f"For all files in it, use {tmp_path}/*.yaml"
    )


def test_several_faults_in_order_of_lines(tmp_path: Path) -> None:
    """Across blocks, with a missing key and unknown ones among wrong values."""
    text = BASE.replace("stage: development", "stage: dev").replace("region: eu-west-1", "regio: x")
    file = write(
        tmp_path,
        text + "colour: red\nstudio:\n  space_storage:\n    max_gib: 1\n  instance_type: ml.x\n",
    )

    messages = faults(file)

    assert [message.split(": ")[:2] for message in messages] == [
        [f"{file}:1", "region"],
        [f"{file}:3", "regio"],
        [f"{file}:4", "stage"],
        [f"{file}:10", "colour"],
        [f"{file}:13", "studio.space_storage.max_gib"],
        [f"{file}:14", "studio.instance_type"],
    ]


def test_several_faults_in_a_list(tmp_path: Path) -> None:
    """Every entry of a list tells its own, also where a rule joins two keys."""
    file = write(
        tmp_path,
        BASE
        + dedent(
            f"""\
            inference:
              endpoints:
                - name: One
                  image: {IMAGE}
                  instance_type: ml.c7i.large
                - name: two
                  instance_type: ml.c7i.large
                  instance_count: 9
                  image: {IMAGE}
                  autoscaling: {{max_instances: 2, invocations_per_instance: 1}}
                - name: three
                  image: python:3.11
                  instance_type: ml.c7i.large
                  data_capture: {{sampling_percentage: 200}}
            """
        ),
    )

    messages = faults(file)

    assert [message.split(": ")[:2] for message in messages] == [
        [f"{file}:12", "inference.endpoints[0].name"],
        [f"{file}:17", "inference.endpoints[1].instance_count"],
        [f"{file}:21", "inference.endpoints[2].image"],
        [f"{file}:23", "inference.endpoints[2].data_capture.sampling_percentage"],
    ]


def test_faults_of_all_files(tmp_path: Path) -> None:
    one = write(tmp_path, BASE.replace("name: base", "name: one"), "one")
    two = write(tmp_path, BASE.replace("name: base", "name: 2"), "two")
    three = write(tmp_path, BASE.replace("name: base", "nam: three"), "three")

    messages = faults(one, two, three)

    assert [message.split(": ")[:2] for message in messages] == [
        [f"{two}:1", "name"],
        [f"{three}:1", "nam"],
        [f"{three}:1", "name"],
    ]


def test_environment_twice(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    one, two = write(tmp_path, BASE), write(folder, BASE.replace("10.0.", "10.1."))

    assert faults(one, two) == [
        f'{two}:1: name: got "base"; must be unique: {one} has the same name'
    ]


def test_overlapping_networks(tmp_path: Path) -> None:
    one = write(tmp_path, BASE)
    two = write(tmp_path, BASE.replace("base", "two").replace("0.0.0/16", "0.128.0/20"), "two")

    [message] = faults(one, two)

    assert message.startswith(
        f'{two}:8: network.cidr: got "10.0.128.0/20"; must not overlap 10.0.0.0/16 of {one} '
        "in the same account and region"
    )


def test_same_database_of_two_environments(tmp_path: Path) -> None:
    """The parts of a name join to the same whole: ml + eu-raw, ml-eu + raw."""
    one = BASE.replace("base", "ml") + "lakehouse:\n  layers:\n    - name: eu-raw\n"
    two = BASE.replace("base", "ml-eu").replace("10.0.", "10.1.") + "lakehouse: {}\n"
    files = write(tmp_path, one, "ml"), write(tmp_path, two, "ml-eu")

    assert faults(*files) == [
        f'{files[1]}:10: lakehouse.layers[0].name: got "raw"; must be unique: {files[0]} also '
        f"creates the database ml_eu_raw in the same account and region"
    ]


def test_same_endpoint_of_two_environments(tmp_path: Path) -> None:
    inference = (
        f"inference:\n  endpoints:\n    - image: {IMAGE}\n      instance_type: ml.c7i.large\n"
    )
    one = BASE.replace("base", "ml") + inference + "      name: eu-churn\n"
    two = BASE.replace("base", "ml-eu").replace("10.0.", "10.1.") + inference
    files = write(tmp_path, one, "ml"), write(tmp_path, two + "      name: churn\n", "ml-eu")

    assert faults(*files) == [
        f'{files[1]}:14: inference.endpoints[0].name: got "churn"; must be unique: {files[0]} also '
        f"creates the endpoint ml-eu-churn in the same account and region"
    ]


def test_names_and_files_together(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="are mutually exclusive"):
        load_environments(names=["dev"], files=[write(tmp_path, BASE)])


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a checkout with the environments base and dev."""
    monkeypatch.chdir(tmp_path)
    folder = Path("environments")
    folder.mkdir()
    write(folder, BASE)
    write(folder, BASE.replace("base", "dev").replace("10.0.", "10.1."), "dev")
    return folder


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("bse", "did you mean base?"),
        ("production", "must be one of base, dev"),
        ("", "must be one of"),
    ],
)
@pytest.mark.usefixtures("environments")
def test_no_such_environment(name: str, right: str) -> None:
    """No other environment takes its place."""
    with pytest.raises(SettingsError) as caught:
        load_environments(names=["dev", name])

    assert str(caught.value).startswith(f"environments/{name}.yaml: no such environment; {right}")
    assert len(str(caught.value).splitlines()) == 1


def test_file_that_would_be_overlooked(environments: Path) -> None:
    (environments / "prod.yml").write_text(BASE)

    with pytest.raises(SettingsError, match=r"prod\.yml: must have the extension \.yaml"):
        load_environments()


def test_no_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match="environments: must contain settings files"):
        load_environments()


@pytest.mark.parametrize(
    ("context", "message"),
    [
        pytest.param({"files": "bad.yaml"}, "network.cidr: got ", id="wrong value"),
        pytest.param({"files": "absent.yaml"}, "absent.yaml: no such file", id="missing file"),
        pytest.param(
            {"environments": "absent"},
            "environments/absent.yaml: no such environment",
            id="no such environment",
        ),
    ],
)
def test_app_reports_the_error_and_writes_nothing(
    context: dict[str, str], message: str, tmp_path: Path
) -> None:
    write(tmp_path, BASE.replace("10.0.0.0/16", "10.0.0.0/30").replace("base", "bad"), "bad")
    if "files" in context:
        context = {"files": str(tmp_path / context["files"])}

    app = run_app(tmp_path / "cdk.out", context=context)

    assert app.returncode != 0
    assert app.stdout == ""
    [line] = app.stderr.splitlines()
    assert message in line
    assert not (tmp_path / "cdk.out").exists()
