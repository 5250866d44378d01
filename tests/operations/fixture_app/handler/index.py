"""A custom resource that registers an app in the domain it is given, and removes it again."""

import json
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], context: object) -> None:
    """Answer CloudFormation by hand, as a raw custom resource does."""
    properties = event["ResourceProperties"]
    physical_id = f"apps-of-{properties['DomainId']}"
    status, reason = "SUCCESS", ""
    try:
        if event["RequestType"] in ("Create", "Update"):
            create(properties["DomainId"])
        if event["RequestType"] == "Delete":
            physical_id = event["PhysicalResourceId"]
            remove(properties["DomainId"])
    except ClientError as error:
        status, reason = "FAILED", str(error)
    answer = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Apps": "1"},
    }
    request = urllib.request.Request(
        event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT"
    )
    urllib.request.urlopen(request, timeout=10)


def create(domain_id: str) -> None:
    """Make an app unless it is there: called twice, it makes one."""
    client = boto3.client("sagemaker")
    if client.list_apps(DomainIdEquals=domain_id)["Apps"]:
        return
    client.create_app(
        DomainId=domain_id, UserProfileName="analyst", AppType="JupyterLab", AppName="default"
    )


def remove(domain_id: str) -> None:
    """Delete every app of the domain; one that went away meanwhile is as good as deleted."""
    client = boto3.client("sagemaker")
    for app in client.list_apps(DomainIdEquals=domain_id)["Apps"]:
        try:
            client.delete_app(
                DomainId=domain_id,
                UserProfileName="analyst",
                AppType="JupyterLab",
                AppName=app["AppName"],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFound":
                raise
