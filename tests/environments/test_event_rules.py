"""Rules of EventBridge match exactly the events that they are for.

Each environment gets the events of what its templates make, in states that AWS sends, and events of
resources that are not its own.
"""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from operations.access.world import Environment, World
from tests.event_patterns import PatternError, matches
from tests.events_of import Fact, events_of

UNHEALTHY = {"FAILED", "OUT_OF_SERVICE", "ROLLING_BACK", "UPDATE_ROLLBACK_FAILED"}
ARRIVALS = {"churn/customers/_SUCCESS", "churn/customers/2026/11/_SUCCESS"}
Expected = Callable[[Fact, re.Match[str], Environment], bool]


# Descriptions of rules, and which facts each is for.
RULES: dict[str, Expected] = {
    r"Endpoint (\S+) failed or rolled an update back": lambda fact, found, _: (
        fact.kind == "Endpoint" and fact.name == found[1] and fact.state in UNHEALTHY
    ),
    r"Batch transform jobs (\S+)-\* that failed": lambda fact, found, _: (
        fact.kind == "TransformJob" and fact.name == found[1] and fact.state == "Failed"
    ),
    r"Events of HyperPod clusters": lambda fact, _, place: (
        fact.kind in ("Cluster", "Node", "ClusterEvent") and fact.name.startswith(place.name)
    ),
    r"Executions of the pipeline (\S+) that failed": lambda fact, found, _: (
        fact.kind == "Pipeline" and fact.name == found[1] and fact.state == "Failed"
    ),
    r"Monitors of (\S+) that found violations or failed": lambda fact, found, _: (
        fact.kind == "Monitor" and fact.name == found[1] and fact.state in ("violated", "failed")
    ),
    r"Violations start the pipeline \S+": lambda fact, _, place: (
        fact.kind == "Monitor"
        and fact.name == f"{place.name}-churn"
        and fact.state == "violated"
        and fact.more in ("DataQuality", "ModelQuality")
    ),
    r"Approved versions of models": lambda fact, _, place: (
        fact.kind == "Package"
        and fact.name in (f"{place.name}-churn", f"{place.name}-fraud")
        and fact.state in ("approved", "approved+")
    ),
    r"Starts the pipeline \S+ when data have arrived": lambda fact, _, __: (
        fact.kind == "Object" and "-lakehouse-raw" in fact.name and fact.state in ARRIVALS
    ),
    r"Redacts captured requests": lambda fact, _, __: (
        fact.kind == "Object"
        and "redaction" in fact.name
        and fact.state.startswith("inference-complete-churn/")
        and fact.state.endswith(".jsonl")
    ),
    r"Access from outside that IAM Access Analyzer finds": lambda fact, _, __: (
        fact.kind == "AccessFinding" and fact.state == "ACTIVE"
    ),
    r"Sensitive data that Macie finds in buckets of the environment": lambda fact, _, __: (
        fact.kind == "MacieFinding"
        and fact.name.startswith("audit-complete-")
        and fact.state.startswith("SensitiveData:")
    ),
    r"A crawler failed": lambda fact, _, __: (
        fact.kind == "Crawler" and fact.name != "elsewhere" and fact.state == "Failed"
    ),
    r"(\S+): data is worse than its rules allow": lambda fact, found, _: (
        fact.kind == "Score" and fact.name == found[1] and fact.state == "0.1"
    ),
}
# Kinds of facts by the kinds of `events`, whose rules are described by the states that they tell.
NOTICES = {
    "training jobs": "TrainingJob",
    "processing jobs": "ProcessingJob Monitor",
    "transform jobs": "TransformJob",
    "tuning jobs": "HyperParameterTuningJob",
    "endpoints": "Endpoint",
    "clusters": "Cluster",
    "cluster nodes": "Node",
    "model packages": "Package",
    "model approvals": "Package",
    "pipelines": "Pipeline",
}
STATES_OF_PACKAGES = {"failed": "Failed", "approved": "Approved", "approved+": "Approved"} | {
    "rejected": "Rejected"
}


def is_notice(fact: Fact, found: re.Match[str], place: Environment) -> bool:
    """Whether a rule of `events` tells of a fact."""
    if fact.kind not in NOTICES[found[1]].split():
        return False
    state = STATES_OF_PACKAGES.get(fact.state, fact.state)
    state = {"violated": "Completed", "ok": "Completed", "failed": "Failed"}.get(state, state)
    if state not in found[2].split(", "):
        return False
    # The complete example tells of names that begin like this, the other of all.
    mine = fact.name.startswith((f"{place.name}-", "pipelines-")) and fact.kind != "Monitor"
    return mine or place.name == "events-minimal"


RULES[r"Notices of ([a-z ]+): (.+)"] = is_notice


