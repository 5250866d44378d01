"""Names of constructs."""


def pascal_case(name: str) -> str:
    """Return a name of the settings as part of a construct's id: ``ml-raw`` is ``MlRaw``."""
    return name.title().replace("-", "").replace("_", "")
