"""The table of images is made of what AWS's package says."""

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from operations import images
from tests.operations import program
from tests.support import ROOT

REGISTRIES = {"eu-west-1": "111111111111", "us-iso-east-1": "222222222222"}
VERSION = {"registries": REGISTRIES, "repository": "repository"}


def data(**files: Any) -> dict[str, Any]:
    """Return data of all files: empty, if not given."""
    empty: dict[str, Any] = {"versions": {}, "processors": []}
    both = {"inference": empty, "inference_graviton": empty}
    return {
        family.file: files.get(
            family.file.replace("-", "_"), both if family.scope is not None else empty
        )
        for family in images.FAMILIES
    }


def table(**files: Any) -> dict[str, Any]:
    return images.make_table(data(**files), source="test")


def test_processor_python_and_container_are_in_the_tag() -> None:
    version = {
        **VERSION,
        "py_versions": ["py311", "py312"],
        "tag_prefix": "9.0",
        "container_version": {"gpu": "cu999-ubuntu"},
    }
    found = table(vllm={"inference": {"versions": {"9.0.0": version}, "processors": ["gpu"]}})
    assert found["frameworks"]["vllm"] == {
        "9.0.0": {
            "gpu": {
                "repository": "repository",
                "tag": "9.0-gpu-py312-cu999-ubuntu",
                "registry": "registry-1",
            }
        }
    }
    assert found["registries"] == {"registry-1": {"eu-west-1": "111111111111"}}


def test_parts_that_are_not_there_leave_no_gap() -> None:
    versions = {"versions": {"2.0.0": VERSION}, "processors": ["cpu", "gpu"]}
    found = table(tensorflow={"inference": versions})["frameworks"]["tensorflow"]["2.0.0"]
    assert [image["tag"] for image in found.values()] == ["2.0.0-cpu", "2.0.0-gpu"]


def test_only_the_newest_versions_are_kept_in_order() -> None:
    versions = {f"0.{minor}.0": VERSION for minor in (8, 10, 9, 7, 11)}
    found = table(djl_lmi={"versions": {**versions, "latest": VERSION}})
    assert list(found["frameworks"]["djl-lmi"]) == ["0.11.0", "0.10.0", "0.9.0", "0.8.0"]


def test_hugging_face_is_built_on_the_newest_pytorch() -> None:
    bases = {"version_aliases": {}, "pytorch2.10.0": VERSION, "pytorch2.9.0": VERSION}
    found = table(huggingface={"inference": {"versions": {"5.0.0": bases}, "processors": ["cpu"]}})
    image = found["frameworks"]["huggingface"]["5.0.0"]["cpu"]
    assert image["tag"] == "2.10.0-transformers5.0.0-cpu"


def test_triton_names_no_gpu() -> None:
    version = {**VERSION, "tag_prefix": "26.05-py3"}
    found = table(
        sagemaker_tritonserver={"versions": {"26.05": version}, "processors": ["cpu", "gpu"]}
    )["frameworks"]["tritonserver"]["26.05"]
    assert {name: image["tag"] for name, image in found.items()} == {
        "cpu": "26.05-py3-cpu",
        "gpu": "26.05-py3",
    }


def test_graviton_stands_beside_the_others() -> None:
    one = {"versions": {"2.0.0": VERSION}, "processors": ["cpu"]}
    arm = {"versions": {"2.0.0": {**VERSION, "repository": "arm"}}, "processors": ["cpu"]}
    found = table(pytorch={"inference": one, "inference_graviton": arm})
    images_of = found["frameworks"]["pytorch"]["2.0.0"]
    assert images_of["graviton"]["repository"] == "arm"
    assert images_of["graviton"]["tag"] == "2.0.0-cpu-sagemaker"


def test_a_package_of_another_form_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "sagemaker_core-9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("sagemaker/core/image_uri_config/vllm.json", "{}")
    with pytest.raises(SystemExit, match=r"lacks .*djl-lmi\.json.*: its format has changed"):
        images.read_package(wheel)


def test_the_command_writes_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        folder, wanted = Path(command[command.index("--dest") + 1]), command[-1]
        assert wanted == f"sagemaker-core=={images.PINNED}"
        wheel = folder / f"sagemaker_core-{images.PINNED}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in data(djl_lmi={"versions": {"1.0.0": VERSION}}).items():
                file = f"sagemaker/core/image_uri_config/{name}.json"
                archive.writestr(file, json.dumps(content))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", download)
    monkeypatch.setattr(images, "TABLE", tmp_path / "images.json")
    assert program.run("images") == 0
    written = json.loads((tmp_path / "images.json").read_text("utf-8"))
    assert list(written["frameworks"]["djl-lmi"]) == ["1.0.0"]


def test_a_download_that_fails_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: subprocess.CompletedProcess[str] = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(subprocess, "run", lambda command, check: failed)
    with pytest.raises(SystemExit, match=r"sagemaker-core 0\.0 cannot be downloaded"):
        images.download("0.0", tmp_path)


def test_the_checked_in_table_is_of_the_pinned_version() -> None:
    text = (ROOT / images.TABLE).read_text("utf-8")
    table = json.loads(text)
    assert table["source"] == f"sagemaker-core {images.PINNED}, by operations/images.py"
    assert images.to_text(table) == text
