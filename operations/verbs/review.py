"""The verb `review`."""

from typing import Annotated, Literal

import typer

from operations.options import AsJson

# What a pull request has to do with each verdict; a script can tell them apart.
_STATUS = {"safe": 0, "look at these": 0, "dangerous": 3}


def run(
    base: Annotated[
        str | None,
        typer.Argument(
            metavar="[BASE]",
            help="Branch, tag or commit. Default: where HEAD left the main branch.",
            show_default=False,
        ),
    ] = None,
    style: Annotated[
        Literal["text", "markdown"],
        typer.Option("--format", help="text, or markdown for a pull request."),
    ] = "text",
    as_json: AsJson = False,
) -> int:
    """Show what a change does to the environments, compared offline with an earlier revision.

    Synthesizes both revisions of environments/, and names what is replaced or deleted and why,
    who may do more or less, and what loses protection. Uncommitted changes are included. Needs no
    AWS. Exits with 3 if the verdict is dangerous.

    Examples: `sagemaker-platform review`, `sagemaker-platform review v1.2.0 --format markdown`
    """
    import tempfile
    from pathlib import Path

    from operations.application import synthesize
    from operations.output import print_json
    from operations.review import report
    from operations.review.review import review
    from operations.review.revision import find_base, is_dirty, synthesize_base
    from stacks.selection import Selection

    found = find_base(base)
    with tempfile.TemporaryDirectory() as folder:
        status = synthesize(Path(folder), Selection.parse(None, None), checked=False)
        if status:
            return status
        reviews = review(synthesize_base(found), Path(folder))
    dirty = is_dirty()
    if as_json:
        print_json(report.as_json_value(reviews, base=str(found), dirty=dirty))
    elif style == "markdown":
        print(report.markdown(reviews, base=str(found), dirty=dirty), end="")
    else:
        print(report.text(reviews, base=str(found), dirty=dirty))
    return _STATUS[report.worst(reviews)]
