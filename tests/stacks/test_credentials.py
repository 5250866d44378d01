"""A credential in any free-form key of the settings is refused, without showing it."""

from pathlib import Path
from typing import Any

import pytest

from sagemaker_platform.catalog.credentials import find_argument
from stacks.credentials import find_credentials
from tests.bad_settings import BASE, faults, write

PASSWORD = "Hunter22-x"
TOKEN = "hf_" + "a1B2" * 9

REFUSED: dict[str, Any] = {
    "password": {"environment": {"DB_PASSWORD": PASSWORD}},
    "camel case": {"values": {"grafana": {"adminPassword": PASSWORD}}},
    "token": {"environment": {"HF_TOKEN": TOKEN}},
    "form alone": {"environment": {"X": TOKEN}},
    "URL": {"environment": {"X": f"postgresql://app:{PASSWORD}@db.example.com/shop"}},
    "argument": {"arguments": ["--epochs", "3", "--api-key", PASSWORD]},
    "argument with =": {"arguments": [f"--db-password={PASSWORD}"]},
    "Spark": {"spark": {"spark.hadoop.fs.s3a.secret.key": PASSWORD}},
    "pair": {"env": [{"name": "CLIENT_SECRET", "value": PASSWORD}]},
    "connection string": {"url": f"jdbc:postgresql://db/shop?user=a&password={PASSWORD}"},
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_finds_one_credential(data: Any) -> None:
    [(keys, message)] = find_credentials(data)

    assert keys[0] == next(iter(data))
    assert "AWS Secrets Manager" in message
    assert PASSWORD not in message
    assert TOKEN not in message


@pytest.mark.parametrize(
    "data",
    [
        {"DB_PASSWORD_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:db-a1B2c3"},
        {"DB_PASSWORD": "{{resolve:secretsmanager:db:SecretString:password}}"},
        {"DB_PASSWORD": "${DB_PASSWORD}", "HF_TOKEN": "$HF_TOKEN"},
        {"TOKENIZERS_PARALLELISM": "false", "MAX_TOKENS": "4096", "EOS_TOKEN": "stop"},
        {"HF_TOKEN_PATH": "/run/token", "API_KEY_FILE": "key.txt", "PASSWORD_FILE": "/a"},
        {"PARTITION_KEY": "day", "sort_key": "id", "key": "team", "MONKEY": "x"},
        {"imagePullSecret": "registry", "existingSecret": "grafana", "secretName": "tls"},
        {"url": "https://example.com:8443/a@b", "image": "repo/image@sha256:abc"},
        {"passwordLength": "32", "password": ""},
        {"persistence": {"token": {"secretName": "a"}}},
    ],
)
def test_leaves_other_values_alone(data: Any) -> None:
    assert list(find_credentials(data)) == []


def test_argument_without_a_credential() -> None:
    assert find_argument(["--max-tokens", "4096", "--token-file", "/run/x", "--sort-key=a"]) is None


def test_a_file_with_a_credential_is_refused_at_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, BASE + f'tags:\n  team: ml\n  note: "{TOKEN}"\n')

    [message] = faults(file)

    line = BASE.count("\n") + 3
    assert message.startswith(f"{file}:{line}: tags.note: got a value that looks like a token")
    assert TOKEN not in message
