"""The query protocol as boto3 speaks it: what it sends is read, and what is sent it reads."""

from typing import Any

import botocore.session
import pytest
from botocore.parsers import QueryParser
from botocore.serialize import QuerySerializer

from operations.rehearsal.server import query

MODEL = botocore.session.get_session().get_service_model("redshift")
SHARE = "arn:aws:redshift:eu-west-1:1:datashare:n/a&b"
REGISTER: dict[str, Any] = {
    "NamespaceIdentifier": {
        "ServerlessIdentifier": {"NamespaceIdentifier": "n", "WorkgroupIdentifier": "w"}
    },
    "ConsumerIdentifiers": ["DataCatalog/1"],
}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("RegisterNamespace", REGISTER),
        ("AssociateDataShareConsumer", {"DataShareArn": SHARE, "AllowWrites": False}),
        ("DescribeDataShares", {"MaxRecords": 20}),
        ("DescribeDataShares", {}),
    ],
)
def test_what_is_asked_is_read(name: str, arguments: dict[str, Any]) -> None:
    operation = MODEL.operation_model(name)
    form = QuerySerializer().serialize_to_request(arguments, operation)["body"]
    texts = {key: str(value) for key, value in form.items()}
    assert texts.pop("Action") == name
    assert query.read(operation, texts) == arguments


def test_what_is_answered_is_read() -> None:
    operation = MODEL.operation_model("DescribeDataShares")
    output = {
        "DataShares": [
            {
                "DataShareArn": SHARE,
                "AllowPubliclyAccessibleConsumers": False,
                "DataShareAssociations": [{"ConsumerIdentifier": "1", "Status": "ACTIVE"}],
            }
        ]
    }
    status, headers, body = query.success(operation, output)
    response = {"body": body, "headers": headers, "status_code": status}
    parsed = QueryParser().parse(response, operation.output_shape)
    assert parsed["DataShares"] == output["DataShares"]


def test_what_fails_says_why() -> None:
    status, headers, body = query.failure("InvalidDataShareFault", "a < b")
    response = {"body": body, "headers": headers, "status_code": status}
    error = QueryParser().parse(response, None)["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidDataShareFault", "a < b")
