"""Waiting for projects of Unified Studio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CustomResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.security import WildcardStatement
from sagemaker_platform.unified_studio.domain import Enrolled, UnifiedStudioDomain


@checks_types
class ProjectWaiter(Construct):
    """Waits until projects are ready, data sources have run, and on a deletion projects are gone.

    Let projects depend on the waiter, and the waiter on profiles and blueprints. Then a deletion
    of the stack waits for the environments of projects before it deletes what they need, and is
    refused by name while people have projects.

    Args:
        domain: the domain. The waiter's role becomes a user of it and an owner of the root unit:
            permissions in IAM are not enough.
        administrators: ARNs of roles that AWS makes administrators of Lake Formation when it
            creates environments. A deletion removes them.
        keep: whether the domain stays when the stack is deleted, so that nothing is waited for.
        key: encrypts the logs.
        log_retention_days: retention of the logs.
        catalog: whether it creates glossaries and rules, see `Glossary` and `CatalogRule`.

    Attributes:
        gone: resource whose deletion waits.
        user: the role of the waiter as a user of the domain.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: UnifiedStudioDomain,
        administrators: Sequence[str],
        keep: bool,
        key: kms.IKey,
        log_retention_days: int,
        catalog: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self._domain_id, self._key = domain.id, key
        self._keep = "true" if keep else "false"
        self._waiting = WaitingResource(
            self,
            "Wait",
            folder="unified_studio",
            resource_type="UnifiedStudioGone",
            properties={
                "Domain": domain.id,
                "Keep": self._keep,
                "Administrators": list(administrators),
            },
            is_complete_statements=[
                iam.PolicyStatement(
                    actions=["datazone:GetDomain"], resources=[domain.resource.attr_arn]
                ),
                WildcardStatement(
                    actions=[
                        "datazone:DeleteDataExportConfiguration",
                        "datazone:GetDataExportConfiguration",
                        "datazone:GetEnvironment",
                        "datazone:GetProject",
                        "datazone:ListDataSourceRuns",
                        "datazone:ListEnvironments",
                        "datazone:ListProjects",
                        "datazone:PutDataExportConfiguration",
                        "datazone:StartDataSourceRun",
                    ],
                    resources=["*"],
                    wildcard_reason="Amazon DataZone has no resources for these actions. The "
                    "domain allows them to its users only.",
                ),
                WildcardStatement(
                    actions=[
                        "lakeformation:GetDataLakeSettings",
                        "lakeformation:PutDataLakeSettings",
                    ],
                    resources=["*"],
                    wildcard_reason="The account has one list of administrators. IAM cannot "
                    "restrict these actions to a resource.",
                ),
                *([_catalog_statement()] if catalog else []),
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="Projects of Unified Studio: ready, and gone",
        )
        self.gone = self._waiting.resource
        self.user: Enrolled = domain.enroll_role(
            "User", role_arn=self._waiting.is_complete_role.role_arn, scope=self
        )
        domain.add_owner("Owner", self.user, scope=self)
        self.gone.node.add_dependency(*(one for one in self.node.children if one != self._waiting))

    def add(
        self, scope: Construct, id: str, *, resource_type: str, properties: Mapping[str, Any]
    ) -> CustomResource:
        """Add a resource in the domain with the waiter's function.

        Args:
            scope: scope of the resource.
            id: construct ID.
            resource_type: type of the resource, without ``Custom::``.
            properties: properties in addition to the domain.
        """
        return self._waiting.add(
            scope,
            id,
            resource_type=resource_type,
            properties={"Domain": self._domain_id, "Keep": self._keep, **properties},
        )

    def wait_for(
        self,
        scope: Construct,
        id: str,
        *,
        project_id: str,
        parts: Sequence[str],
        revision: str,
        tooling: str,
    ) -> CustomResource:
        """Add a resource that is complete when a project is ready.

        Its attribute ``ToolingId`` is the ID of the environment of Tooling, and ``UserRoleArn``
        the role that AWS created for the project; there is none with sign-in by IAM roles.

        Args:
            scope: scope of the resource.
            id: construct ID.
            project_id: ID of the project.
            parts: names of the parts that are created with the project.
            revision: changes with the values of the project, so that an update waits again.
            tooling: name of the part with Tooling.
        """
        return self._waiting.add(
            scope,
            id,
            resource_type="UnifiedStudioProjectReady",
            properties={
                "Domain": self._domain_id,
                "Project": project_id,
                "Environments": list(parts),
                "Tooling": tooling,
                "Revision": revision,
            },
        )

    def run_data_source(
        self, scope: Construct, id: str, *, data_source_id: str, revision: str
    ) -> CustomResource:
        """Add a resource that is complete when a data source has run.

        The user of the waiter must be a member of the project.

        Args:
            scope: scope of the resource.
            id: construct ID.
            data_source_id: ID of the data source.
            revision: changes with the data source, so that it runs again.
        """
        return self._waiting.add(
            scope,
            id,
            resource_type="UnifiedStudioDataSourceRun",
            properties={
                "Domain": self._domain_id,
                "DataSource": data_source_id,
                "Revision": revision,
            },
        )

    def export_catalog(self, scope: Construct, id: str) -> CustomResource:
        """Export the catalog of the domain into S3 Tables, with the key, once a day.

        AWS writes the table bucket ``aws-sagemaker-catalog``, of which an account has one in a
        region. The tables stay when the resource is deleted. Sources: Amazon DataZone API
        Reference, "PutDataExportConfiguration"; SageMaker Unified Studio Administrator Guide, "KMS
        permissions for exporting asset metadata", read 2026-11-27.

        Args:
            scope: scope of the resource, in the stack of the waiter.
            id: construct ID.
        """
        stack = Stack.of(self)
        arn = stack.format_arn(
            service="s3tables", resource="bucket", resource_name="aws-sagemaker-catalog"
        )
        self._key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("systemtables.sagemaker-catalog.amazonaws.com")],
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
        self._key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("maintenance.s3tables.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{arn}/*"},
                },
            )
        )
        made = self._waiting.add(
            scope,
            id,
            resource_type="UnifiedStudioExport",
            properties={
                "Domain": self._domain_id,
                "Key": self._key.key_arn,
                "Keep": self._keep,
            },
        )
        made.node.add_dependency(self.gone)
        return made


def _catalog_statement() -> iam.PolicyStatement:
    nouns = ("Glossary", "GlossaryTerm", "Rule")
    verbs = ("Create", "Delete", "Get", "Update")
    return WildcardStatement(
        actions=sorted(
            [
                *(f"datazone:{verb}{noun}" for verb in verbs for noun in nouns),
                "datazone:ListRules",
                "datazone:Search",
            ]
        ),
        resources=["*"],
        wildcard_reason="Amazon DataZone has no resources for these actions. The domain allows "
        "them to its users only.",
    )
