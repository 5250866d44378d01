import pytest

from sagemaker_platform.catalog import (
    ClusterInstanceType,
    ImageError,
    LargeModel,
    LargeModelError,
    LargeModelPlan,
    cluster_instance_types,
    find_image,
    find_instance_type,
    plan_large_model,
)
from sagemaker_platform.catalog.images import table
from sagemaker_platform.catalog.instances import instance_types
from sagemaker_platform.catalog.large_models import weights_gib
from stacks.sagemaker_api import instance_types as known_to_botocore
from stacks.sagemaker_api import regions


def plan(
    instance_type: str,
    *,
    billions: float,
    dtype: str = "bf16",
    degree: int | None = None,
    cache_gib: float | None = None,
    share_instance: bool = False,
) -> LargeModelPlan:
    model = LargeModel(
        server="lmi",
        weights_gib=weights_gib(parameters_billions=billions, dtype=dtype),
        dtype=dtype,
        tensor_parallel_degree=degree,
        cache_gib=cache_gib,
    )
    return plan_large_model(model, instance_type, share_instance=share_instance)


def test_every_hosting_instance_type_is_in_the_table() -> None:
    assert set(instance_types()) == set(known_to_botocore("ProductionVariantInstanceType"))
    for instance in instance_types().values():
        assert instance.vcpus > 0
        assert instance.memory_gib > 0
        assert bool(instance.accelerator) == bool(instance.accelerators)
        assert bool(instance.accelerators) == bool(instance.accelerator_memory_gib)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ml.c7i.large", "cpu"),
        ("ml.c7g.large", "graviton"),
        ("ml.g5.xlarge", "gpu"),
        ("ml.inf2.xlarge", "neuron"),
        ("ml.trn1.2xlarge", "neuron"),
        ("ml.dl1.24xlarge", None),
        ("ml.p6e-gb200.36xlarge", None),
    ],
)
def test_what_an_image_must_be_made_for(name: str, kind: str | None) -> None:
    assert find_instance_type(name).kind == kind


def test_unknown_instance_type() -> None:
    with pytest.raises(ValueError, match=r"got ml\.x9\.large"):
        find_instance_type("ml.x9.large")


def test_every_image_of_the_table_has_a_uri_in_each_of_its_regions() -> None:
    frameworks = table()["frameworks"]
    assert {"djl-lmi", "pytorch", "vllm", "xgboost"} <= set(frameworks)
    for framework, versions in frameworks.items():
        for version, images in versions.items():
            for accelerator, image in images.items():
                for region in set(table()["registries"][image["registry"]]) & set(regions()):
                    found = find_image(
                        framework=framework,
                        version=version,
                        accelerator=accelerator,
                        region=region,
                    )
                    assert f".ecr.{region}.amazonaws.com" in found.uri
                    assert found.accelerator == accelerator