def faults(world: World) -> Iterator[str]:
    """Yield each rule that matches other events than it should."""
    for place in world.environments.values():
        events = events_of(place)
        for rule in place.of_type("AWS::Events::Rule"):
            if "EventPattern" not in rule.properties:
                continue
            text = str(rule.properties["Description"])
            known = [(found, one) for p, one in RULES.items() if (found := re.fullmatch(p, text))]
            if not known:
                yield f"{place.name} {rule.path}: {text!r} has no line in RULES"
                continue
            [(found, expected)] = known
            wanted = {fact for fact in events if expected(fact, found, place)}
            matched = {
                fact
                for fact, one in events.items()
                if matches(rule.properties["EventPattern"], one)
            }
            if not wanted and not text.startswith("Notices"):
                yield f"{place.name} {rule.path}: no event is for it"
            for fact in sorted(wanted ^ matched, key=str):
                what = "does not match" if fact in wanted else "matches"
                yield f"{place.name} {rule.path}: {what} {fact}"


def test_rules_match_their_events_and_no_others(examples: Path) -> None:
    assert list(faults(World.read(examples))) == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.sagemaker"]}, True),
        ({"source": ["aws.s3", "aws.sagemaker"], "region": ["eu-west-1"]}, True),
        ({"source": ["aws.sagemaker"], "region": ["us-east-1"]}, False),
        ({"detail": {"name": [{"prefix": "dev-"}]}}, True),
        ({"detail": {"name": [{"prefix": {"equals-ignore-case": "DEV-"}}]}}, True),
        ({"detail": {"name": [{"suffix": "churn"}, {"prefix": "x"}]}}, True),
        ({"detail": {"name": [{"wildcard": "d*-*n"}]}}, True),
        ({"detail": {"name": [{"wildcard": "d*x"}]}}, False),
        ({"detail": {"name": [{"anything-but": {"prefix": "dev"}}]}}, False),
        ({"detail": {"name": [{"anything-but": ["a", "b"]}]}}, True),
        ({"detail": {"none": [{"anything-but": ["a"]}]}}, False),
        ({"detail": {"version": [{"numeric": [">", 5, "<=", 7]}]}}, True),
        ({"detail": {"version": [{"numeric": ["=", 8]}]}}, False),
        ({"detail": {"version": ["7"]}}, False),
        ({"detail": {"none": [{"exists": False}]}}, True),
        ({"detail": {"none": {"below": [{"exists": False}]}}}, True),
        ({"detail": {"none": {"below": ["x"]}}}, False),
        ({"detail": {"name": [{"exists": True}]}}, True),
        ({"detail": {"items": [{"exists": True}]}}, False),
        ({"detail": {"fields": ["b"]}}, True),
        ({"detail": {"items": {"a": [1], "b": [2]}}}, True),
        # Of one object, not of two.
        ({"detail": {"items": {"a": [1], "b": [4]}}}, False),
        ({"$or": [{"source": ["x"]}, {"region": ["eu-west-1"]}]}, True),
        ({"$or": [{"source": ["x"]}, {"region": ["x"]}]}, False),
        ({"detail": {"ip": [{"cidr": "10.0.0.0/8"}]}}, True),
        ({"detail": {"ip": [{"cidr": "192.168.0.0/16"}]}}, False),
    ],
)
def test_patterns_are_evaluated_as_documented(pattern: Any, expected: bool) -> None:
    given = {
        "source": "aws.sagemaker",
        "region": "eu-west-1",
        "detail": {
            "name": "dev-churn",
            "version": 7,
            "fields": ["a", "b"],
            "items": [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
            "ip": "10.1.2.3",
        },
    }
    assert matches(pattern, given) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"source": "aws.s3"},
        {"source": []},
        {"source": [{"like": "aws"}]},
        {"source": [{"wildcard": "aws.**"}]},
    ],
)
def test_wrong_patterns_are_refused(pattern: Any) -> None:
    with pytest.raises(PatternError):
        matches(pattern, {"source": "aws.s3"})


def lost(world: World) -> Iterator[str]:
    """Yield each rule whose undelivered events would be lost."""
    for place in world.environments.values():
        queues = {one.arn: one for one in place.of_type("AWS::SQS::Queue")}
        policies = [one.properties for one in place.of_type("AWS::SQS::QueuePolicy")]
        for rule in place.of_type("AWS::Events::Rule"):
            for target in rule.properties["Targets"]:
                service = str(target["Arn"]).split(":")[2]
                if service not in ("sns", "sagemaker", "events"):
                    continue  # Log groups have no queue; functions have their own.
                queue = queues.get(target.get("DeadLetterConfig", {}).get("Arn"))
                if queue is None:
                    yield f"{place.name} {rule.path}: has no dead-letter queue"
                    continue
                senders = [
                    str(arn)
                    for policy in policies
                    if queue.ref in map(str, policy["Queues"])
                    for statement in policy["PolicyDocument"]["Statement"]
                    if statement["Principal"] == {"Service": "events.amazonaws.com"}
                    for operator in ("ArnLike", "ArnEquals")
                    for arn in _listed(
                        statement["Condition"].get(operator, {}).get("aws:SourceArn")
                    )
                ]
                if not any(fnmatchcase(str(rule.arn), one) for one in senders):
                    yield f"{place.name} {rule.path}: its queue accepts {senders}"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def test_undelivered_events_are_kept(examples: Path) -> None:
    assert list(lost(World.read(examples))) == []
