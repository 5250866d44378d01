"""The verb `review`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from operations.options import AsJson, Env, Files

# A script can tell verdicts and errors (1 and 2) apart.
_STATUS = {"safe": 0, "look at these": 3, "dangerous": 4}


def run(
    base: Annotated[
        str | None,
        typer.Argument(
            metavar="[BASE]",
            help="Branch, tag or commit. Default: where HEAD left the main branch.",
            show_default=False,
        ),
    ] = None,
    env: Env = None,
    files: Files = None,
    style: Annotated[
        Literal["text", "markdown", "html"],
        typer.Option("--format", help="text; markdown for a pull request; html for a browser."),
    ] = "text",
    as_json: AsJson = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for review.md, review.html and review.json.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Show what a change does to the environments, compared offline with an earlier revision.

    Synthesizes both revisions of environments/, and names what is replaced or deleted and why,
    who may do more or less, and what loses protection, each with the line of the settings that
    causes it. Uncommitted changes are included. Needs no AWS. The exit status is 0 if the verdict
    is safe, 3 for look at these, and 4 for dangerous.

    Examples: `sagemaker-platform review`, `sagemaker-platform review v1.2.0 --format markdown`
    """
    import json

    from operations.options import select
    from operations.output import print_json
    from operations.review.git import find_base
    from operations.review.markdown import markdown
    from operations.review.page import page
    from operations.review.report import as_json_value, text
    from operations.review.run import run_review

    pictures = output is not None or style == "html"
    found = run_review(find_base(base), select(env, files, None), pictures=pictures)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        (output / "review.md").write_text(markdown(found), "utf-8")
        (output / "review.html").write_text(page(found), "utf-8")
        value = json.dumps(as_json_value(found), indent=2, default=str, ensure_ascii=False)
        (output / "review.json").write_text(f"{value}\n", "utf-8")
    if as_json:
        print_json(as_json_value(found))
    elif style == "markdown":
        print(markdown(found), end="")
    elif style == "html":
        print(page(found), end="")
    else:
        print(text(found))
    return _STATUS[found.verdict]
