"""An environment of 500 users, 50 teams, 30 endpoints and 40 instance groups, in small stacks."""

from pathlib import Path

import pytest

from operations.bench.environments import large_settings, write
from stacks.inference.capacity import PARTITION, resources_of
from stacks.loading import SettingsError, load_environments
from stacks.settings import EnvironmentSettings
from tests.limits import above, template_sizes
from tests.support import StackTemplate, block_of, stacks, synthesized


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(large_settings(), tmp_path_factory.mktemp("large"))


@pytest.fixture(scope="module")
def large(file: Path) -> EnvironmentSettings:
    [environment] = load_environments(files=[str(file)])
    return environment


@pytest.fixture(scope="module")
def templates(file: Path) -> list[StackTemplate]:
    directory = file.parent / "cdk.out"
    synthesized(directory, file)
    return list(stacks(directory))


@pytest.mark.slow
def test_stacks_stay_below_the_limits(templates: list[StackTemplate]) -> None:
    assert above((size for one in templates for size in template_sizes(one)), share=0.8) == []


@pytest.mark.slow
def test_everything_is_made_once(templates: list[StackTemplate]) -> None:
    def names(kind: str, key: str) -> list[str]:
        return [one[key] for found in templates for one in found.of_type(kind)]

    people = names("AWS::SageMaker::UserProfile", "UserProfileName")
    assert len(people) == len(set(people)) > 500
    endpoints = names("AWS::SageMaker::Endpoint", "EndpointName")
    assert sorted(endpoints) == sorted(f"large-endpoint-{number}" for number in range(30))
    assert len(names("AWS::SageMaker::ComputeQuota", "Name")) == 50
    [groups] = [
        one["InstanceGroups"]
        for found in templates
        for one in found.of_type("AWS::SageMaker::Cluster")
    ]
    assert len(groups) == 40


@pytest.mark.slow
def test_an_endpoint_takes_no_more_than_is_reckoned(
    large: EnvironmentSettings, templates: list[StackTemplate]
) -> None:
    assert block_of(large, "inference") is not None
    for number, share in block_of(large, "inference").shares.items():
        [found] = [one for one in templates if one.name == f"inference-{number}"]
        reckoned = sum(map(resources_of, share.endpoints))
        assert len(found.resources()) <= reckoned <= 400


def test_no_endpoint_moves_when_others_come_and_go(large: EnvironmentSettings) -> None:
    inference = block_of(large, "inference")
    endpoints, stacks_of_them = inference.endpoints, inference.endpoint_stacks

    def places(some: slice) -> dict[str, int]:
        shares = PARTITION.split(endpoints[some], stacks_of_them)
        return {one.name: number for number, share in shares.items() for one in share}

    everywhere = places(slice(None))
    assert set(everywhere.values()) == {1, 2, 3, 4}
    assert places(slice(None, None, 3)).items() <= everywhere.items()
    assert places(slice(None, None, -1)) == everywhere


def test_more_endpoints_than_a_stack_takes_are_refused(tmp_path: Path) -> None:
    settings = large_settings()
    settings["inference"]["endpoint_stacks"] = 1
    with pytest.raises(SettingsError) as refused:
        load_environments(files=[str(write(settings, tmp_path))])
    message = str(refused.value)
    assert "inference.endpoint_stacks: got 1; puts more endpoints into one stack" in message
    assert "use 2" in message or "use 3" in message
