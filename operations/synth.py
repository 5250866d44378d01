"""Sums up a cloud assembly."""

from operations.assembly import Assembly

HEADINGS = ("environment", "account", "region", "stacks", "resources", "templates")
Row = tuple[str, str, str, int, int, str]


def rows_of(assembly: Assembly) -> list[Row]:
    """Return a row for each environment, in the order of HEADINGS."""
    return [
        (
            stage.name,
            stage.stacks[0].account,
            stage.stacks[0].region,
            len(stage.stacks),
            sum(len(stack.resources()) for stack in stage.stacks),
            f"{stage.stacks[0].file.parent}/",
        )
        for stage in sorted(assembly.stages, key=lambda stage: stage.name)
    ]
