"""Every resource type of the typical and the example templates is carried, and labelled."""

from pathlib import Path

from operations.assembly import Assembly
from operations.rehearsal import report
from operations.rehearsal.rehearsal import Rehearsal


def test_all_types_of_typical_and_example_templates_are_carried(
    rehearsal: Rehearsal, typical: Path, examples: Path
) -> None:
    unknown: set[tuple[str, str]] = set()
    for stage in [*Assembly.read(typical).stages, *Assembly.read(examples).stages]:
        rows = []
        for stack in stage.stacks:
            types = stack.resource_types()
            labels = rehearsal.emulator.labels(sorted(set(types)), stack.region)
            rows += [(kind, labels[kind]) for kind in types]
        print(f"\n{stage.name}\n{report.table(rows, {})}")
        unknown |= {row for row in rows if row[1] not in report.LABELS}
    assert not unknown


def test_a_label_says_how_far_a_type_is_carried(rehearsal: Rehearsal) -> None:
    expected = {
        "AWS::S3::Bucket": "native",
        "Custom::Anything": "native",
        "AWS::SageMaker::Domain": "bridged",
        "AWS::EC2::NatGateway": "recorded",
        # There is no API of Kubernetes, nor the team's chart.
        "Custom::AWSCDK-EKS-HelmChart": "recorded",
        "Custom::AWSCDK-EKS-KubernetesResource": "recorded",
        "Custom::PinnedChart": "recorded",
    }
    assert rehearsal.emulator.labels(list(expected), "eu-west-1") == expected


def test_a_type_without_a_schema_is_unknown(rehearsal: Rehearsal) -> None:
    types = ["AWS::SageMaker::Domian", "AWS::Made::Up", "AWS::CloudFormation::StackSet"]
    labels = rehearsal.emulator.labels(types, "eu-west-1")
    assert set(labels.values()) == {"unknown"}


def test_a_type_that_the_region_lacks_is_unknown(rehearsal: Rehearsal) -> None:
    kind = "AWS::SageMaker::ClusterSchedulerConfig"
    assert rehearsal.emulator.labels([kind], "us-east-1") == {kind: "bridged"}
    assert rehearsal.emulator.labels([kind], "us-west-2") == {kind: "unknown"}
