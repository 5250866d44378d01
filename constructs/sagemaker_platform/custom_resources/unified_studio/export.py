"""The export of a domain's catalog into the table bucket `aws-sagemaker-catalog` of the account.

CloudFormation has no resource for it. AWS writes a snapshot each day.
"""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item


def step(event: Mapping[str, Any], caller: Caller) -> Item | None:
    """Turn the export on, or on a deletion off. Returns the ARN of the table bucket.

    Properties: `Domain`; `Key`, ARN of the key; `Keep`, whether the domain is kept. The export of
    a domain that is kept is turned off, and its configuration stays with the tables.

    Raises:
        PendingError: the export is not set up yet.
        CustomResourceError: AWS could not set it up.
    """
    properties: Item = event["ResourceProperties"]
    datazone, domain = client("datazone"), properties["Domain"]
    found = caller.call("export", datazone.get_data_export_configuration, domainIdentifier=domain)
    if event["RequestType"] == "Delete":
        if found is not None and properties["Keep"] == "true":
            _put(domain, caller, enableExport=False)
        elif found is not None:
            caller.call(
                "export", datazone.delete_data_export_configuration, domainIdentifier=domain
            )
        return None
    encryption = {"kmsKeyArn": properties["Key"], "sseAlgorithm": "aws:kms"}
    if (
        found is None
        or not found.get("isExportEnabled")
        or (found.get("encryptionConfiguration") or {}).get("kmsKeyArn") != properties["Key"]
    ):
        _put(domain, caller, enableExport=True, encryptionConfiguration=encryption)
        raise PendingError(["the export was just turned on"])
    if found.get("status") == "FAILED":
        raise CustomResourceError(
            f"AWS could not set up the export of domain {domain}. Another domain of the account "
            "may have one in this region, or the key may refuse the services "
            "systemtables.sagemaker-catalog.amazonaws.com and maintenance.s3tables.amazonaws.com"
        )
    if found.get("status") != "COMPLETED":
        raise PendingError([f"the export is {found.get('status') or 'not set up'}"])
    return {"TableBucketArn": found.get("s3TableBucketArn", "")}


def _put(domain: str, caller: Caller, **arguments: Any) -> None:
    caller.require(
        "export",
        client("datazone").put_data_export_configuration,
        domainIdentifier=domain,
        **arguments,
    )
