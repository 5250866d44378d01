"""The evidence as tables, whatever the format that shows them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from operations.evidence.evidence import Evidence
from operations.evidence.rules import STATES, Accepted, controls

_UNCLASSIFIED = "not classified"
# How the detail of a finding writes the output of another stack.
_OUTPUT = re.compile(
    r'\{"Fn::GetStackOutput":\{"StackName":"([^"]+)"[^{}]*"OutputName":'
    r'"(?:PublishOutput)?(?:FnGetAtt|Ref)?([^"]+)"\}\}'
)
Cell = str | int | Sequence[str]
"""Text, a number, or names, which a format may shorten."""


@dataclass(frozen=True)
class Section:
    """A table.

    Attributes:
        key: its name for programs.
        title: its heading.
        text: how to read it.
        headings: of its columns.
        rows: cells by row.
        folded: whether a page shows it on request only.
    """

    key: str
    title: str
    text: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    folded: bool = False


def signature(evidence: Evidence) -> list[tuple[str, str]]:
    """Return what the evidence is of, as pairs."""
    one = evidence.signature
    commit = one.commit or "no git repository"
    return [
        ("commit", f"{commit}, with changes that are not committed" if one.dirty else commit),
        ("templates (SHA-256)", one.templates),
        ("account", evidence.account),
        ("region", evidence.region),
        ("checks", f"cdk-nag {one.checks}"),
    ]


def sections(evidence: Evidence) -> Iterator[Section]:
    """Yield the tables of the evidence of one environment."""
    yield _summary(evidence)
    yield Section(
        "stores",
        "Where is data, and how is it protected?",
        "Each store with the class of its data, whose key encrypts it, how long it keeps data, and "
        "what becomes of it when its stack is deleted. A store is named by its stack and its place "
        "in it; `kept` means that it stays in the account.",
        ("store", "holds", "class", "encryption", "retention", "when its stack is deleted", "type"),
        [
            (
                one.place,
                one.holds,
                one.data_class or _UNCLASSIFIED,
                one.encryption,
                one.retention,
                one.deletion,
                one.type,
            )
            for one in evidence.stores
        ],
    )
    yield Section(
        "reach",
        "Which personas reach which class of data?",
        "What Lake Formation and IAM allow together, decided by the authorizer of `make access`. "
        "Grants that were made by hand in the account are not known. `prod_raw` is a database, "
        "`prod_raw.*` its tables, `lakehouse/RawLayer/Bucket` a store of the table above, and "
        "`s3://…` a bucket outside the environment, such as AWS's buckets of models. `write` "
        "changes rows of tables; `put tables over` creates tables from files of the bucket.",
        ("class", "persona", "may", "data"),
        [
            (one.data_class or _UNCLASSIFIED, one.persona, one.may, one.data)
            for one in evidence.reach
        ],
    )
    yield Section(
        "models",
        "Which models are registered, for what, and who approves them?",
        "Groups of the model registry. The authorizer of `make access` decides which personas may "
        "approve a version; `sagemaker-platform trace` shows who did.",
        ("group", "risk", "intended use", "approved by"),
        [
            (one.group, one.risk or "not rated", one.intended_use or "not given", one.approvers)
            for one in evidence.models
        ],
    )
    yield Section(
        "network",
        "Who reaches the environment, and what does it reach?",
        "`open`: reachable from the internet, or connected with it. `way`: leads out of the VPC, "
        "to services of AWS or through a NAT gateway. `inside`: connected with the VPC only, or "
        "closed to the public. `logged`: traffic that is recorded.",
        ("kind", "what", "where"),
        [(one.kind, one.what, one.places) for one in evidence.exposure],
    )
    yield Section(
        "traceability",
        "What answers an auditor's questions?",
        "What the environment records. Where it records nothing, the last column says which "
        "setting adds the record; your company may keep it elsewhere.",
        ("question", "recorded in", "where"),
        [
            (
                one.question,
                one.answer if one.places else (one.otherwise or "not recorded"),
                one.places or (f"nowhere: add `{one.setting}` to the settings",),
            )
            for one in evidence.answers
        ],
    )
    yield Section(
        "acknowledged",
        "Which findings are accepted, and why?",
        "Findings of all checks of a synth. Each acknowledgement stands in the code next to the "
        "resource. The text in brackets after a rule is what it found, such as the resource of an "
        "IAM statement with a wildcard (`*`). Rules without the name of a standard are those of "
        "AwsSolutions, CloudFormation's linter (`W…`, `E…`) and this platform.",
        ("reason", "rules", "where"),
        list(_by_reason(evidence.accepted)),
    )
    yield Section(
        "exclusions",
        "What does AWS offer no control for?",
        "Controls that resources of this environment cannot have.",
        ("resource type", "missing control", "reason", "where", "source"),
        [
            (one.type, one.excluded, one.reason, one.places, one.source)
            for one in evidence.exclusions
        ],
    )
    yield from _rules(evidence)


def _summary(evidence: Evidence) -> Section:
    rows: list[tuple[Cell, ...]] = []
    numbered = list(controls(evidence.judged))
    for pack in dict.fromkeys(one.rule.pack for one in evidence.judged):
        of_rules = Counter(one.state for one in evidence.judged if one.rule.pack == pack)
        of_controls = Counter(one.state for one in numbered if one.pack == pack)
        for what, counted in (("rules", of_rules), ("controls", of_controls)):
            if what == "rules" or of_controls != of_rules:
                rows.append((pack, what, *(counted[state] for state in STATES)))
    return Section(
        "summary",
        "Summary",
        "A pack holds rules of cdk-nag for one standard: AwsSolutions (good practice of AWS), "
        "HIPAA, NIST 800-53 revision 5, or PCI DSS 3.2.1. A rule is `satisfied` if no resource "
        "that it looks at has a finding, `acknowledged` if each finding is accepted with a reason, "
        "`open` if one is not, and `no resource` if the environment has nothing that the rule "
        "looks at. A control of a standard has the worst state of the rules that stand for it. "
        "A rule proves what is in templates, not what people do.",
        ("pack", "count of", *STATES),
        rows,
    )


def _by_reason(accepted: Iterable[Accepted]) -> Iterator[tuple[Cell, ...]]:
    found: dict[str, list[Accepted]] = {}
    for one in accepted:
        found.setdefault(one.reason, []).append(one)
    for reason, ones in sorted(found.items()):
        yield (
            reason,
            tuple(sorted({_OUTPUT.sub(r"<\1: \2>", one.rule) for one in ones})),
            tuple(sorted({one.place for one in ones})),
        )


def _rules(evidence: Evidence) -> Iterator[Section]:
    used = [one for one in evidence.judged if one.state != "no resource"]
    yield Section(
        "rules",
        "Which resources satisfy which rule?",
        "Rules of cdk-nag that look at a resource of this environment. The second column is what "
        "the rule would find: no resource in `satisfied by` has this fault. A rule looks at all "
        "resources of its types; one that it does not apply to counts as satisfying it.",
        ("rule", "fault that it looks for", "state", "satisfied by", "accepted at", "open at"),
        [
            (
                one.rule.id,
                one.rule.title,
                one.state,
                one.satisfied,
                tuple(dict.fromkeys(each.place for each in one.accepted)),
                one.open,
            )
            for one in used
        ],
        folded=True,
    )
    yield Section(
        "controls",
        "Which controls are satisfied?",
        "Controls of the standards, and the rules of cdk-nag that stand for them. "
        "AwsSolutions has no numbered controls; its rules are above. The last two columns count "
        "pairs of a rule and a resource.",
        ("pack", "control", "state", "rules", "checks satisfied", "findings accepted"),
        [
            (one.pack, one.id, one.state, one.rules, one.satisfied, one.accepted)
            for one in controls(evidence.judged)
            if one.id not in one.rules
        ],
        folded=True,
    )
    without: dict[str, list[str]] = {}
    for one in evidence.judged:
        if one.state == "no resource":
            without.setdefault(one.rule.pack, []).append(
                one.rule.id.removeprefix(f"{one.rule.pack}-")
            )
    yield Section(
        "no_resource",
        "Which rules have no resource?",
        "Rules for resource types that this environment does not have.",
        ("pack", "rules"),
        [(pack, tuple(names)) for pack, names in without.items()],
        folded=True,
    )
