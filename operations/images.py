"""Renews the table of AWS container images: the verb `images`.

The source is the package `sagemaker-core`, which AWS publishes: it has one JSON file with the
images of each framework. A pinned version of the package is downloaded without its dependencies,
and only its data is read. The newest images that serve models are written to
`constructs/sagemaker_platform/catalog/images.json`; a synth reads only that file.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PINNED = "2.27.0"
TABLE = Path("constructs/sagemaker_platform/catalog/images.json")
_FOLDER = "sagemaker/core/image_uri_config/"
# Versions of a framework that are kept: older ones get no security patches.
_NEWEST = 4

_Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Family:
    """Images of one framework for one kind of instances.

    Args:
        framework: its name in settings.
        file: its file in the package.
        scope: part of the file. Omit it if the file has only one part.
        accelerators: which there are, where the file does not say.
        tag: the form of tags; parts that the file does not give are left out.
        processor: what the file calls the accelerator, if it is another word.
        kept: older versions that are kept, because newer ones lack a feature.
    """

    framework: str
    file: str
    scope: str | None = "inference"
    accelerators: tuple[str, ...] = ()
    tag: str = "{prefix}-{processor}-{python}-{container}"
    kept: tuple[str, ...] = ()
    processor: str | None = None


_NEURONX = "{prefix}-neuronx-{python}-{sdk}-{container}"

# As the package itself puts its tags together.
FAMILIES = (
    Family(
        framework="djl-lmi",
        file="djl-lmi",
        scope=None,
        accelerators=("gpu",),
        tag="{prefix}",
        # The last one that shards models for Fast Model Loader.
        kept=("0.33.0",),
    ),
    Family(
        framework="djl-neuronx",
        file="djl-neuronx",
        scope=None,
        accelerators=("neuron",),
        tag="{prefix}",
    ),
    Family(framework="huggingface", file="huggingface"),
    Family(
        framework="huggingface-neuronx",
        file="huggingface-neuronx",
        accelerators=("neuron",),
        tag=_NEURONX,
        processor="inf",
    ),
    Family(framework="huggingface-sglang", file="huggingface-sglang"),
    Family(framework="huggingface-tei", file="huggingface-tei"),
    Family(framework="huggingface-tei", file="huggingface-tei-cpu"),
    Family(framework="huggingface-tgi", file="huggingface-llm"),
    Family(
        framework="huggingface-tgi-neuronx",
        file="huggingface-llm-neuronx",
        accelerators=("neuron",),
        tag=_NEURONX,
        processor="inf2",
    ),
    Family(framework="huggingface-vllm", file="huggingface-vllm"),
    Family(
        framework="huggingface-vllm-neuronx",
        file="huggingface-vllm-neuronx",
        accelerators=("neuron",),
        tag=_NEURONX,
        processor="neuronx",
    ),
    Family(framework="pytorch", file="pytorch"),
    Family(
        framework="pytorch",
        file="pytorch",
        scope="inference_graviton",
        accelerators=("graviton",),
        tag="{prefix}-{processor}-{python}-{container}-sagemaker",
    ),
    Family(framework="sglang", file="sglang"),
    Family(framework="sklearn", file="sklearn"),
    Family(framework="tensorflow", file="tensorflow"),
    Family(framework="tritonserver", file="sagemaker-tritonserver", scope=None, tag="{triton}"),
    Family(framework="vllm", file="vllm"),
    Family(framework="xgboost", file="xgboost", accelerators=("cpu",), tag="{prefix}"),
)


def renew(version: str) -> None:
    """Renew the table from a version of the package, and print what it holds."""
    with tempfile.TemporaryDirectory() as folder:
        data = read_package(download(version, Path(folder)))
    table = make_table(data, source=f"sagemaker-core {version}")
    TABLE.write_text(to_text(table), "utf-8")
    for framework, versions in table["frameworks"].items():
        print(f"{framework}: {', '.join(versions)}")


def download(version: str, folder: Path) -> Path:
    """Download the package, without what it depends on.

    Raises:
        SystemExit: pip could not.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder)]
    run = subprocess.run([*command, f"sagemaker-core=={version}"], check=False)
    if run.returncode != 0:
        raise SystemExit(f"sagemaker-core {version} cannot be downloaded: see pip's words above")
    return next(folder.glob("sagemaker_core-*.whl"))


