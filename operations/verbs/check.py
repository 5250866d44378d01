"""The verb `check`."""

from operations.options import AsJson, Env, Files, Selected, select


def run(
    env: Env = None, files: Files = None, selected: Selected = None, as_json: AsJson = False
) -> int:
    """Validate settings files, without synthesizing.

    Reports every mistake with file, line, key, and the rule. Takes less than half a second
    and needs neither the CDK nor AWS. `synth` also checks the templates.

    Examples: `sagemaker-platform check`, `sagemaker-platform check --env dev,staging`
    """
    from operations.output import print_json
    from stacks.loading import SettingsError

    try:
        environments = select(env, files, selected).load()
    except SettingsError as error:
        if not as_json:
            raise
        print_json({"environments": [], "errors": str(error).splitlines()})
        return 1
    names = [environment.name for environment in environments]
    if as_json:
        print_json({"environments": names, "errors": []})
    else:
        print(f"Valid: {', '.join(names)}")
    return 0
