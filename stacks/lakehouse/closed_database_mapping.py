"""Leaves a database to the grants of Lake Formation alone."""

from aws_cdk import DefaultStackSynthesizer, Fn, Stack
from constructs import Construct, IDependable

from sagemaker_platform.lakehouse import DataLocation, DataTarget, LakeFormation
from stacks.lakehouse.permission_mapping import LOCATION_PERMISSIONS


def close_database(
    formation: LakeFormation,
    scope: Construct,
    name: str,
    *,
    database: IDependable,
    location: DataLocation,
    in_scope: bool = False,
) -> list[IDependable]:
    """Let only grants give a database away; return what its tables have to wait for.

    Args:
        formation: Lake Formation of the environment.
        scope: where the grants are made, in the stack of `formation` or one that comes later.
        name: name of the database.
        database: the database.
        location: where its files are.
        in_scope: whether the database is closed in the scope too. Defaults to `formation`.
    """
    closed = formation.close(name, after=database, scope=scope if in_scope else None)
    # The role that deploys creates the tables, which IAM alone no longer allows.
    deploys = deployment_role(formation)
    whole = DataTarget.database(name)
    return [
        closed,
        *(
            # Deleting the database takes DROP, and it goes after all that waits for it.
            formation.grant(
                scope,
                "deployment",
                deploys,
                target,
                permissions,
                stays=target == whole,
                after=[closed, waits_for],
            )
            for target, permissions, waits_for in (
                (location.target, LOCATION_PERMISSIONS, location.resource),
                (whole, ["ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"], database),
                (DataTarget.tables(name), ["ALTER", "DESCRIBE", "DROP"], database),
            )
        ),
    ]


def deployment_role(scope: Construct) -> str:
    """Return the role with which CloudFormation makes what is in the stack."""
    synthesizer = Stack.of(scope).synthesizer
    assert isinstance(synthesizer, DefaultStackSynthesizer)
    return Fn.sub(synthesizer.cloud_formation_execution_role_arn)
