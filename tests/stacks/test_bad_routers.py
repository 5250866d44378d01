"""Settings of inference routers with one fault each, also between two environments."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, faults, line_of_mark, write

CHAT = """\
endpoints:
  - name: chat
    image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/chat:1
    instance_type: ml.c7i.large
  - name: documents
    type: asynchronous
    image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/documents:1
    instance_type: ml.c7i.large
  - name: rules
    type: serverless
    image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/rules:1
    memory_mb: 2048
    max_concurrency: 5
  - name: shared
    type: inference_components
    instance_type: ml.g5.12xlarge
    components:
      - name: writer
        image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/writer:1
        compute: {accelerators: 1, min_memory_mb: 16384}
"""
AT = "routers[0].targets[0]"


def bad(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    block = f"inference:\n{indent(CHAT + dedent(lines).strip(), '  ')}\n"
    return Bad(id, BASE + block, f"inference.{path}", got, right)


def target(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add one router with one target."""
    text = "routers:\n  - name: models\n    targets:\n      - name: chat\n"
    return bad(id, text + indent(dedent(lines).strip(), " " * 8), path=path, got=got, right=right)


ELSEWHERE = "arn:aws:sagemaker:us-east-1:222222222222:endpoint/other-chat"
CASES = [
    target(
        "no destination",
        "destinations: [] # HERE",
        path=f"{AT}.destinations",
        got="[]",
        right="at least 1",
    ),
    target(
        "neither endpoint nor arn",
        "destinations: [{component: writer}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got=None,
        right="one of endpoint and arn",
    ),
    target(
        "endpoint and arn",
        f"destinations: [{{endpoint: chat, arn: {ELSEWHERE}}}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got='"chat"',
        right="one of endpoint and arn",
    ),
    target(
        "unknown endpoint",
        "destinations: [{endpoint: chta}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got='"chta"',
        right="did you mean chat?",
    ),
    target(
        "endpoint twice",
        "destinations:\n- endpoint: chat\n- endpoint: chat # HERE",
        path=f"{AT}.destinations[1].endpoint",
        got='"chat"',
        right="must be unique",
    ),
    target(
        "asynchronous endpoint in real time",
        "destinations: [{endpoint: documents}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got='"documents"',
        right="is asynchronous, but the target is not",
    ),
    target(
        "real-time endpoint in an asynchronous target",
        "asynchronous: {}\ndestinations: [{endpoint: chat}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got='"chat"',
        right="must be an asynchronous endpoint",
    ),
    target(
        "kinds mixed",
        "asynchronous: {}\ndestinations:\n- endpoint: documents\n- endpoint: chat # HERE",
        path=f"{AT}.destinations[1].endpoint",
        got='"chat"',
        right="must be an asynchronous endpoint",
    ),
    target(
        "serverless endpoint",
        "destinations: [{endpoint: rules}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got='"rules"',
        right="must have instances",
    ),
    target(
        "endpoint with components, without one",
        "destinations: [{endpoint: shared}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got='"shared"',
        right="component: one of writer",
    ),
    target(
        "unknown component",
        "destinations: [{endpoint: shared, component: wrtr}] # HERE",
        path=f"{AT}.destinations[0].component",
        got='"wrtr"',
        right="did you mean writer?",
    ),
    target(
        "component of an endpoint without any",
        "destinations: [{endpoint: chat, component: writer}] # HERE",
        path=f"{AT}.destinations[0].component",
        got='"writer"',
        right="which has none",
    ),
    target(
        "component in an asynchronous target",
        f"asynchronous: {{}}\ndestinations: [{{arn: {ELSEWHERE}, component: a}}] # HERE",
        path=f"{AT}.destinations[0].component",
        got='"a"',
        right="must be omitted in an asynchronous target, which supports endpoints only",
    ),
    target(
        "pools in real time",
        "routing_preference: instance_pool_order # HERE\ndestinations: [{endpoint: chat}]",
        path=f"{AT}.routing_preference",
        got='"instance_pool_order"',
        right="must be local_region_first",
    ),
    target(
        "pools of an endpoint with one type",
        "asynchronous: {}\nrouting_preference: instance_pool_order\n"
        "destinations: [{endpoint: documents}] # HERE",
        path=f"{AT}.destinations[0].endpoint",
        got='"documents"',
        right="two or more instance_pools",
    ),
    target(
        "backlog too short",
        "asynchronous: {max_backlog_seconds: 30} # HERE\ndestinations: [{endpoint: documents}]",
        path=f"{AT}.asynchronous.max_backlog_seconds",
        got="30",
        right="at least 60",
    ),
    target(
        "FIFO topic",
        "asynchronous: {error_topic_arn: 'arn:aws:sns:eu-west-1:123456789012:t.fifo'} # HERE\n"
        "destinations: [{endpoint: documents}]",
        path=f"{AT}.asynchronous.error_topic_arn",
        got='"arn:aws:sns',
        right="standard SNS",
    ),
    target(
        "ARN of a model",
        "destinations: [{arn: 'arn:aws:sagemaker:us-east-1:1:model/x'}] # HERE",
        path=f"{AT}.destinations[0].arn",
        got='"arn:aws',
        right="must be the ARN of an endpoint",
    ),
    target(
        "another partition",
        f"destinations: [{{arn: '{ELSEWHERE.replace('arn:aws:', 'arn:aws-cn:')}'}}] # HERE",
        path=f"{AT}.destinations[0].arn",
        got='"arn:aws-cn',
        right="must be in the partition of the environment, aws",
    ),
    target(
        "own endpoint by ARN",
        "destinations: [{arn: 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/base-chat'}]"
        " # HERE",
        path=f"{AT}.destinations[0].arn",
        got='"arn:aws:sagemaker:eu-west-1',
        right="Write endpoint: chat",
    ),
    bad(
        "router twice",
        "routers:\n- {name: a, targets: [{name: x, destinations: [{endpoint: chat}]}]}\n"
        "- {name: a, targets: [{name: x, destinations: [{endpoint: chat}]}]} # HERE",
        path="routers[1].name",
        got='"a"',
        right="must be unique: an earlier router has the same name if hyphens are ignored",
    ),
    bad(
        "target twice",
        "routers:\n- name: a\n  targets:\n  - {name: x, destinations: [{endpoint: chat}]}\n"
        "  - {name: x, destinations: [{endpoint: chat}]} # HERE",
        path="routers[0].targets[1].name",
        got='"x"',
        right="earlier target",
    ),
    bad(
        "alarm without routers",
        "router_alarm_minutes: 9 # HERE",
        path="router_alarm_minutes",
        got="9",
        right="Add routers",
    ),
]
# A key of an endpoint that is replaced in place of the first endpoint's instance type.
OF_ENDPOINT = [
    (
        "cap of 0 percent",
        "cross_region_traffic: {percent: 0, requests_per_second_per_instance: 9}",
        "cross_region_traffic.percent",
        "0",
        "at least 1",
    ),
    (
        "router of this account",
        "routers: ['arn:aws:sagemaker:us-east-1:123456789012:inference-router/x-models']",
        "routers[0]",
        '"arn:aws',
        "must be a router of another account",
    ),
    (
        "endpoint in place of a router",
        f"routers: ['{ELSEWHERE}']",
        "routers[0]",
        '"arn:aws',
        "must be the ARN of an inference router",
    ),
    (
        "bucket of a router at a real-time endpoint",
        "routed_data: []",
        "routed_data",
        None,
        "no such key",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_message(tmp_path: Path, bad: Bad) -> None:
    check(bad, tmp_path)


@pytest.mark.parametrize(("id", "line", "key", "got", "right"), OF_ENDPOINT)
def test_message_of_endpoint(
    tmp_path: Path, id: str, line: str, key: str, got: str | None, right: str
) -> None:
    text = f"{BASE}inference:\n{indent(CHAT, '  ')}"
    old = "    instance_type: ml.c7i.large\n"
    text = text.replace(f"  {old}", f"  {old}      {line} # HERE\n", 1)
    check(Bad(id, text, f"inference.endpoints[0].{key}", got, right), tmp_path)


HEADER = """\
name: {name}
account: "{account}"
region: {region}
stage: development
owner: ml-platform
cost_center: research
network: {{cidr: 10.{number}.0.0/16, availability_zones: [{region}a, {region}b]}}
inference:
"""
HERE = {"name": "west", "account": "111111111111", "region": "eu-west-1", "number": 1}
THERE = {"name": "east", "account": "222222222222", "region": "us-east-1", "number": 2}
ROUTER = "arn:aws:sagemaker:eu-west-1:111111111111:inference-router/west-models"
CALLED = "arn:aws:sagemaker:us-east-1:222222222222:endpoint/east-"


def router(name: str, more: str = "", component: str = "") -> str:
    part = f", component: {component}" if component else ""
    return f"""\
  routers:
    - name: models
      targets:
        - name: chat
          destinations: [{{arn: "{CALLED}{name}"{part}}}] # HERE
          {more}
"""


def endpoint(more: str = f"routers: ['{ROUTER}']", kind: str = "") -> str:
    return f"""\
  endpoints:
    - name: chat
      {kind}
      image: 222222222222.dkr.ecr.us-east-1.amazonaws.com/ml/chat:1
      instance_type: ml.c7i.large
      {more}
"""


def pair(folder: Path, here: str, there: str) -> list[str]:
    return [
        write(folder, HEADER.format(**HERE) + here, "west"),
        write(folder, HEADER.format(**THERE) + there, "east"),
    ]


ASYNCHRONOUS = "type: asynchronous"
DATA = (
    "routed_data: [{bucket_arn: 'arn:aws:s3:::west-requests', key_arn: "
    "'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'}]"
)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (router("chat"), endpoint()),
        (
            router("chat", "asynchronous: {}"),
            endpoint(f"routers: ['{ROUTER}']\n      {DATA}", ASYNCHRONOUS),
        ),
    ],
    ids=["real time", "asynchronous"],
)
def test_routers_that_fit_load(tmp_path: Path, here: str, there: str) -> None:
    files = pair(tmp_path, here, there)
    assert len(load_environments(files=files)) == 2
    # Nothing is judged that is not loaded.
    assert len(load_environments(files=files[:1])) == 1


