"""The CDK app: one stage of stacks for each environment. The CDK CLI runs this file."""

import json
import os
import sys
from pathlib import Path

import aws_cdk as cdk

from sagemaker_platform.guardrails import add_checks, read_findings
from stacks.environment import EnvironmentStage
from stacks.loading import SettingsError, load_environments

given = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))  # cdk -c environments=dev,prod
words = {
    key: str(given.get(key) or "").replace(",", " ").split() for key in ("environments", "files")
}
try:
    environments = load_environments(names=words["environments"], files=words["files"])
except SettingsError as error:
    sys.exit(str(error))
cdk_json = json.loads(Path("cdk.json").read_text("utf-8"))
app = cdk.App(
    # What the CLI passes on; so that python app.py makes the same templates.
    context={**cdk_json["context"], "aws:cdk:enable-path-metadata": cdk_json["pathMetadata"]},
    outdir=os.environ.get("CDK_OUTDIR", "cdk.out"),
    analytics_reporting=False,
    tree_metadata=False,
    builtin_cloud_formation_validation=False,
)
for environment in environments:
    EnvironmentStage(app, environment)
if str(given.get("checks")).lower() == "false":
    app.synth()
    sys.exit()
add_checks(app)
app.synth()
failures = [one for one in read_findings(Path(app.outdir)) if one.acknowledged is None]
if failures:
    sys.exit("\n".join(map(str, failures)))
