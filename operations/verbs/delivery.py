"""The verb `delivery`."""

from operations.options import Env, Files, Selected, select


def run(env: Env = None, files: Files = None, selected: Selected = None) -> int:
    """List the environments that GitHub Actions deploys, as outputs of a workflow's step.

    The workflows in .github/workflows read their jobs from it. Each line is one output: a stage,
    and its environments as JSON. Needs no credentials.

    Example: `sagemaker-platform delivery >> "$GITHUB_OUTPUT"`
    """
    import sys

    from operations.delivery import github_jobs, github_output

    jobs = github_jobs(select(env, files, selected).load(locked=False))
    print(github_output(jobs))
    if not jobs["all"]:
        print(
            "No environment has a delivery.github block, so GitHub Actions deploys nothing. "
            "See docs/delivery.md.",
            file=sys.stderr,
        )
    return 0
