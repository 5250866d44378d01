"""Words of the verb `advise`, without anything that takes long to import."""

from typing import Literal, get_args

Task = Literal[
    "studio", "training", "real_time", "asynchronous", "serverless", "batch_transform", "hyperpod"
]
Method = Literal["full", "lora", "qlora"]
TASKS: tuple[Task, ...] = get_args(Task)

HOURS = 730
"""Hours of a month, as AWS's calculator counts them."""
DEFAULT_CONTEXT = 8192
