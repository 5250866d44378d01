"""What a user wants to run."""

import json
from dataclasses import dataclass
from pathlib import Path

from operations.advise.tasks import DEFAULT_CONTEXT, HOURS, Method, Task
from operations.errors import OperationError
from sagemaker_platform.catalog.large_models import BYTES
from sagemaker_platform.catalog.model_figures import FiguresError, ModelFigures, read_figures


class AdviceError(OperationError):
    """Needs that contradict each other, or a file that cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a user wants to run.

    Attributes:
        task: what runs.
        region: AWS region, for the prices.
        parameters_billions: size of a model; None for anything else.
        dtype: type of its weights.
        figures: of its `config.json`; without them the cache is estimated by size alone.
        context: longest request with its answer, in tokens.
        concurrency: requests at the same time, of full length.
        tokens_per_second: what one request must get at least.
        method: how a model is trained.
        accelerators: at least so many.
        memory_gib: of the host, at least.
        vcpus: at least so many.
        data_gib: data that must be held in memory.
        hours: per month.
        max_usd: per month, for all instances.
    """

    task: Task
    region: str
    parameters_billions: float | None = None
    dtype: str = "bf16"
    figures: ModelFigures | None = None
    context: int = DEFAULT_CONTEXT
    concurrency: int | None = None
    tokens_per_second: float | None = None
    method: Method = "lora"
    accelerators: int = 0
    memory_gib: float = 0
    vcpus: int = 0
    data_gib: float = 0
    hours: float = HOURS
    max_usd: float | None = None

    def __post_init__(self) -> None:
        if self.dtype not in BYTES:
            raise AdviceError(f"--dtype: got {self.dtype}; must be one of {', '.join(BYTES)}")
        if self.concurrency is not None and self.figures is None:
            raise AdviceError(
                "--concurrency requires --model, because the cache of a request depends on "
                "the heads and layers in the model's config.json"
            )
        if self.tokens_per_second is not None and self.parameters_billions is None:
            raise AdviceError("--tokens-per-second requires --parameters, the size of the model")
        for name in ("parameters_billions", "context", "concurrency", "hours", "max_usd"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                option = {"parameters_billions": "parameters", "max_usd": "usd-per-month"}
                raise AdviceError(f"--{option.get(name, name)}: got {value}; must be above zero")
        if self.task == "training" and self.concurrency is not None:
            raise AdviceError("--concurrency applies to inference; training serves no requests")


def figures_of(file: Path) -> ModelFigures:
    """Read a model's `config.json`.

    Raises:
        AdviceError: there is no such file, or it describes no language model.
    """
    try:
        config = json.loads(file.read_text("utf-8"))
        if not isinstance(config, dict):
            raise AdviceError(f"{file}: must be the config.json of a model, a JSON object")
        return read_figures(config)
    except OSError as error:
        raise AdviceError(f"{file}: cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise AdviceError(f"{file}:{error.lineno}: is not valid JSON: {error.msg}") from None
    except FiguresError as error:
        raise AdviceError(f"{file}: {error}") from None
