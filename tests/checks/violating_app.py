"""The real app, with one stack more that violates a rule of every check."""

import sys
from typing import Any
from unittest.mock import patch

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from app import main
from stacks import environment


class ViolatingStage(environment.EnvironmentStage):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        stack = Stack(self, "violations")
        s3.CfnBucket(stack, "OpenBucket")
        CfnResource(stack, "Misspelt", type="AWS::S3::Bucket", properties={"BucketNam": "x"})
        iam.CfnManagedPolicy(
            stack,
            "AllowsAll",
            policy_document={
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
            },
        )
        role = iam.Role(
            stack,
            "Role",
            assumed_by=iam.ServicePrincipal("glue.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_managed_policy_name(stack, f"P{number}", f"P{number}")
                for number in range(10)
            ],
        )
        # The eleventh is in a stack of its own, as in real environments.
        iam.ManagedPolicy(
            Stack(self, "attached"),
            "Eleventh",
            statements=[
                iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::b/c"])
            ],
            roles=[role],
        )


with patch.object(environment, "EnvironmentStage", ViolatingStage):
    sys.exit(main())
