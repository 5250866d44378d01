"""Names that AWS or the nodes have taken are refused."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from stacks.fields import TagValue, UserName
from stacks.warehouse.settings import Identifier
from tests.bad_settings import BASE, faults, write


@pytest.mark.parametrize("word", ["user", "table", "public", "delta", "snapshot", "az64"])
def test_reserved_words_of_redshift_are_refused(word: str) -> None:
    adapter = TypeAdapter(Identifier)

    with pytest.raises(ValidationError, match="reserved word of Amazon Redshift"):
        adapter.validate_python(word)

    assert adapter.validate_python(f"{word}_1") == f"{word}_1"


@pytest.mark.parametrize(
    "name", ["daemon", "ec2-user", "systemd-network", "sshd", "www-data", "slurm", "sagemaker-user"]
)
def test_users_of_the_system_are_refused(name: str) -> None:
    adapter = TypeAdapter(UserName)

    with pytest.raises(ValidationError, match="not a user that the nodes already have"):
        adapter.validate_python(name)

    assert adapter.validate_python(f"my-{name}") == f"my-{name}"


@pytest.mark.parametrize("value", ["aws:team", "AWS:team", " team", "team ", "a*b"])
def test_invalid_tag_values_are_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="not beginning with aws:"):
        TypeAdapter(TagValue).validate_python(value)


def test_other_values_of_tags_are_accepted() -> None:
    assert TypeAdapter(TagValue).validate_python("team a: b+c@d") == "team a: b+c@d"


@pytest.mark.parametrize("name", ["aws-ml", "amazon-ml", "amzn", "ssm-dev", "sthree-dev"])
def test_names_of_aws_are_not_those_of_environments(name: str, tmp_path: Path) -> None:
    file = write(tmp_path, BASE.replace("name: base", f"name: {name}"), name)

    [line] = faults(file)

    assert f'name: got "{name}"; must not begin with' in line
