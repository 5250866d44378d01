"""Starts a pipeline of an environment, and follows its execution."""

import time
from collections.abc import Callable, Mapping, Sequence

from operations.account import Account, NotAnsweredError, NotFoundInAccountError
from operations.errors import OperationError
from stacks.fields import close_to
from stacks.pipelines.capability import Pipelines
from stacks.pipelines.settings import PipelineDefinitionSettings
from stacks.settings import EnvironmentSettings

SUCCEEDED = "Succeeded"
"""Status of an execution whose steps all succeeded."""
_RUNNING = ("Executing", "Stopping")
_DONE = (SUCCEEDED, "Failed", "Stopped")
_WAIT_SECONDS = 20


def parse_parameters(given: Sequence[str]) -> dict[str, str]:
    """Return parameters that are written as `Name=value`.

    Raises:
        OperationError: one is not, or is given twice.
    """
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise OperationError(f"--set: got {one}; must be NAME=VALUE, such as Commit=4733bf6")
        if name in found:
            raise OperationError(f"--set: got {one}; must be given once")
        found[name] = value
    return found


def pipeline_of(environment: EnvironmentSettings, name: str, parameters: Mapping[str, str]) -> str:
    """Return the name in SageMaker of a pipeline of the settings.

    Args:
        environment: its environment.
        name: name in the settings.
        parameters: values of its parameters, which are checked.

    Raises:
        OperationError: the environment has no such pipeline, or the parameters are not its own.
    """
    pipelines = environment.find(Pipelines)
    definitions = pipelines.settings.definitions if pipelines else []
    names = [one.name for one in definitions]
    if pipelines is None or name not in names:
        raise OperationError(
            f"{name}: must be one of pipelines.definitions of {environment.name}"
            f"{close_to(name, names) if names else ', and there are none'}"
        )
    settings = definitions[names.index(name)]
    _check_parameters(pipelines, settings, parameters)
    return pipelines.pipeline_name(settings)


def _check_parameters(
    pipelines: Pipelines, settings: PipelineDefinitionSettings, parameters: Mapping[str, str]
) -> None:
    definition = pipelines.definitions[settings.name]
    known = list(definition.parameters)
    for name, value in parameters.items():
        if name not in known:
            raise OperationError(
                f"--set: got {name}={value}; must be a parameter of the pipeline"
                f"{close_to(name, known)}"
            )
    if missing := [one for one in definition.required_parameters if one not in parameters]:
        raise OperationError(
            f"--set: must have {', '.join(missing)}, without a default in the definition. Add "
            f"{' '.join(f'--set {one}=VALUE' for one in missing)}"
        )


def start(account: Account, pipeline: str, parameters: Mapping[str, str]) -> str:
    """Start an execution, and return its ARN.

    Raises:
        OperationError: the pipeline is not there, or AWS refuses.
    """
    values = [{"Name": name, "Value": value} for name, value in parameters.items()]
    try:
        answer = account.ask(
            "sagemaker",
            "start_pipeline_execution",
            PipelineName=pipeline,
            PipelineParameters=values,
        )
    except NotFoundInAccountError:
        raise OperationError(
            f"{pipeline}: must be a pipeline of the account of the credentials. Deploy the "
            "environment first, or give --profile"
        ) from None
    except NotAnsweredError as error:
        raise OperationError(
            f"{pipeline}: {error}. The activity `run_pipelines` of personas has the permission"
        ) from None
    return str(answer["PipelineExecutionArn"])


def follow(account: Account, execution: str, tell: Callable[[str], None]) -> str:
    """Wait until an execution ends, tell of each step that ends, and return the last status.

    Args:
        account: account of the pipeline.
        execution: ARN of the execution.
        tell: takes a line for each step, and one for the reason of a failure.

    Raises:
        OperationError: AWS does not answer. The execution goes on.
    """
    told: set[str] = set()
    try:
        while True:
            found = account.ask(
                "sagemaker", "describe_pipeline_execution", PipelineExecutionArn=execution
            )
            # After the status: steps of an execution that has ended change no more.
            for step in account.every(
                "sagemaker",
                "list_pipeline_execution_steps",
                "PipelineExecutionSteps",
                PipelineExecutionArn=execution,
                SortOrder="Ascending",
            ):
                name, status = step["StepName"], step["StepStatus"]
                if status in _DONE and name not in told:
                    told.add(name)
                    reason = step.get("FailureReason")
                    tell(f"{name}: {status}{f': {reason}' if reason else ''}")
            status = str(found["PipelineExecutionStatus"])
            if status not in _RUNNING:
                if reason := found.get("FailureReason"):
                    tell(f"{reason}")
                return status
            time.sleep(_WAIT_SECONDS)
    except (NotAnsweredError, NotFoundInAccountError) as error:
        raise OperationError(f"{error}. The execution continues: {execution}") from None
