"""The verb `models`."""

from operations.options import Env, Files, Selected, select


def run(env: Env = None, files: Files = None, selected: Selected = None) -> int:
    """Look up models of registries and hubs.

    A synth calls no service, so `model_package` and `hub_content` are resolved here. The result,
    `<environment>.lock.json`, is committed. Running it again renews what "latest approved" means.
    Needs credentials with sts:GetCallerIdentity, sagemaker:DescribeModelPackage,
    sagemaker:ListModelPackages, and sagemaker:DescribeHubContent.

    Example: `sagemaker-platform models --env prod`
    """
    from operations.models import look_up
    from stacks.loading import load_environments

    status = 0
    for file in select(env, files, selected).paths():
        [environment] = load_environments(files=[str(file)], locked=False)
        status |= look_up(environment, file)
    return status
