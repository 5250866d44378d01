"""Who uses the workgroups of Athena."""

from operations.access.resolver import Record
from operations.access.role import Role
from operations.access.world import Environment

_STARTS = ("athena:StartQueryExecution", "athena:StartSession")


def athena_keeps_results(workgroup: Record) -> bool:
    """Tell whether Athena keeps the results of a workgroup, with its own key."""
    configuration = workgroup.properties.get("WorkGroupConfiguration", {})
    managed = configuration.get("ManagedQueryResultsConfiguration", {})
    return bool(managed.get("Enabled")) and "EncryptionConfiguration" not in managed


def uses_workgroup(role: Role, workgroup: Record, environment: Environment) -> bool:
    """Tell whether a role may query in a workgroup."""
    arn = (
        f"arn:{environment.partition}:athena:{environment.region}:{environment.account}"
        f":workgroup/{workgroup.properties['Name']}"
    )
    return any(
        not statement.deny
        and any(map(statement.names_action, _STARTS))
        and statement.names_resource(arn, {})
        for policy in role.policies
        for statement in policy.statements
    )
