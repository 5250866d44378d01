"""The verb `preflight`."""

from operations.options import AsJson, Env, Files, Selected, select


def run(
    env: Env = None, files: Files = None, selected: Selected = None, as_json: AsJson = False
) -> int:
    """Check in the account whether a deployment can succeed. Changes nothing.

    Checks account, bootstrap, stacks, quotas, zones, subnets, names, and what the settings refer
    to. A question that the credentials do not allow is `not checked`. docs/preflight.md has a
    read-only policy. Exits with 1 if anything failed.

    Example: `sagemaker-platform preflight --env prod`
    """
    import tempfile
    from dataclasses import asdict
    from pathlib import Path

    import boto3

    from operations.account import Account
    from operations.application import synthesize
    from operations.assembly import Assembly
    from operations.output import print_json
    from operations.preflight.preflight import preflight, table

    with tempfile.TemporaryDirectory() as folder:
        status = synthesize(Path(folder), select(env, files, selected), checked=False)
        if status:
            return status
        found = {
            stage.name: preflight(stage, Account(boto3.Session(region_name=stage.targets[0][1])))
            for stage in Assembly.read(Path(folder)).stages
        }
    if as_json:
        print_json({name: [asdict(one) for one in every] for name, every in found.items()})
    else:
        print("\n\n".join(f"{name}\n{table(every)}" for name, every in found.items()))
    return int(any(one.status == "failed" for every in found.values() for one in every))
