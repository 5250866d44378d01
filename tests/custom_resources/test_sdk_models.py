"""Models that handlers bring for a runtime whose botocore is older."""

import json
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest

from operations import sdk_models
from sagemaker_platform.custom_resources.common import calls

FOLDER = Path(calls.__file__).with_name("models")


def test_extras_match_the_pinned_botocore() -> None:
    found = json.loads(sdk_models.FILE.read_text("utf-8"))
    assert found == sdk_models.extras(), "renew: python -m operations.sdk_models"


def test_an_older_botocore_learns_the_operations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = botocore.loaders.JSONFileLoader.load_file

    def older(self: Any, path: str) -> Any:
        data = read(self, path)
        if data and path.endswith("sagemaker/2017-07-24/service-2"):
            for name in sdk_models.OPERATIONS:
                del data["operations"][name]
            for shape, members in sdk_models.MEMBERS.items():
                for name in members:
                    del data["shapes"][shape]["members"][name]
            for name in [name for name in data["shapes"] if "InferenceRouter" in name]:
                del data["shapes"][name]
        return data

    monkeypatch.setattr(botocore.loaders.JSONFileLoader, "load_file", older)

    def operations(*paths: str) -> set[str]:
        loader = botocore.loaders.Loader(extra_search_paths=list(paths))
        return {*loader.load_service_model("sagemaker", "service-2")["operations"]}

    assert not {*sdk_models.OPERATIONS} & operations()
    assert {*sdk_models.OPERATIONS} <= operations(str(FOLDER))
