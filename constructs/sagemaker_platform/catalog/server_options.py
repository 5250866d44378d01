"""Options of model servers in environment variables, and the instance types that they suit.

Sources, read on 2026-11-27: DJL, "LMI environment variable instructions"; AWS, vLLM and SGLang
containers (variables with ``SM_VLLM_`` and ``SM_SGLANG_``); Hugging Face, Text Generation
Inference; vLLM, "Supported Hardware" of quantization, and its refusal of bfloat16 below compute
capability 8.0.
"""

from collections.abc import Mapping

from sagemaker_platform.catalog.hosts import family_of
from sagemaker_platform.catalog.instances import find_instance_type

MODEL_IDS = (
    "HF_MODEL_ID",
    "OPTION_MODEL_ID",
    "SM_VLLM_MODEL",
    "SM_SGLANG_MODEL_PATH",
    "SM_SGLANG_MODEL",
)
"""Variables that say where a container finds its model."""
DEGREES = (
    "OPTION_TENSOR_PARALLEL_DEGREE",
    "TENSOR_PARALLEL_DEGREE",
    "SM_VLLM_TENSOR_PARALLEL_SIZE",
    "SM_SGLANG_TP_SIZE",
    "SM_SGLANG_TENSOR_PARALLEL_SIZE",
    "SM_NUM_GPUS",
)
"""Variables with the number of accelerators that a model is split among."""
LENGTHS = ("OPTION_MAX_MODEL_LEN", "SM_VLLM_MAX_MODEL_LEN", "SM_SGLANG_CONTEXT_LENGTH")
"""Variables with the longest sequence, in tokens."""
_DTYPES = ("OPTION_DTYPE", "SM_VLLM_DTYPE", "SM_SGLANG_DTYPE", "DTYPE")
_QUANTIZATIONS = (
    "OPTION_QUANTIZE",
    "SM_VLLM_QUANTIZATION",
    "SM_SGLANG_QUANTIZATION",
    "HF_MODEL_QUANTIZE",
)
_CAPABILITY_OF_DTYPE = {"bf16": 8.0, "bfloat16": 8.0}
# FP8 weights run from 8.0 on, by the Marlin kernels.
_CAPABILITY_OF_QUANTIZATION = {
    "awq": 7.5,
    "awq_marlin": 8.0,
    "gptq": 7.0,
    "gptq_marlin": 8.0,
    "marlin": 8.0,
    "bitsandbytes": 7.0,
    "compressed-tensors": 7.0,
    "fp8": 8.0,
    "fbgemm_fp8": 8.0,
    "modelopt": 8.9,
}


class OptionError(ValueError):
    """An option that an instance type cannot have.

    Attributes:
        variable: its environment variable.
    """

    def __init__(self, variable: str, right: str) -> None:
        super().__init__(right)
        self.variable = variable


def find_number(environment: Mapping[str, str], variables: tuple[str, ...]) -> int | None:
    """Return the number of the first variable that has one."""
    values = (environment.get(variable, "") for variable in variables)
    return next((int(value) for value in values if value.isascii() and value.isdecimal()), None)


def find_model_id(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable and the id of a model that is not in the container, if any."""
    for variable in MODEL_IDS:
        value = environment.get(variable, "")
        if value and not value.startswith("/"):
            return variable, value
    return None


def check_options(environment: Mapping[str, str], instance_type: str) -> None:
    """Refuse options that an instance type cannot have.

    Raises:
        OptionError: there are too few accelerators, or the GPU is too old.
    """
    instance = find_instance_type(instance_type)
    for variable in DEGREES:
        degree = find_number(environment, (variable,))
        # A degree of Inferentia and Trainium counts cores, of which a device has several.
        if degree and instance.kind != "neuron" and degree > max(1, instance.accelerators):
            raise OptionError(
                variable, f"must be at most {instance.accelerators}, the GPUs of {instance_type}"
            )
    family = family_of(instance_type)
    if family is None:
        return
    for variables, least in (
        (_DTYPES, _CAPABILITY_OF_DTYPE),
        (_QUANTIZATIONS, _CAPABILITY_OF_QUANTIZATION),
    ):
        for variable in variables:
            wanted = least.get(environment.get(variable, "").lower(), 0.0)
            if family.capability < wanted:
                raise OptionError(
                    variable,
                    f"needs GPUs of compute capability {wanted}, and {instance_type} has "
                    f"{family.capability}. Use another value or a newer instance type",
                )