@pytest.mark.parametrize(
    ("here", "there", "key", "right"),
    [
        pytest.param(router("chta"), endpoint(), "arn", "did you mean chat?", id="unknown"),
        pytest.param(
            router("chat"),
            endpoint(""),
            "arn",
            f"Add {ROUTER} to routers of endpoint chat of east",
            id="not admitted",
        ),
        pytest.param(
            router("chat"),
            endpoint(kind=ASYNCHRONOUS),
            "arn",
            "is asynchronous, but the target is not",
            id="other mode",
        ),
        pytest.param(
            router("chat", "asynchronous: {}"),
            endpoint(kind=ASYNCHRONOUS),
            "arn",
            "may read the router's requests",
            id="no bucket",
        ),
        pytest.param(
            router("chat", component="x"),
            endpoint(),
            "component",
            "which has none",
            id="component of no components",
        ),
    ],
)
def test_fault_between_environments(
    tmp_path: Path, here: str, there: str, key: str, right: str
) -> None:
    files = pair(tmp_path, here, there)
    line = line_of_mark(Path(files[0]).read_text("utf-8"))

    [message] = [one for one in faults(*files) if one.startswith(files[0])]

    start = f"{files[0]}:{line}: inference.routers[0].targets[0].destinations[0].{key}: got "
    assert message.startswith(start), message
    assert right in message


