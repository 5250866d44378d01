"""Whether names that the environment gives are free."""

from collections.abc import Iterator

from operations.account import NotAnsweredError, NotFoundInAccountError
from operations.preflight.answer import Answer, failed, not_checked, passed
from operations.preflight.target import Target
from operations.review.schema import schema_of

# Types that Cloud Control API reads by an id that AWS gives: the call that reads them by name.
_BY_NAME = {
    "AWS::SageMaker::Cluster": ("sagemaker", "describe_cluster", "ClusterName"),
    "AWS::SageMaker::Endpoint": ("sagemaker", "describe_endpoint", "EndpointName"),
    "AWS::SageMaker::ModelPackageGroup": (
        "sagemaker",
        "describe_model_package_group",
        "ModelPackageGroupName",
    ),
    "AWS::SageMaker::Pipeline": ("sagemaker", "describe_pipeline", "PipelineName"),
    "AWS::SageMaker::InferenceComponent": (
        "sagemaker",
        "describe_inference_component",
        "InferenceComponentName",
    ),
}


def names(target: Target) -> Iterator[Answer]:
    """No resource of the account has a name that a new stack gives.

    Cloud Control API reads any type by its name. Resources of stacks that are there are skipped:
    their names are their own.
    """
    free = 0
    unanswered: dict[str, list[str]] = {}
    for resource_type, name in sorted(set(_names(target))):
        subject = f"{resource_type} {name}"
        try:
            _read(target, resource_type, name)
        except NotFoundInAccountError:
            free += 1
        except NotAnsweredError as error:
            unanswered.setdefault(str(error), []).append(resource_type)
        else:
            yield failed(subject, "exists already: delete it, import it, or choose another name")
    if free:
        yield passed("names", f"{free} names are free")
    for why, types in unanswered.items():
        kinds = ", ".join(sorted(set(types)))
        yield not_checked("names", f"{why} ({kinds})")


def _read(target: Target, resource_type: str, name: str) -> None:
    if call := _BY_NAME.get(resource_type):
        service, operation, parameter = call
        target.account.ask(service, operation, **{parameter: name})
    else:
        target.account.ask("cloudcontrol", "get_resource", TypeName=resource_type, Identifier=name)


def _names(target: Target) -> Iterator[tuple[str, str]]:
    types = {one for stack in target.stage.stacks for one in stack.resource_types()}
    for resource_type in sorted(types):
        if not resource_type.startswith("AWS::"):
            continue
        by_name = _BY_NAME.get(resource_type)
        key = by_name[2] if by_name else _identifier(resource_type)
        # Some types have the account or the ARN of another resource in place of a name.
        if not key or "/" in key or key == "CatalogId" or key.endswith("Arn"):
            continue
        for _, _, properties in target.new(resource_type):
            name = properties.get(key)
            if isinstance(name, str):
                yield resource_type, name


def _identifier(resource_type: str) -> str:
    """Return the property that Cloud Control API reads a type by; empty if AWS gives the value."""
    schema = schema_of(resource_type)
    names = schema.get("primaryIdentifier", ())
    if len(names) != 1 or names[0] in schema.get("readOnlyProperties", ()):
        return ""
    return str(names[0]).removeprefix("/properties/")
