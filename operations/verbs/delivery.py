"""The verb `delivery`."""

from operations.options import Env, Files, Selected, select


def run(env: Env = None, files: Files = None, selected: Selected = None) -> int:
    """List the environments that GitHub Actions deploys, as outputs of a workflow's step.

    The workflows in .github/workflows take their jobs from it. Each line is one output: a stage,
    and its environments as JSON. Needs no credentials.

    Example: `sagemaker-platform delivery >> "$GITHUB_OUTPUT"`
    """
    from operations.delivery import github_jobs, github_output

    print(github_output(github_jobs(select(env, files, selected).load(locked=False))))
    return 0