def read_package(wheel: Path) -> dict[str, Any]:
    """Return the data of each framework that this project uses, by the name of its file."""
    wanted = {f"{_FOLDER}{family.file}.json": family.file for family in FAMILIES}
    with zipfile.ZipFile(wheel) as archive:
        missing = sorted(set(wanted) - set(archive.namelist()))
        if missing:
            raise SystemExit(f"{wheel.name} lacks {', '.join(missing)}: its format has changed")
        return {name: json.loads(archive.read(file)) for file, name in wanted.items()}


def make_table(data: Mapping[str, Any], *, source: str) -> dict[str, Any]:
    """Return the table: for each framework its versions, the newest first, and registries.

    Accounts of registries differ by region, but are the same for many images: each such
    list is kept once.
    """
    frameworks: dict[str, dict[str, dict[str, Any]]] = {}
    for family in FAMILIES:
        versions = frameworks.setdefault(family.framework, {})
        for version, accelerator, image, accounts in _images(family, data[family.file]):
            versions.setdefault(version, {})[accelerator] = {**image, "registry": accounts}
    registries: list[dict[str, str]] = []
    kept: dict[str, dict[str, Any]] = {}
    for framework, versions in sorted(frameworks.items()):
        kept[framework] = {}
        ordered = sorted(versions, key=_order, reverse=True)
        older = {one for family in FAMILIES if family.framework == framework for one in family.kept}
        for version in [*ordered[:_NEWEST], *(v for v in ordered[_NEWEST:] if v in older)]:
            images = dict(sorted(versions[version].items()))
            for image in images.values():
                if image["registry"] not in registries:
                    registries.append(image["registry"])
                image["registry"] = f"registry-{registries.index(image['registry']) + 1}"
            kept[framework][version] = images
    return {
        "source": f"{source}, by operations/images.py",
        "frameworks": kept,
        "registries": {f"registry-{n}": accounts for n, accounts in enumerate(registries, 1)},
    }


def to_text(table: _Data) -> str:
    """Return the table as text: one line for each image and each registry."""
    text = json.dumps(table, indent=1)
    return re.sub(r"\{\n\s+\"(?:repository|\w+-\w+-\d)[^{}]*\}", _on_one_line, text) + "\n"


def _on_one_line(match: re.Match[str]) -> str:
    return re.sub(r"\s*\n\s*", " ", match[0])


def _images(
    family: Family, data: _Data
) -> Iterator[tuple[str, str, dict[str, str], dict[str, str]]]:
    """Return version, accelerator, image, and accounts by region."""
    data = data[family.scope] if family.scope else data
    for version, found in data["versions"].items():
        if not _order(version):
            continue
        entry, prefix = _of_version(version, found)
        accelerators = family.accelerators or entry.get("processors") or data["processors"]
        for accelerator in accelerators:
            processor = "cpu" if accelerator == "graviton" else accelerator
            words = {
                "prefix": prefix,
                "processor": processor,
                "python": (entry.get("py_versions") or [""])[-1],
                "container": entry.get("container_version", {}).get(
                    family.processor or processor, ""
                ),
                "sdk": (entry.get("sdk_versions") or [""])[-1],
                "triton": prefix if accelerator == "gpu" else f"{prefix}-{accelerator}",
            }
            tag = re.sub(r"-{2,}", "-", family.tag.format(**words)).rstrip("-")
            image = {"repository": entry["repository"], "tag": tag}
            yield version, accelerator, image, _open_to_all(entry["registries"])


def _of_version(version: str, found: _Data) -> tuple[_Data, str]:
    """Return what is said of a version, and what its tags begin with."""
    bases = [base for base in found if re.fullmatch(r"pytorch[\d.]+", base)]
    if not bases:
        return found, found.get("tag_prefix", version)
    base = max(bases, key=lambda name: _order(name.removeprefix("pytorch")))
    return found[base], f"{base.removeprefix('pytorch')}-transformers{version}"


def _open_to_all(accounts: Mapping[str, str]) -> dict[str, str]:
    return {region: accounts[region] for region in sorted(accounts) if "-iso" not in region}


def _order(version: str) -> list[int]:
    """Return a version as numbers, nothing for what is no full version."""
    if not re.fullmatch(r"\d+\.\d+([.-]\d+)*", version):
        return []
    return [int(number) for number in re.findall(r"\d+", version)]
