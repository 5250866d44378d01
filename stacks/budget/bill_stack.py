"""Wires the bill: its bucket, tables and readers, and in us-east-1 its export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.budget import BillBucket, BillCatalog, BillExport
from sagemaker_platform.budget.bill_bucket import EXPORT_REGION
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.lakehouse import EVERYBODY, DataLocation, DataTarget, QueryWorkgroup
from sagemaker_platform.security import WildcardStatement
from stacks.base import EnvironmentStack
from stacks.budget.asset_mapping import export_lineage, grant_assets
from stacks.budget.bill_settings import BillExportSettings
from stacks.lakehouse.closed_database_mapping import close_database
from stacks.shared import SharedResources

if TYPE_CHECKING:
    from stacks.access.stack import AccessStack
    from stacks.lakehouse.governance_mapping import Governance
    from stacks.lakehouse.stack import LakehouseStack

SCAN_LIMIT_GIB = 100
RESULT_DAYS = 30


class BillStack(EnvironmentStack):
    """The bucket of the bill, its table and views, and a workgroup for its readers."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        database_name: str,
        workgroup_name: str,
        lakehouse: LakehouseStack | None,
        assets: bool,
        access: AccessStack | None,
    ) -> None:
        environment = shared.environment
        governance = lakehouse.governance if lakehouse else None
        super().__init__(scope, id, environment=environment, description="bill of the account")
        self.bucket_name = f"{environment.name}-bill-{environment.account}-{environment.region}"
        self.export_name = f"{environment.name}-bill"
        self._bucket = BillBucket(
            self,
            "Bill",
            name=self.bucket_name,
            access_logs=shared.access_logs,
            removal_policy=self.removal_policy,
        )
        self._catalog = BillCatalog(
            self,
            "Catalog",
            database_name=database_name,
            bucket_name=self._bucket.bucket.bucket_name,
            export_name=self.export_name,
            removal_policy=self.removal_policy,
            iam_decides=None if governance is None else not governance.replaces_iam,
            assets=assets,
        )
        self._workgroup = QueryWorkgroup(
            self,
            "Queries",
            name=workgroup_name,
            key=shared.key,
            access_logs=shared.access_logs,
            scan_limit_gib=SCAN_LIMIT_GIB,
            result_days=RESULT_DAYS,
            removal_policy=self.removal_policy,
        )
        readers = access.roles_with("read_costs") if access else []
        governed = governance is not None and governance.replaces_iam
        if governance is not None:
            self._govern(governance, readers)
        of_assets = []
        if assets:
            assert lakehouse is not None, "settings are checked"
            export_lineage(self, bucket=self._bucket.bucket, shared=shared, lakehouse=lakehouse)
            of_assets = [grant_assets(self, lakehouse=lakehouse, readers=readers)]
        if access is not None:
            access.attach_policy(
                self,
                "read_costs",
                [
                    *self._workgroup.use_statements(),
                    *self._catalog.read_statements(),
                    *([] if governed else self._bucket.read_statements()),
                    *([_GET_DATA_ACCESS] if governed or assets else []),
                    *of_assets,
                    *use_of_key(shared.key),
                ],
            )
        CfnOutput(self, "WorkgroupName", value=self._workgroup.name)
        CfnOutput(self, "DatabaseName", value=self._catalog.database_name)

    def _govern(self, governance: Governance, readers: Sequence[iam.IRole]) -> None:
        """Let Lake Formation hand out the bill, as it does the layers."""
        formation, catalog = governance.lake_formation, self._catalog
        name, database = catalog.database_name, catalog.database
        database.node.add_dependency(governance.may_create)
        whole = DataTarget.database(name)
        if not governance.replaces_iam:
            # Whatever another environment has made the default of the account.
            opened = formation.grant(
                self, "everybody", EVERYBODY, whole, ["ALL"], stays=True, after=[database]
            )
            catalog.create_after(opened)
            return
        location = DataLocation(
            self,
            "Location",
            name="Bill",
            arn=self._bucket.bucket.bucket_arn,
            statements=self._bucket.read_statements(),
            hybrid=False,
        )
        closed = close_database(
            formation, self, name, database=database, location=location, in_scope=True
        )
        catalog.create_after(*closed)
        for role in readers:
            for target, permissions in (
                (whole, ["DESCRIBE"]),
                (DataTarget.tables(name), ["DESCRIBE", "SELECT"]),
            ):
                formation.grant(
                    self,
                    f"reader-{role.node.scope.node.id if role.node.scope else role.node.id}",
                    role.role_arn,
                    target,
                    permissions,
                    after=[database],
                )


class BillExportStack(EnvironmentStack):
    """The export of the bill, in the region of AWS Data Exports."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: BillExportSettings,
        bill: BillStack,
    ) -> None:
        environment = shared.environment
        super().__init__(
            scope,
            id,
            environment=environment,
            description="export of the bill",
            region=EXPORT_REGION,
        )
        # AWS checks the policy of the bucket when the export is created.
        self.add_stack_dependency(bill)
        BillExport(
            self,
            "Export",
            name=bill.export_name,
            bucket_name=bill.bucket_name,
            bucket_region=environment.region,
            granularity=settings.granularity,
            tags=environment.all_tags,
        )


_GET_DATA_ACCESS = WildcardStatement(
    actions=["lakeformation:GetDataAccess"],
    resources=["*"],
    wildcard_reason=(
        "IAM knows no resources for this action; Lake Formation decides what a caller gets."
    ),
)
