"""Names of constructs."""


def pascal_case(name: str) -> str:
    """Return a name of the settings as part of a construct's id: ``ml-raw`` is ``MlRaw``."""
    return name.title().replace("-", "").replace("_", "")


def path_id(path: str) -> str:
    """Return the construct ID of a path: ``research/vision`` is ``ResearchVision``."""
    return "".join(pascal_case(key) for key in path.split("/"))


# CloudFormation shortens the name of a stack in the names that it gives to resources.
_LEAST_OF_STACK_NAME = 24


def name_of_stack(environment: str, stack: str) -> str:
    """Return how names begin that CloudFormation gives to resources of a stack."""
    return f"{environment}-{stack}"[:_LEAST_OF_STACK_NAME]