def test_image_of_a_region() -> None:
    def uri(region: str) -> str:
        return find_image(framework="xgboost", version="1.7-1", region=region).uri

    assert uri("eu-west-1") == (
        "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    )
    assert ".dkr.ecr.cn-north-1.amazonaws.com.cn/" in uri("cn-north-1")


def test_newest_version_and_only_accelerator_need_not_be_said() -> None:
    newest = next(iter(table()["frameworks"]["vllm"]))
    found = find_image(framework="vllm", region="us-east-1")
    assert found == find_image(
        framework="vllm", version=newest, accelerator="gpu", region="us-east-1"
    )


@pytest.mark.parametrize(
    ("arguments", "part", "message"),
    [
        ({"framework": "caffe"}, "name", "must be djl-lmi, .* or xgboost"),
        ({"framework": "vllm", "version": "0.1"}, "version", "of vllm there is "),
        ({"framework": "pytorch"}, "accelerator", "there is cpu, gpu or graviton"),
        ({"framework": "vllm", "accelerator": "cpu"}, "accelerator", "there is gpu"),
        ({"framework": "vllm", "region": "moon-1"}, "region", "is not in moon-1; vllm .* is in "),
    ],
)
def test_what_is_not_there(arguments: dict[str, str], part: str, message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        find_image(**{"region": "eu-west-1", **arguments})
    assert caught.value.part == part


def test_an_endpoint_of_one_model_uses_all_accelerators() -> None:
    found = plan("ml.g6e.12xlarge", billions=8)
    assert found.tensor_parallel_degree == 4
    assert found.copies == 1


def test_a_shared_instance_gives_as_few_accelerators_as_hold_the_model() -> None:
    found = plan("ml.g6e.12xlarge", billions=8, share_instance=True)
    assert (found.tensor_parallel_degree, found.copies) == (1, 4)
    # A quarter of 384 GiB and 48 processors, less what the host keeps.
    assert found.min_memory_mib == 384 * 1024 * 3 // 16
    assert found.cpu_cores == 9
    assert plan("ml.g6e.12xlarge", billions=30, share_instance=True).tensor_parallel_degree == 2


def test_a_degree_that_is_given_is_used() -> None:
    assert plan("ml.g6e.12xlarge", billions=8, degree=2).tensor_parallel_degree == 2


@pytest.mark.parametrize(("dtype", "gib"), [("fp32", 29.8), ("bf16", 14.9), ("int4", 3.7)])
def test_size_of_weights(dtype: str, gib: float) -> None:
    assert weights_gib(parameters_billions=8, dtype=dtype) == pytest.approx(gib, abs=0.05)


def test_all_copies_of_a_shared_instance_fit_together() -> None:
    for name, instance in instance_types().items():
        try:
            found = plan(name, billions=8, share_instance=True)
        except LargeModelError:
            continue
        assert found.copies * found.tensor_parallel_degree <= instance.accelerators
        assert found.copies * found.min_memory_mib <= instance.memory_gib * 1024
        assert found.copies * found.cpu_cores <= instance.vcpus


def test_time_outs_grow_with_the_model_and_stay_below_the_limit() -> None:
    small, large = plan("ml.p5.48xlarge", billions=8), plan("ml.p5.48xlarge", billions=180)
    for name in ("model_data_download_timeout_seconds", "container_startup_timeout_seconds"):
        assert 60 <= getattr(small, name) < getattr(large, name) <= 3600
        assert getattr(large, name) % 60 == 0
    # 335 GiB at a quarter of a GiB per second, and five minutes.
    assert large.model_data_download_timeout_seconds == 1680
    huge = plan("ml.p6-b300.48xlarge", billions=800)
    assert huge.container_startup_timeout_seconds == 3600


def test_a_slow_network_takes_its_time() -> None:
    slow = find_instance_type("ml.g5.xlarge").network_gbps
    assert slow >= 2, "no accelerated instance is slower than what is counted on"


@pytest.mark.parametrize("server", ["lmi", "vllm"])
def test_environment_of_the_containers(server: str) -> None:
    model = LargeModel(server=server, weights_gib=60, dtype="bf16", max_model_len=8192)  # type: ignore[arg-type]
    found = dict(plan_large_model(model, "ml.g6e.12xlarge").environment)
    if server == "lmi":
        assert found == {
            "OPTION_TENSOR_PARALLEL_DEGREE": "4",
            "OPTION_MAX_MODEL_LEN": "8192",
            "OPTION_DTYPE": "bf16",
            "SERVING_FAIL_FAST": "true",
        }
    else:
        assert found == {
            "SM_VLLM_TENSOR_PARALLEL_SIZE": "4",
            "SM_VLLM_MAX_MODEL_LEN": "8192",
            "SM_VLLM_DTYPE": "bfloat16",
        }


def test_what_could_hold_a_model_does_hold_it() -> None:
    with pytest.raises(LargeModelError) as caught:
        plan("ml.g5.xlarge", billions=70)
    names = str(caught.value).split("could hold it: ")[1].split(", ")
    assert len(names) > 2
    for name in names:
        assert plan(name, billions=70).tensor_parallel_degree > 1


def test_a_larger_cache_needs_a_larger_instance() -> None:
    assert plan("ml.g5.xlarge", billions=7, cache_gib=2)
    with pytest.raises(LargeModelError, match="needs 33 GiB of accelerator memory"):
        plan("ml.g5.xlarge", billions=7, cache_gib=20)


def test_every_cluster_instance_type_is_in_the_table() -> None:
    assert set(cluster_instance_types()) == set(known_to_botocore("ClusterInstanceType"))
    for instance in cluster_instance_types().values():
        assert instance.vcpus > 0
        assert instance.memory_gib > 0
        assert bool(instance.accelerator) == bool(instance.accelerators)


@pytest.mark.parametrize(
    ("name", "slurm", "eks"),
    [
        # As AWS says in its guide.
        ("ml.p5.48xlarge", 32, 81),
        ("ml.p5e.48xlarge", 32, 81),
        # Worked out the same way.
        ("ml.p4d.24xlarge", 4, 53),
        ("ml.m5.xlarge", 1, 15),
        # AWS does not say how many interfaces it has: as many as any type.
        ("ml.p6e-gb200.36xlarge", 32, 81),
    ],
)
def test_addresses_of_a_node(name: str, slurm: int, eks: int) -> None:
    instance = cluster_instance_types()[name]
    assert (instance.addresses("slurm"), instance.addresses("eks")) == (slurm, eks)


def test_interfaces_for_efa_alone_take_no_addresses() -> None:
    assert cluster_instance_types()["ml.p5.48xlarge"].addresses("slurm", only_efa=True) == 1


@pytest.mark.parametrize(
    ("name", "threads"), [("ml.c7g.large", 1), ("ml.m8a.16xlarge", 1), ("ml.m7i.large", 2)]
)
def test_which_cores_have_two_threads(name: str, threads: int) -> None:
    instance: ClusterInstanceType = cluster_instance_types()[name]
    assert instance.is_multithreaded == (threads == 2)