def test_router_that_does_not_call_an_endpoint(tmp_path: Path) -> None:
    files = pair(tmp_path, router("chat").replace("east-chat", "elsewhere-chat"), endpoint())

    [message] = faults(*files)

    assert message.startswith(f"{files[1]}:")
    assert "must be a router that calls this endpoint" in message


COMPONENTS = """\
inference:
  endpoints:
    - name: shared
      type: inference_components
      instance_type: ml.g5.12xlarge
      instance_count: 2
      components:
        - name: writer
          image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/writer:1
          compute: {{accelerators: 1, min_memory_mb: 16384}}
          copies: {copies}
          {more}
"""


@pytest.mark.parametrize(
    ("copies", "more", "key", "got", "right"),
    [
        (3, "deployment: {step_copies: 2} # HERE", "step_copies", "2", "5 to 50 percent"),
        (1, "deployment: {step_copies: 1} # HERE", "step_copies", "1", "of the copies (1 to 1)"),
        (
            4,
            "autoscaling: {min_copies: 1, max_copies: 4, invocations_per_copy: 9}\n"
            "          deployment: {step_copies: 1} # HERE",
            "step_copies",
            "1",
            "of the copies (1 to 4)",
        ),
        (
            4,
            "deployment: {step_percent: 25, step_copies: 1} # HERE",
            "step_copies",
            "1",
            "must not be combined with step_percent",
        ),
        (
            4,
            "deployment: {rollback_percent: 50, rollback_copies: 1} # HERE",
            "rollback_copies",
            "1",
            "must not be combined with rollback_percent",
        ),
    ],
)
def test_batch_of_copies(
    tmp_path: Path, copies: int, more: str, key: str, got: str, right: str
) -> None:
    text = BASE + COMPONENTS.format(copies=copies, more=more)
    path = f"inference.endpoints[0].components[0].deployment.{key}"
    check(Bad("batch", text, path, got, right), tmp_path)


def test_batch_of_copies_that_fits_loads(tmp_path: Path) -> None:
    text = BASE + COMPONENTS.format(copies=4, more="deployment: {step_copies: 2}")
    assert load_environments(files=[write(tmp_path, text)])
