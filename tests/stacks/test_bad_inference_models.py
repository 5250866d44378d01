"""Faults in where a model comes from, and in what it runs on."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.bad_settings import BASE, Bad, check, faults, write

PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.0"


def model(id: str, lines: str, *, path: str, got: str | None, right: str, **others: str) -> Bad:
    """Add an endpoint of one model; the lines come after its name and instance type."""
    given = {"name": "churn", "instance_type": "ml.g5.2xlarge", **others}
    body = [f"{key}: {value}" for key, value in given.items()]
    body += dedent(lines).strip().splitlines()
    text = f"{BASE}inference:\n  endpoints:\n    -\n" + "".join(f"      {line}\n" for line in body)
    return Bad(id, text, f"inference.endpoints[0]{path}", got, right)


CASES = [
    model(
        "no container",
        "model_data: s3://models/churn/",
        name="churn # HERE",
        path=".image",
        got=None,
        right=(
            "must be given, unless there is framework or large_model or model_package or "
            "hub_content"
        ),
    ),
    model(
        "image and framework",
        f"""
        image: {IMAGE}
        framework: # HERE
          name: pytorch
          version: "2.6.0"
          accelerator: gpu
        """,
        path=".framework",
        got='{"name": "pytorch"',
        right="must not be combined with image. Remove one of them",
    ),
    *(
        model(
            f"draft model as {key}",
            f"""
            large_model: {{server: vllm, parameters_billions: 1}}
            model_data: s3://models/chat/
            {key}: s3://models/draft/ # HERE
            """,
            path=f".{key}",
            got='"s3://models/draft/"',
            right="is not known to CloudFormation, which creates models without",
        )
        for key in ("draft_model", "additional_model_data_sources")
    ),
    model(
        "framework and large model",
        """
        framework: {name: vllm, version: "0.30.0"}
        large_model: {server: vllm, weights_gib: 1} # HERE
        model_data: s3://models/chat/
        """,
        path=".large_model",
        got='{"server": "vllm"',
        right="must not be combined with framework. Remove one of them",
    ),
    model(
        "unknown framework",
        """
        framework:
          name: torch # HERE
          version: "2.6.0"
        """,
        path=".framework.name",
        got='"torch"',
        right="must be djl-lmi, djl-neuronx, huggingface,",
    ),
    model(
        "version that is no text",
        """
        framework:
          name: pytorch
          version: 2.6 # HERE
        """,
        path=".framework.version",
        got="2.6",
        right="must be a string. Put it in quotes",
    ),
    model(
        "unknown version",
        """
        framework:
          name: pytorch
          version: "9.0.0" # HERE
        """,
        path=".framework.version",
        got='"9.0.0"',
        right="of pytorch there is 2.6.0, ",
    ),
    model(
        "no accelerator for the instance type",
        """
        framework: # HERE
          name: pytorch
          version: "2.6.0"
        """,
        instance_type="ml.inf2.xlarge",
        path=".framework.accelerator",
        got=None,
        right="of pytorch 2.6.0 there is cpu, gpu or graviton, and ml.inf2.xlarge needs another",
    ),
    model(
        "accelerator without an image",
        """
        framework:
          name: xgboost
          version: "3.2-0"
          accelerator: gpu # HERE
        """,
        path=".framework.accelerator",
        got='"gpu"',
        right="of xgboost 3.2-0 there is cpu",
    ),
    model(
        "unknown accelerator",
        """
        framework:
          name: pytorch
          version: "2.6.0"
          accelerator: tpu # HERE
        """,
        path=".framework.accelerator",
        got='"tpu"',
        right="must be one of cpu, ",
    ),
    model(
        "image for GPUs on an instance without",
        """
        framework: # HERE
          name: vllm
          version: "0.30.0"
        """,
        instance_type="ml.c7i.large",
        path=".framework",
        got='"vllm"',
        right="does not run on ml.c7i.large: the image requires gpu, and the instance type has cpu",
    ),
    model(
        "image for x86 on Graviton",
        """
        framework: # HERE
          name: xgboost
          version: "3.2-0"
        """,
        instance_type="ml.c7g.large",
        path=".framework",
        got='"xgboost"',
        right=(
            "does not run on ml.c7g.large: the image requires cpu, and the instance type has "
            "graviton"
        ),
    ),
    model(
        "single file without a word on packing",
        f"""
        image: {IMAGE}
        model_data: s3://models/churn/model.pt # HERE
        """,
        path=".model_data",
        got='"s3://models/churn/model.pt"',
        right="for another single file set model_data_compression: none",
    ),
    model(
        "prefix that would be unpacked",
        f"""
        image: {IMAGE}
        model_data: s3://models/churn/
        model_data_compression: gzip # HERE
        """,
        path=".model_data_compression",
        got='"gzip"',
        right=(
            "applies only to a single file, because SageMaker copies a prefix unchanged. "
            "Remove the line"
        ),
    ),
    model(
        "packing of nothing",
        f"""
        image: {IMAGE}
        model_data_compression: none # HERE
        """,
        path=".model_data_compression",
        got='"none"',
        right="requires model_data to unpack",
    ),
    model(
        "large model of no size",
        """
        large_model: # HERE
          server: lmi
        model_data: s3://models/chat/
        """,
        path=".large_model",
        got='{"server": "lmi"}',
        right="must give the size of the model. Add parameters_billions or weights_gib",
    ),
    model(
        "large model of two sizes",
        """
        large_model:
          server: lmi
          parameters_billions: 8
          weights_gib: 15 # HERE
        model_data: s3://models/chat/
        """,
        path=".large_model.weights_gib",
        got="15",
        right="must not be combined with parameters_billions. Remove one of them",
    ),
    model(
        "unknown version of a server",
        """
        large_model:
          server: lmi
          version: "1.0" # HERE
          weights_gib: 15
        model_data: s3://models/chat/
        """,
        path=".large_model.version",
        got='"1.0"',
        right="of djl-lmi there is 0.38.0, ",
    ),
    model(
        "version of an own image",
        f"""
        image: {IMAGE}
        large_model:
          server: lmi
          version: "0.36.0" # HERE
          weights_gib: 15
        """,
        path=".large_model.version",
        got='"0.36.0"',
        right="applies only to AWS images, and image is given. Remove the line",
    ),
    model(
        "large model without data",
        "large_model: {server: vllm, weights_gib: 15} # HERE",
        path=".large_model",
        got='"vllm"',
        right=(
            "requires model_data with an S3 prefix, or HF_MODEL_ID in environment if the "
            "network has a NAT gateway"
        ),
    ),
    model(
        "large model that does not fit",
        """
        large_model: # HERE
          server: vllm
          parameters_billions: 70
        model_data: s3://models/chat/
        """,
        path=".large_model",
        got='"ml.g5.2xlarge"',
        right=(
            "does not fit: the model needs 156 GiB of accelerator memory, and of ml.g5.2xlarge it "
            "can use 20 GiB with a degree of 1; could hold it: ml.g6e.12xlarge, "
        ),
    ),
    model(
        "large model that nothing holds",
        """
        large_model: # HERE
          server: vllm
          parameters_billions: 5000
        model_data: s3://models/chat/
        """,
        path=".large_model",
        got='"ml.g5.2xlarge"',
        right="no instance type could hold it: use a smaller dtype, or fewer parameters",
    ),
    model(
        "large model without accelerators",
        """
        large_model: # HERE
          server: vllm
          parameters_billions: 1
        model_data: s3://models/chat/
        """,
        instance_type="ml.c7i.xlarge",
        path=".large_model",
        got='"ml.c7i.xlarge"',
        right="has no NVIDIA accelerators, which vllm runs on; could hold it: ml.g5.xlarge",
    ),
    model(
        "accelerators without the type",
        """
        large_model: # HERE
          server: vllm
          parameters_billions: 1
          dtype: bf16
        model_data: s3://models/chat/
        """,
        instance_type="ml.g4dn.xlarge",
        path=".large_model",
        got='"ml.g4dn.xlarge"',
        right="(compute capability 7.5) does not compute bf16; use fp16",
    ),
    model(
        "accelerators that are too old",
        """
        large_model: # HERE
          server: vllm
          parameters_billions: 1
          dtype: fp16
        model_data: s3://models/chat/
        """,
        instance_type="ml.p3.2xlarge",
        path=".large_model",
        got='"ml.p3.2xlarge"',
        right="NVIDIA V100 of ml.p3.2xlarge is too old for vllm",
    ),
    model(
        "more parts than accelerators",
        """
        large_model: # HERE
          server: vllm
          parameters_billions: 1
          tensor_parallel_degree: 4
        model_data: s3://models/chat/
        """,
        path=".large_model",
        got='"ml.g5.2xlarge"',
        right="parts the model among 4 accelerators, and ml.g5.2xlarge has 1",
    ),
    model(
        "package that was never looked up",
        "model_package: {latest_approved: churn} # HERE",
        path=".model_package",
        got='"latest approved of churn"',
        right="base.lock.json. Run ",
    ),
    model(
        "hub content that was never looked up",
        """
        hub_content: # HERE
          name: llama
          version: 1.2.0
        """,
        path=".hub_content",
        got='"SageMakerPublicHub llama 1.2.0"',
        right="base.lock.json. Run ",
    ),
    model(
        "package of two kinds",
        f"model_package: {{latest_approved: churn, arn: '{PACKAGE}'}} # HERE",
        path=".model_package",
        got='{"latest_approved": "churn"',
        right="must have one of arn and latest_approved",
    ),
    model(
        "package without a version",
        f"model_package: {{arn: '{PACKAGE[:-2]}'}} # HERE",
        path=".model_package.arn",
        got=f'"{PACKAGE[:-2]}"',
        right="must be the ARN of a version, such as arn:aws:sagemaker:",
    ),
    model(
        "group with a space",
        "model_package: {latest_approved: my models} # HERE",
        path=".model_package.latest_approved",
        got='"my models"',
        right="must be the name of a model package group, or its ARN",
    ),
    model(
        "data next to a package",
        f"""
        model_package: {{arn: '{PACKAGE}'}}
        model_data: s3://models/churn/ # HERE
        """,
        path=".model_data",
        got='"s3://models/churn/"',
        right="must be omitted, because it comes from model_package",
    ),
    model(
        "hub content of no version",
        """
        hub_content:
          name: llama
          version: latest # HERE
        """,
        path=".hub_content.version",
        got='"latest"',
        right="must be a version of three numbers, such as 1.2.0",
    ),
    model(
        "large model of a hub",
        """
        large_model: {server: vllm, weights_gib: 1}
        hub_content: {name: llama, version: 1.2.0} # HERE
        """,
        path=".hub_content",
        got='{"hub": "SageMakerPublicHub"',
        right="must not be combined with large_model. Remove one of them",
    ),
    model(
        "shards of no large model",
        f"""
        image: {IMAGE}
        model_data: s3://models/chat/
        fast_model_loader: {{}} # HERE
        """,
        path=".fast_model_loader",
        got="3",
        right="requires large_model with server lmi, which loads the shards",
    ),
    model(
        "shards for vLLM",
        """
        large_model: {server: vllm, weights_gib: 10}
        model_data: s3://models/chat/
        fast_model_loader: {max_hours: 1} # HERE
        """,
        path=".fast_model_loader",
        got="1",
        right="requires large_model with server lmi, which loads the shards",
    ),
    model(
        "shards of a packed file",
        """
        large_model: {server: lmi, weights_gib: 10}
        model_data: s3://models/chat/model.tar.gz
        fast_model_loader: {} # HERE
        """,
        path=".fast_model_loader",
        got="3",
        right="requires model_data with a prefix s3://bucket/prefix/, which the job shards",
    ),
    model(
        "shards for an instance type without the job",
        """
        large_model: {server: lmi, weights_gib: 10}
        model_data: s3://models/chat/
        fast_model_loader: {} # HERE
        """,
        instance_type="ml.p5.4xlarge",
        path=".fast_model_loader",
        got='"ml.p5.4xlarge"',
        right=(
            "does not support ml.p5.4xlarge; this model fits on ml.p4d.24xlarge, "
            "ml.p4de.24xlarge, ml.p5.48xlarge, ml.p5e.48xlarge, ml.p5en.48xlarge, ml.g5.xlarge"
        ),
    ),
    model(
        "shards behind network isolation",
        """
        large_model: {server: lmi, weights_gib: 10}
        model_data: s3://models/chat/
        network_isolation: true
        fast_model_loader: {} # HERE
        """,
        path=".fast_model_loader",
        got='"ml.g5.2xlarge"',
        right="requires containers that can read S3. Remove network_isolation",
    ),
    model(
        "revision of several words",
        """
        large_model: {server: lmi, weights_gib: 10}
        model_data: s3://models/chat/
        fast_model_loader: {revision: of today} # HERE
        """,
        path=".fast_model_loader.revision",
        got='"of today"',
        right="must be a word of letters, digits and ._-",
    ),
    model(
        "job of a week",
        """
        large_model: {server: lmi, weights_gib: 10}
        model_data: s3://models/chat/
        fast_model_loader: {max_hours: 168} # HERE
        """,
        path=".fast_model_loader.max_hours",
        got="168",
        right="must be at most 24",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def lock(folder: Path, **entry: object) -> None:
    content = {"models": {"SageMakerPublicHub llama 1.2.0": {"image": IMAGE, **entry}}}
    (folder / "base.lock.json").write_text(json.dumps(content), "utf-8")


def test_license_that_is_not_accepted(tmp_path: Path) -> None:
    lock(tmp_path, eula="s3://licenses/llama.txt")
    bad = model(
        "license",
        "hub_content: {name: llama, version: 1.2.0} # HERE",
        path=".hub_content.accept_eula",
        got="false",
        right="requires that you accept its license",
    )
    check(bad, tmp_path)


def test_instance_type_that_a_hub_does_not_name(tmp_path: Path) -> None:
    lock(tmp_path, instance_types=["ml.p4d.24xlarge", "ml.p5.48xlarge"])
    bad = model(
        "instance type",
        "hub_content: {name: llama, version: 1.2.0} # HERE",
        path=".hub_content",
        got='"SageMakerPublicHub llama 1.2.0"',
        right="does not run on ml.g5.2xlarge, but on ml.p4d.24xlarge, ml.p5.48xlarge",
    )
    check(bad, tmp_path)


def test_invalid_lock_file(tmp_path: Path) -> None:
    lock(tmp_path, images=IMAGE)
    bad = model("lock", "hub_content: {name: llama, version: 1.2.0}", path="", got=None, right="")
    [message] = faults(write(tmp_path, bad.text))
    assert "base.lock.json: must be a lock file" in message
    assert message.endswith(f"make models FILES={tmp_path / 'base.yaml'} writes a new one")


def test_shards_of_what_is_served_for_a_while(tmp_path: Path) -> None:
    bad = model(
        "experiment",
        f"""
        image: {IMAGE}
        instance_count: 1
        shadow_experiment:
          name: trial
          instance_type: ml.g5.2xlarge
          large_model: {{server: lmi, weights_gib: 10}}
          model_data: s3://models/chat/
          fast_model_loader: {{}} # HERE
        """,
        path=".shadow_experiment.fast_model_loader",
        got="3",
        right=(
            "must be omitted in a shadow experiment, which compares the model as it is. Remove "
            "the block"
        ),
    )
    check(bad, tmp_path)


def test_shards_for_several_instance_types(tmp_path: Path) -> None:
    bad = model(
        "pools",
        """
        large_model: {server: lmi, weights_gib: 10}
        model_data: s3://models/chat/
        fast_model_loader: {} # HERE
        """,
        path=".fast_model_loader",
        got='["ml.g5.2xlarge", "ml.g6.2xlarge"]',
        right="requires instance_type, because the model is sharded for one instance type",
    )
    old, new = "instance_type: ml.g5.2xlarge", "instance_pools: [ml.g5.2xlarge, ml.g6.2xlarge]"
    check(Bad(bad.id, bad.text.replace(old, new), bad.path, bad.got, bad.right), tmp_path)


def test_region_without_an_image(tmp_path: Path) -> None:
    bad = model(
        "region",
        """
        framework:
          name: vllm # HERE
          version: "0.30.0"
        """,
        path=".framework.name",
        got='"vllm"',
        right="is not in us-gov-east-1; vllm 0.30.0 is in af-south-1, ",
    )
    text = bad.text.replace("eu-west-1", "us-gov-east-1")
    check(Bad(bad.id, text, bad.path, bad.got, bad.right), tmp_path)
