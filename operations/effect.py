"""Whether what a grant or a policy gives has an effect, asked of the authorizer."""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision, Outcome
from operations.access.lake_formation import Data, Grant
from operations.access.matrix import studio_session
from operations.access.operation import Need
from operations.access.pattern import expand
from operations.access.place import Place, activities
from operations.access.policy import Statement
from operations.access.reference import actions
from operations.access.report import explain_check
from operations.access.role import Role
from operations.access.session import Session
from operations.access.world import World
from operations.assembly import Stage

# What is left of an access when IAM denies a part of it.
_LESS = {
    "all rights": ("all rights", "read", "describe"),
    "write": ("write", "read", "describe"),
    "read": ("read", "describe"),
}
_TABLE_BUCKETS = "s3tablescatalog/"
_GLUE_DATA = re.compile(r"arn:[^:]*:glue:[^:]*:(\d+):(table|database)/(.+)")
_DESCRIBES = re.compile(r"(BatchGet|Get|List|Search)")


class Effect:
    """Decides about grants and statements of one environment.

    Args:
        stage: the environment.
    """

    def __init__(self, stage: Stage) -> None:
        self._stacks = {one.name: one.stack_name for one in stage.stacks}
        self._world = World.of([one.with_template() for one in stage.stacks])
        [self._environment] = self._world.environments.values()
        self._authorizer = Authorizer(self._world)
        self._grants = {
            (one.record.stack.name, one.record.logical_id): one
            for one in self._world.lake_formation.grants
        }
        self._statements = {
            (statement.origin.stack, statement.origin.logical_id, statement.index): statement
            for role in self._environment.roles.values()
            for policy in role.policies
            for statement in policy.statements
        }
        self._roles = {
            (role.record.stack.name, role.record.logical_id): role
            for role in self._environment.roles.values()
        }
        self._sessions = {
            role.arn: studio_session(
                self._environment, persona, Place(self._world, self._environment, persona)
            )
            for persona, role in self._environment.personas.items()
        }

    def data(self, database: str, table: str) -> Data | None:
        """Return data by the name that `reached_data` gives it.

        Args:
            database: name of the database, after the path of its catalog and a dot; empty for a
                location.
            table: name of the table; empty for the database.
        """
        if not database:
            return None
        catalog, _, name = database.rpartition(".")
        account = self._environment.account
        if not catalog:
            return Data(account, name, table)
        if catalog.isdigit():
            return Data(catalog, name, table)
        return Data(f"{account}:{catalog}", name, table)

    def of_grant(self, stack: str, logical_id: str, may: str, on: Data | None) -> tuple[str, str]:
        """Return what a grant of Lake Formation lets a role do, and why not all that it says.

        The grants of other accounts, and of roles that no template has, are taken at their word.

        Args:
            stack: the stack of the grant, by its name in the environment.
            logical_id: of the grant.
            may: what it gives: ``describe``, ``read``, ``write``, ``all rights``, ``create tables``
                or ``put tables over``; others are taken at their word.
            on: the data; None for a location.
        """
        grant = self._grants[self._stacks[stack], logical_id]
        role = self._world.roles.get(grant.principal)
        if role is None:
            return may, ""
        lost = ""
        for access in _LESS.get(may, (may,)):
            failed = self._failed(role, grant, access, on)
            if not failed:
                return access, lost
            lost = lost or failed
        return "", lost

    def actions_of(
        self,
        role: tuple[str, str],
        policy: tuple[str, str],
        index: int,
        wanted: Iterable[str],
        resource: int,
    ) -> tuple[list[str], str]:
        """Return which actions of a statement a role has, and why not the others.

        Args:
            role: the stack and the logical ID of the role.
            policy: those of the policy.
            index: position of the statement in the policy.
            wanted: actions of the statement.
            resource: position of the resource in the statement.
        """
        of_role = self._roles[self._stacks[role[0]], role[1]]
        statement = self._statements[self._stacks[policy[0]], policy[1], index]
        arn = statement.resource_names[resource]
        session = self._session(of_role)
        context = dict(_met(statement))
        tags = {f"aws:principaltag/{key.lower()}": one for key, one in of_role.tags.items()}
        own = {key.lower(): one for key, one in session.context.items()}
        expanded = expand(arn, {**tags, **own, **context})
        if expanded is None:
            # Only a request tells what the statement is about.
            return list(wanted), ""
        arn = _one(expanded)
        left, lost = list[str](), ""
        for action in wanted:
            failed = self._failed_need(of_role, _example(action), arn, context)
            if failed is None:
                continue
            if failed:
                lost = lost or failed
            else:
                left.append(action)
        return left, lost

    def _failed_need(
        self, role: Role, action: str, arn: str, context: Mapping[str, str]
    ) -> str | None:
        """Return why a role has no action; empty if it has, None if it needs a grant to."""
        if (match := _GLUE_DATA.fullmatch(arn)) and not self._described(
            role, action, *match.groups()
        ):
            return None
        resource = self._environment.canonical(arn)
        need = Need(action, resource, context)
        return _why(self._authorizer.authorize_need(need, self._session(role)), role.arn)

    def _described(self, role: Role, action: str, account: str, kind: str, path: str) -> bool:
        """Whether Lake Formation lets a role have an action of Glue on a description."""
        *catalog, name = path.removesuffix("/").rsplit("/", 2 if kind == "table" else 1)
        formation = self._world.lake_formation
        where = [*catalog, name]
        table = where.pop() if kind == "table" and len(where) > 1 else ""
        database = where.pop()
        data = Data(f"{account}:{where[0]}" if where else account, database, table)
        if not formation.decides(role.arn, data, None):
            return True
        reads = bool(_DESCRIBES.match(action.partition(":")[2]))
        wanted = ("DESCRIBE", "SELECT") if reads else ("ALTER", "INSERT", "CREATE_TABLE", "DROP")
        return any(formation.grant_for(role.arn, one, data) for one in wanted)

    def _failed(self, role: Role, grant: Grant, access: str, on: Data | None) -> str:
        """Return why a role cannot do something; empty if it can in at least one way."""
        reasons = []
        for way in self._ways(role, grant, access, on):
            failed = next((text for outcome in way if (text := _why(outcome, role.arn))), "")
            if not failed:
                return ""
            reasons.append(failed)
        return reasons[0] if reasons else ""

    def _ways(
        self, role: Role, grant: Grant, access: str, on: Data | None
    ) -> Iterator[Iterable[Outcome]]:
        """Yield the ways to do something, each with what it needs."""
        if on is None:
            # The database that a table over the location is in has a grant of its own.
            yield self._needs(role, "glue:CreateTable", [self._glue("catalog")])
            return
        catalog, database, table = self._arns(on)
        match access:
            case "describe" if not on.table:
                yield self._needs(role, "glue:GetDatabase", [catalog, database])
                if role.arn not in self._sessions:
                    # Glue's optimizers need the grant, and in IAM rights to tables only; AWS:
                    # "Table optimization prerequisites" in the Glue guide.
                    yield self._needs(role, "glue:GetTable", [catalog, database])
            case "describe":
                yield self._needs(role, "glue:GetTable", [catalog, database, table])
            case "create tables":
                arns = [catalog, database, f"{table}a_table"]
                yield self._needs(role, "glue:CreateTable", arns)
            case "read" | "write" | "all rights" if on.table:
                reads = access == "read"
                federated = ":" in on.catalog and _TABLE_BUCKETS not in on.catalog
                if not federated and role.arn in self._sessions:
                    yield from self._queries(role, on, reads=reads)
                if not reads and self._has_no_engine(role) and (files := self._files(on)):
                    # Writes of a whole layer come with its files.
                    yield self._needs(role, "s3:PutObject", [files])
                if federated or not (grant.restricts or self._only_queries(role)):
                    arns = [catalog, database, table]
                    yield self._in_sessions(role, arns, reads, "lakeformation:GetDataAccess", "*")
                    if role.arn not in self._sessions and (files := self._files(on)):
                        # Such as crawlers: descriptions by the grant, files by its own policy.
                        action = "s3:GetObject" if reads else "s3:PutObject"
                        yield self._in_sessions(role, arns, reads, action, files)
            case _:
                return

    def _only_queries(self, role: Role) -> bool:
        """Whether a role of a person runs nothing but Athena's SQL."""
        return role.arn in self._sessions and "run_glue_jobs" not in activities(role)

    def _has_no_engine(self, role: Role) -> bool:
        """Whether a role of a person runs neither Athena's SQL nor Glue."""
        engines = {"query_lakehouse", "run_glue_jobs"}
        return role.arn in self._sessions and engines.isdisjoint(activities(role))

    def _queries(self, role: Role, on: Data, *, reads: bool) -> Iterator[Iterable[Outcome]]:
        catalog = on.catalog.partition(":")[2]
        name = f"{catalog}/{on}" if catalog else str(on)
        for link, target in self._environment.resource_links.items():
            if target == (on.catalog, on.database):
                name = f"{link}.{on.table}"
        facts = {"reads": [name]} if reads else {"writes": [name], "format": "iceberg"}
        groups = [
            str(one.properties["Name"])
            for one in self._environment.of_type("AWS::Athena::WorkGroup")
        ]
        outcomes = [
            self._authorizer.authorize(
                Call(
                    "athena", "StartQueryExecution", {"WorkGroup": group, "QueryString": ""}, facts
                ),
                self._session(role),
            )
            for group in groups
        ]
        # The way that gets furthest tells most.
        yield from (
            [one] for one in sorted(outcomes, key=lambda one: len(one.checks), reverse=True)
        )

    def _in_sessions(
        self, role: Role, arns: list[str], reads: bool, data_action: str, data: str
    ) -> Iterator[Outcome]:
        yield from self._needs(role, "glue:GetTable", arns)
        if not reads:
            yield from self._needs(role, "glue:UpdateTable", arns)
        yield from self._needs(role, data_action, [data])

    def _files(self, on: Data) -> str:
        """Return the ARN of a file of a table; empty for data that is not in files of a layer."""
        for one in self._environment.of_type("AWS::Glue::Database"):
            place = str(one.properties.get("DatabaseInput", {}).get("LocationUri", ""))
            if one.properties.get("DatabaseName") == on.database and place:
                path = place.removeprefix("s3://").rstrip("/")
                return f"arn:{self._environment.partition}:s3:::{path}/{on.table}/part-0"
        return ""

    def _needs(self, role: Role, action: str, arns: Iterable[str]) -> Iterator[Outcome]:
        for arn in arns:
            yield self._authorizer.authorize_need(Need(action, arn), self._session(role))

    def _session(self, role: Role) -> Session:
        """Return the session of a user in Studio, or of a role that a service has."""
        return self._sessions.get(role.arn) or Session(role, self._environment, in_network=False)

    def _glue(self, resource: str, account: str = "") -> str:
        place = self._environment
        return f"arn:{place.partition}:glue:{place.region}:{account or place.account}:{resource}"

    def _arns(self, on: Data) -> tuple[str, str, str]:
        catalog = on.catalog.partition(":")[2]
        path = f"{catalog}/{on.database}" if catalog else on.database
        return (
            self._glue(f"catalog/{catalog}" if catalog else "catalog", on.account),
            self._glue(f"database/{path}", on.account),
            self._glue(f"table/{path}/{on.table}", on.account),
        )


def _why(outcome: Outcome, role_arn: str) -> str:
    """Return why a call fails; empty if it does not, or if only another account can tell."""
    failed = outcome.failed
    if outcome.decision in (Decision.ALLOWED, Decision.UNDECIDED) or failed is None:
        return ""
    return explain_check(failed, role_arn)


def _one(pattern: str) -> str:
    """Return one text that a pattern stands for."""
    return pattern if pattern == "*" else re.sub(r"[*?]", "a", pattern)


def _example(action: str) -> str:
    """Return an action that a pattern stands for."""
    known = [one.name for key, one in actions().items() if fnmatchcase(key, action.lower())]
    return known[0] if known else action


def _met(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield context that meets the conditions of a statement, as far as they ask for values."""
    pairs: Mapping[str, Mapping[str, Any]] = statement.document.get("Condition") or {}
    for operator, wanted in pairs.items():
        if "Not" in operator or operator == "Null":
            continue
        for key, value in wanted.items():
            one = value[0] if isinstance(value, list) else value
            yield key.lower(), _one(str(one))
