"""Writes the defaults of AWS's clients into a space of Studio.

A lifecycle script, which runs with the Python of the space and not with that of the platform: with
the standard library and boto3 alone. The user's own files and variables take precedence.
"""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

MARK = "# defaults of the environment"
STARTUP = """import json as _json, os as _os
from pathlib import Path as _Path
for _item in _json.loads((_Path.home() / ".sagemaker-platform/variables.json").read_text()).items():
    _os.environ.setdefault(*_item)
"""
QUICK = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard"})


def read_outputs(stack: str) -> dict[str, str]:
    """Return the outputs of a stack; none if there is no such stack, or no permission."""
    client = boto3.client("cloudformation", config=QUICK)
    try:
        [found] = client.describe_stacks(StackName=stack)["Stacks"]
    except client.exceptions.ClientError as error:
        print(f"{stack}: {error}")
        return {}
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}


def render_jobs(access: dict[str, str], role: str, bucket: str, prefix: str) -> dict[str, Any]:
    """Return the configuration of SageMaker Python SDK 2 and 3.

    Version 3 takes the bucket, the role, and the network of `ModelTrainer` from it. The key of its
    outputs is an argument of `OutputDataConfig`: `ModelTrainer` fills in its own
    `output_data_config` before it reads the configuration (3.27.0). Volumes have no key, because
    instances with local disks refuse one.

    Source: SageMaker Python SDK, "Configuring and using defaults with the SageMaker Python SDK";
    `sagemaker/core/config/config_schema.py` of 3.27.0.
    """
    subnets, group = access["WorkloadSubnetIds"].split(","), [access["WorkloadSecurityGroupId"]]
    vpc = {"SecurityGroupIds": group, "Subnets": subnets}
    in_vpc = {"SecurityConfig": {"VpcConfig": vpc}}
    by_role, key = {"RoleArn": role}, {"KmsKeyId": access["WorkloadKeyArn"]}
    remote = {**by_role, "VpcConfig": vpc, "S3KmsKeyId": access["WorkloadKeyArn"]}
    session = {"DefaultS3Bucket": bucket, "DefaultS3ObjectKeyPrefix": prefix}
    return {
        "TrainingJob": {**by_role, "VpcConfig": vpc, "OutputDataConfig": key},
        "ProcessingJob": {
            **by_role,
            "NetworkConfig": {"VpcConfig": vpc},
            "ProcessingOutputConfig": key,
        },
        "TransformJob": {"TransformOutput": key},
        "AutoMLJob": {**by_role, "AutoMLJobConfig": in_vpc, "OutputDataConfig": key},
        "AutoMLJobV2": {**by_role, **in_vpc, "OutputDataConfig": key},
        "Model": {"ExecutionRoleArn": role, "VpcConfig": vpc},
        "EndpointConfig": key,
        "Pipeline": by_role,
        "PythonSDK": {
            "Modules": {
                "Session": session,
                "ModelTrainer": {"networking": {"subnets": subnets, "security_group_ids": group}},
                "RemoteFunction": remote,
                "NotebookJob": remote,
            }
        },
    }


def defaults(
    environment: str, database: str, *, closed: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the configuration of the SDK, and variables.

    Args:
        environment: name of the environment.
        database: database of queries; empty for none.
        closed: whether only VPC endpoints lead to AWS. IAM has none: its calls, such as those with
            which version 3 of the SDK simulates policies, are refused at once instead of waiting
            for time-outs. The SDK reports no use.
    """
    caller = boto3.client("sts", config=QUICK).get_caller_identity()["Arn"].split("/")[1]
    access = read_outputs(f"{environment}-access")
    persona, role = next(
        (key.removesuffix("RoleArn"), value)
        for key, value in access.items()
        if key.endswith("RoleArn") and value.endswith(f"/{caller}")
    )
    jobs: dict[str, Any] = {}
    variables: dict[str, str] = {}
    if "WorkloadKeyArn" in access:
        bucket = read_outputs(f"{environment}-foundation")["ArtifactBucketName"]
        jobs = render_jobs(access, role, bucket, persona)
        variables["SAGEMAKER_VALIDATE_ROLE"] = "false"
        variables["SAGEMAKER_OUTPUT_KMS_KEY_ID"] = access["WorkloadKeyArn"]
    workgroup = database and read_outputs(f"{environment}-lakehouse").get(f"{persona}WorkgroupName")
    if workgroup:
        variables["AWS_ATHENA_WORK_GROUP"] = variables["WR_WORKGROUP"] = workgroup
        variables["WR_DATABASE"] = database
        # A plain SELECT must not create tables, as awswrangler's CTAS approach does.
        variables["WR_CTAS_APPROACH"] = "false"
    mlflow = read_outputs(f"{environment}-mlflow")
    if tracking := mlflow.get("AppArn", mlflow.get("TrackingServerArn")):
        variables["MLFLOW_TRACKING_URI"] = tracking
    if closed:
        variables["AWS_ENDPOINT_URL_IAM"] = "http://127.0.0.1:1"
        variables["AWS_RETRY_MODE"] = "standard"
        jobs.setdefault("PythonSDK", {}).setdefault("Modules", {})["TelemetryOptOut"] = True
    return {"SchemaVersion": "1.0", **({"SageMaker": jobs} if jobs else {})}, variables


def write(path: Path, text: str) -> None:
    """Write a file and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def main(environment: str, database: str, network: str) -> None:
    """Write all files. Notebooks read variables from IPython's startup, terminals from .bashrc."""
    config, variables = defaults(environment, database, closed=network == "closed")
    home = Path.home()
    folder = home / ".sagemaker-platform"
    # JSON is YAML.
    write(folder / "config.yaml", json.dumps(config, indent=2))
    variables["SAGEMAKER_ADMIN_CONFIG_OVERRIDE"] = str(folder / "config.yaml")
    write(folder / "variables.json", json.dumps(variables, indent=2))
    lines = (f"export {name}=${{{name}:-{shlex.quote(one)}}}\n" for name, one in variables.items())
    write(folder / "variables.sh", "".join(lines))
    write(home / ".ipython/profile_default/startup/00-sagemaker-platform.py", STARTUP)
    bashrc = home / ".bashrc"
    old = bashrc.read_text("utf-8") if bashrc.exists() else ""
    if MARK not in old:
        script = "~/.sagemaker-platform/variables.sh"
        end = "" if old.endswith("\n") or not old else "\n"
        bashrc.write_text(f"{old}{end}[ -f {script} ] && . {script} {MARK}\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
