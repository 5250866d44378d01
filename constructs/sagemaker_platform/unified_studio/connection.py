"""Connections of projects of Unified Studio to what an account has already."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_datazone as datazone
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import AccessPolicy

ConnectionTarget = datazone.CfnConnection.ConnectionPropertiesInputProperty
"""What a connection leads to."""


def athena_workgroup(name: str) -> ConnectionTarget:
    """Return a target: a workgroup of Athena, by its name."""
    kind = datazone.CfnConnection
    return ConnectionTarget(
        athena_properties=kind.AthenaPropertiesInputProperty(workgroup_name=name)
    )


def hyperpod_cluster(name: str) -> ConnectionTarget:
    """Return a target: a HyperPod cluster, by its name."""
    kind = datazone.CfnConnection
    return ConnectionTarget(
        hyper_pod_properties=kind.HyperPodPropertiesInputProperty(cluster_name=name)
    )


def lakehouse_catalog(*, lineage: bool) -> ConnectionTarget:
    """Return a target: the Glue Data Catalog of the account.

    Args:
        lineage: whether the lineage of AWS Glue is imported.
    """
    kind = datazone.CfnConnection
    return ConnectionTarget(
        lakehouse_properties=kind.LakehousePropertiesInputProperty(
            glue_lineage_sync_enabled=lineage
        )
    )


def mlflow_tracking(arn: str) -> ConnectionTarget:
    """Return a target: MLflow, by the ARN of the tracking server or the App."""
    kind = datazone.CfnConnection
    return ConnectionTarget(
        mlflow_properties=kind.MlflowPropertiesInputProperty(tracking_server_arn=arn)
    )


def redshift_workgroup(
    name: str, *, database: str, host: str, port: int, lineage: bool = False
) -> ConnectionTarget:
    """Return a target: a workgroup of Redshift Serverless, with sign-in by IAM.

    Args:
        name: name of the workgroup.
        database: name of the database.
        host: address of the workgroup.
        port: its port.
        lineage: whether the lineage of the workgroup is imported.
    """
    kind = datazone.CfnConnection
    return ConnectionTarget(
        redshift_properties=kind.RedshiftPropertiesInputProperty(
            host=host,
            port=port,
            database_name=database,
            storage=kind.RedshiftStoragePropertiesProperty(workgroup_name=name),
            lineage_sync=kind.RedshiftLineageSyncConfigurationInputProperty(enabled=True)
            if lineage
            else None,
        )
    )


def s3_bucket(name: str) -> ConnectionTarget:
    """Return a target: a bucket, by its name."""
    kind = datazone.CfnConnection
    # AWS takes folders only: the URI ends with a slash.
    return ConnectionTarget(s3_properties=kind.S3PropertiesInputProperty(s3_uri=f"s3://{name}/"))


def glue_sessions(
    *, glue_version: str, worker_type: str, workers: int, idle_minutes: int
) -> ConnectionTarget:
    """Return a target: interactive sessions of AWS Glue with Spark.

    Args:
        glue_version: version of AWS Glue.
        worker_type: type of the workers.
        workers: number of workers.
        idle_minutes: time after which an idle session ends.
    """
    kind = datazone.CfnConnection
    return ConnectionTarget(
        spark_glue_properties=kind.SparkGluePropertiesInputProperty(
            glue_version=glue_version,
            worker_type=worker_type,
            number_of_workers=workers,
            idle_timeout=idle_minutes,
        )
    )


@checks_types
class ConnectionRole(Construct):
    """The access role of a connection: the role of one project assumes it.

    AWS's policies let projects reach only what carries the tag of the project. The access role
    reaches what projects share. Source: SageMaker Unified Studio User Guide, "Connections".

    Args:
        project_role_arn: ARN of the role of the project. It must exist: IAM refuses to trust a
            role that does not.
        statements: permissions of the project on the target.

    Attributes:
        role: the role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project_role_arn: str,
        statements: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, id)
        description = "Connection of a project of Unified Studio"
        policy = AccessPolicy(self, "Policy", statements=statements, description=description)
        project = iam.ArnPrincipal(project_role_arn)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.SessionTagsPrincipal(project),
            description=description,
            managed_policies=[policy.managed_policy],
        )
        assert self.role.assume_role_policy is not None, "it is a role of this stack"
        self.role.assume_role_policy.add_statements(
            iam.PolicyStatement(actions=["sts:SetSourceIdentity"], principals=[project])
        )


@checks_types
class Connection(Construct):
    """A connection of a project.

    AWS cannot rename a connection or move it to another environment: a change replaces it.

    Args:
        domain_id: ID of the domain.
        environment_id: ID of an environment of the project that is active: Tooling.
        name: name that people see: letters, digits, ``_``, ``-`` and ``.``, at most 64.
        target: what it leads to, such as ``athena_workgroup("dev")``.
        description: description that people see, at most 128 characters. Defaults to none.
        access_role: access role, for a target that has no tag of the project. Defaults to the
            role of the project.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        environment_id: str,
        name: str,
        target: ConnectionTarget,
        description: str | None = None,
        access_role: iam.IRole | None = None,
    ) -> None:
        super().__init__(scope, id)
        kind = datazone.CfnConnection
        self.resource = kind(
            self,
            "Resource",
            domain_identifier=domain_id,
            environment_identifier=environment_id,
            name=name,
            description=description,
            props=target,
            aws_location=kind.AwsLocationProperty(access_role=access_role.role_arn)
            if access_role
            else None,
        )
        self.id = self.resource.attr_connection_id
