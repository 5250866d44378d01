"""A daily export of the lineage of endpoints, for a table of Athena."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.budget.asset_view import LINEAGE
from sagemaker_platform.foundation import encrypted_log_group
from sagemaker_platform.functions import HandlerFunction
from sagemaker_platform.functions.daily import run_daily
from sagemaker_platform.security import WildcardStatement

FILE = f"{LINEAGE}/{LINEAGE}.json"
"""Key of the file."""
# After the daily export of the catalog, about midnight, and before people come.
_HOUR_UTC = 3


@checks_types
class LineageExport(Construct):
    """Once a day: which data sets the models of endpoints were trained with, as a file.

    A Lambda function reads SageMaker's lineage and writes one line of JSON for each endpoint and
    data set into `lineage/lineage.json`, which `BillCatalog` describes as the table `lineage`.
    SageMaker records lineage in the account that trains, so models of another account have none.
    The alarm ``Failed`` is sent to a topic when the function failed in all its attempts.

    Args:
        bucket: bucket of the file.
        endpoints: beginning of the names of endpoints.
        tables: database of the Glue Data Catalog by the URI of the folder that has a folder for
            each of its tables.
        topic: receives the alarm.
        key: encrypts the log; its policy must allow CloudWatch Logs to use it.
        log_retention_days: how long the log is kept; one of the periods that CloudWatch Logs
            offers. It goes with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket,
        endpoints: str,
        tables: Mapping[str, str],
        topic: sns.ITopic,
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        function = HandlerFunction(
            self,
            "Function",
            folder="lineage_export",
            handler="export",
            statements=[*_reads(stack), *_writes(bucket)],
            logs=encrypted_log_group(self, "Logs", key=key, retention_days=log_retention_days),
            description="Exporting the lineage of endpoints",
            without_queue="The next export says the same; an alarm tells of one that failed.",
            timeout_seconds=900,
        ).function
        run_daily(
            self,
            function,
            hour_utc=_HOUR_UTC,
            event={
                "Endpoints": endpoints,
                "Bucket": bucket.bucket_name,
                "Key": FILE,
                "Owner": stack.account,
                "Tables": {
                    f"{folder}/": stack.format_arn(
                        service="glue", resource="table", resource_name=f"{database}/"
                    )
                    for folder, database in tables.items()
                },
            },
            description="Export of the lineage of endpoints",
            failure="The daily export of the lineage of endpoints failed three times",
            topic=topic,
        )


def _reads(stack: Stack) -> list[iam.PolicyStatement]:
    return [
        WildcardStatement(
            actions=["sagemaker:ListContexts", "sagemaker:QueryLineage"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these to a resource; reading only.",
        ),
        WildcardStatement(
            actions=["sagemaker:DescribeArtifact", "sagemaker:DescribeTrialComponent"],
            resources=[
                stack.format_arn(service="sagemaker", resource=kind, resource_name="*")
                for kind in ("artifact", "experiment-trial-component")
            ],
            wildcard_reason="Whatever endpoints go back to; reading only.",
        ),
    ]


def _writes(bucket: s3.IBucket) -> list[iam.PolicyStatement]:
    return [iam.PolicyStatement(actions=["s3:PutObject"], resources=[bucket.arn_for_objects(FILE)])]
