"""The verb `plans`."""

from operations.options import Env, Files, Selected, select


def run(env: Env = None, files: Files = None, selected: Selected = None) -> int:
    """Check the training plans that settings name.

    A plan must be active, for clusters, of the group's instance type and zone, and large enough.
    Needs credentials with sts:GetCallerIdentity, sagemaker:DescribeTrainingPlan, and
    ec2:DescribeAvailabilityZones. `deploy` runs this check first.

    Example: `sagemaker-platform plans --env prod`
    """
    from operations.plans import check

    return max((check(one) for one in select(env, files, selected).load()), default=0)
