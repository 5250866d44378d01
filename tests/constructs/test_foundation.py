from typing import Any, get_args

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_platform.foundation import (
    AccessLogBucket,
    AlarmTopic,
    DataBucket,
    EnvironmentKey,
    access_to_bucket,
    encrypted_log_group,
    use_of_key,
)
from stacks.fields import LogRetentionDays


def data_bucket(stack: Stack, **arguments: Any) -> DataBucket:
    return DataBucket(
        stack,
        "Data",
        key=kms.Key(stack, "Key"),
        access_logs=AccessLogBucket(
            stack, "Logs", retention_days=30, removal_policy=RemovalPolicy.RETAIN
        ).bucket,
        **{"removal_policy": RemovalPolicy.RETAIN, **arguments},
    )


def bucket_properties(template: Template, id: str) -> dict[str, Any]:
    [properties] = [
        resource["Properties"]
        for logical_id, resource in template.find_resources("AWS::S3::Bucket").items()
        if logical_id.startswith(id)
    ]
    return dict(properties)


def test_key_rotates_and_serves_logs_and_alarms(stack: Stack) -> None:
    EnvironmentKey(stack, "Key", alias="team", removal_policy=RemovalPolicy.RETAIN)
    template = Template.from_stack(stack)
    template.has_resource(
        "AWS::KMS::Key", {"DeletionPolicy": "Retain", "Properties": {"EnableKeyRotation": True}}
    )
    template.has_resource_properties("AWS::KMS::Alias", {"AliasName": "alias/team"})
    template.has_resource_properties(
        "AWS::KMS::Key",
        {
            "KeyPolicy": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Condition": {
                                    "ArnLike": {
                                        "kms:EncryptionContext:aws:logs:arn": Match.any_value()
                                    }
                                }
                            }
                        ),
                        Match.object_like(
                            {
                                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                                "Condition": {
                                    "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
                                },
                            }
                        ),
                    ]
                )
            }
        },
    )


def test_grants_of_the_key_go_to_services_only(stack: Stack) -> None:
    use, grant = use_of_key(kms.Key(stack, "Key"))
    assert "kms:CreateGrant" not in use.actions
    assert grant.actions == ["kms:CreateGrant"]
    assert grant.conditions == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_data_bucket_is_closed_encrypted_versioned_and_logged(stack: Stack) -> None:
    data_bucket(stack, expiration_days=10, noncurrent_days=5)
    template = Template.from_stack(stack)
    properties = bucket_properties(template, "Data")
    [encryption] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["BucketKeyEnabled"] is True
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["LoggingConfiguration"]["LogFilePrefix"] == "s3/Stack/Data/"
    [rule] = properties["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 10
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5}
    template.resource_count_is("Custom::S3AutoDeleteObjects", 0)
    deny = {
        "Action": "s3:*",
        "Effect": "Deny",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    template.all_resources_properties(
        "AWS::S3::BucketPolicy",
        {"PolicyDocument": {"Statement": Match.array_with([Match.object_like(deny)])}},
    )


def test_without_expiration_data_stays(stack: Stack) -> None:
    data_bucket(stack)
    [rule] = bucket_properties(Template.from_stack(stack), "Data")["LifecycleConfiguration"][
        "Rules"
    ]
    assert "ExpirationInDays" not in rule


def test_a_retained_bucket_keeps_its_policy(stack: Stack) -> None:
    data_bucket(stack)
    for policy in Template.from_stack(stack).find_resources("AWS::S3::BucketPolicy").values():
        assert policy["DeletionPolicy"] == "Retain"


def test_destroying_empties_the_bucket_first(stack: Stack) -> None:
    data_bucket(stack, removal_policy=RemovalPolicy.DESTROY)
    Template.from_stack(stack).resource_count_is("Custom::S3AutoDeleteObjects", 1)


def test_logs_are_taken_from_this_account_only(stack: Stack) -> None:
    data_bucket(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Principal": {"Service": "logging.s3.amazonaws.com"},
                                "Condition": {
                                    "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
                                },
                            }
                        )
                    ]
                )
            }
        },
    )


@pytest.mark.parametrize("write", [False, True])
def test_statements_read_or_write(stack: Stack, write: bool) -> None:
    text = str([one.to_json() for one in access_to_bucket(data_bucket(stack).bucket, write=write)])
    assert "s3:GetObject" in text
    assert ("s3:PutObject" in text) is write
    assert ("s3:DeleteObject" in text) is write
    assert "s3:*" not in text


def test_alarm_topic_is_encrypted_and_takes_alarms_of_this_account(stack: Stack) -> None:
    AlarmTopic(stack, "Alarms", key=kms.Key(stack, "Key"), emails=["a@example.com"])
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::SNS::Topic", {"KmsMasterKeyId": Match.any_value()})
    template.has_resource_properties(
        "AWS::SNS::Subscription", {"Protocol": "email", "Endpoint": "a@example.com"}
    )
    template.has_resource_properties(
        "AWS::SNS::TopicPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Effect": "Deny",
                                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                            }
                        ),
                        Match.object_like(
                            {
                                "Action": "sns:Publish",
                                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                            }
                        ),
                    ]
                )
            }
        },
    )


def test_log_groups_keep_logs_for_each_period_that_settings_know(stack: Stack) -> None:
    periods = get_args(get_args(LogRetentionDays)[0])
    key = kms.Key(stack, "Key")
    for days in periods:
        encrypted_log_group(stack, f"For{days}Days", key=key, retention_days=days)
    groups = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup")
    kept = [group["Properties"]["RetentionInDays"] for group in groups.values()]
    assert sorted(kept) == sorted(periods) != []
