"""What Glue's catalogs let other accounts see: the shares of Lake Formation.

Lake Formation shares data with AWS Resource Access Manager, which gives the other account
permissions on the descriptions in the catalog. Source: AWS Lake Formation Developer Guide,
"Cross-account data sharing in Lake Formation".
"""

from collections.abc import Iterable, Iterator

from operations.access.policy import Origin, Policy
from operations.access.resolver import Record

_SEES = [
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
]


def shared_catalogs(records: Iterable[Record]) -> Iterator[tuple[str, Policy]]:
    """Yield the ARN of a catalog and a policy for each grant to another account."""
    for record in records:
        if record.type != "Custom::DataGrant":
            continue
        account, stack = str(record.properties["Principal"]), record.stack
        if not account.isdigit() or account == stack.account:
            continue
        glue = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}"
        # What carries LF-tags changes. Lake Formation decides about it once more.
        target = record.properties["Target"]
        database, table = target.get("Database", "*"), target.get("Table", "*")
        document = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{stack.partition}:iam::{account}:root"},
                    "Action": _SEES,
                    "Resource": [
                        f"{glue}:catalog",
                        f"{glue}:database/{database}",
                        f"{glue}:table/{database}/{table}",
                    ],
                }
            ],
        }
        origin = Origin(stack.name, record.logical_id, record.path)
        yield f"{glue}:catalog", Policy.parse(document, origin)
