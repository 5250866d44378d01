"""Who may do what on which data, according to the templates of an environment.

Reads the grants of Lake Formation and the policies of IAM, and asks the authorizer which of them
have an effect: what one side gives and the other denies is in a list of its own. Calls no AWS
service, so grants that were made by hand in the account are not in the list.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from operations import output
from operations.assembly import Json, Stage
from operations.effect import Effect
from operations.reached_data import catalog_of, reached_data
from operations.templates import Templates

_HEADINGS = ("who", "may", "on", "through", "as far as")
_WITHOUT_EFFECT = "Granted, and without effect"
_FORMATION = "Lake Formation"
_IAM = "IAM"
_NO_DATA = ("change descriptions", "describe", "take data")
# Permissions of Lake Formation as the settings call them.
_ACCESS = {
    frozenset({"DESCRIBE"}): "describe",
    frozenset({"DESCRIBE", "SELECT"}): "read",
    frozenset({"SELECT"}): "read",
    frozenset({"ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"}): "write",
    frozenset({"CREATE_TABLE", "DESCRIBE"}): "create tables",
    frozenset({"DATA_LOCATION_ACCESS"}): "put tables over",
    frozenset({"ALL"}): "all rights",
}
# Services whose actions reach data, or a description of it.
_SERVICES = ("athena", "glue", "lakeformation", "redshift-serverless", "s3", "s3tables")
_READS = re.compile(r"(BatchGet|Describe|Get|Head|List|Search)")
# Names of roles that people and other accounts have; the rest are those of services.
_PEOPLE = ("access/", "account ", "everybody", "role ", "user ")
# Roles of services in which people run what they like.
_SESSIONS = "Workgroup/Role"
_DEPLOYS = "role that deploys"
_EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


@dataclass(frozen=True, order=True)
class Permission:
    """One line: a principal, what it may do, and the data.

    Args:
        who: a role, by its place in the environment, or an account.
        may: what.
        on: the data.
        limit: as far as what; empty for all of it.
        through: what allows it.
        denied: why it has no effect; empty if it has.
    """

    who: str
    may: str
    on: str
    limit: str = ""
    through: str = _FORMATION
    denied: str = ""


def permissions(stage: Stage) -> list[Permission]:
    """Return what a synthesized environment allows on data, and what has no effect, in order."""
    templates, effect = Templates(stage), Effect(stage)
    found = {
        *_administrators(templates),
        *_grants(templates, effect),
        *_policies(templates, effect),
        *_resource_policies(templates),
    }
    # Who may write to a bucket may also list it: one line says both.
    return sorted(
        one for one in found if one.may != "read" or replace(one, may="read and write") not in found
    )


def in_short(found: Iterable[Permission]) -> list[Permission]:
    """Leave out the roles of services, and what shows descriptions but no data."""
    return [
        one
        for one in found
        if one.who.startswith(_PEOPLE) or one.who.endswith(_SESSIONS)
        if one.who != _DEPLOYS
        if not (one.through == _IAM and one.may in _NO_DATA)
    ]


def table(found: Sequence[Permission]) -> str:
    """Return one line for each permission, below headings; then those without effect, if any."""
    rows = [(one.who, one.may, one.on, one.through, one.limit) for one in found if not one.denied]
    text = output.table([_HEADINGS, *rows])
    lost = [(one.who, one.may, one.on, one.through, one.denied) for one in found if one.denied]
    if not lost:
        return text
    return f"{text}\n\n{_WITHOUT_EFFECT}\n{output.table([(*_HEADINGS[:-1], 'because'), *lost])}"


def _administrators(templates: Templates) -> Iterator[Permission]:
    for stack, _, properties in templates.of_type("Custom::DataLakeAdministrators"):
        for principal in properties["Administrators"]:
            yield Permission(_name(templates.text(stack, principal)), "grant", "all of the account")


def _grants(templates: Templates, effect: Effect) -> Iterator[Permission]:
    filters = {
        (p["Database"], p["Table"], p["Name"]): p
        for _, _, p in templates.of_type("Custom::DataCellsFilter")
    }
    for stack, logical_id, properties in templates.of_type("Custom::DataGrant"):
        names = frozenset(properties["Permissions"])
        if not names:
            continue
        on, limit = _target(templates, stack, properties["Target"], filters)
        may = _ACCESS.get(names) or ", ".join(sorted(n.lower().replace("_", " ") for n in names))
        if properties["Principal"] == _EVERYBODY:
            yield Permission("everybody", "what IAM allows", on)
            continue
        if properties["Grantable"]:
            may += ", and grant on"
        who = _name(templates.text(stack, properties["Principal"]))
        decided: dict[tuple[str, str], list[str]] = {}
        tagged = properties["Target"]["Type"].startswith("Tagged")
        for (database, name), text in reached_data(templates, properties["Target"]):
            found = effect.of_grant(stack, logical_id, may, effect.data(database, name))
            decided.setdefault(found, []).append(text)
        for (left, denied), reached in decided.items() or [((may, ""), [])]:
            part = _now(reached) if tagged else limit
            if left:
                yield Permission(who, left, on, part)
            if denied:
                yield Permission(who, may, on, part, denied=denied)


def _target(
    templates: Templates,
    stack: str,
    target: Json,
    filters: Mapping[tuple[str, str, str], Json],
) -> tuple[str, str]:
    """Return the data of a grant, and as far as what."""
    before = catalog_of(templates, target)
    match target["Type"]:
        case "Catalog":
            return "catalog of the account", ""
        case "Database":
            return f"database {before}{target['Database']}", ""
        case "Tables":
            return f"tables {before}{target['Database']}.*", ""
        case "Table":
            return f"table {before}{target['Database']}.{target['Table']}", ""
        case "Columns":
            return f"table {before}{target['Database']}.{target['Table']}", _columns(target)
        case "Filter":
            key = (target["Database"], target["Table"], target["Filter"])
            if before:
                limit = f"filter {target['Filter']} of that account"
                return f"table {before}{target['Database']}.{target['Table']}", limit
            one = filters[key]
            rows = f"rows where {one['Rows']}" if one.get("Rows") else ""
            limit = "; ".join(filter(None, (rows, _columns(one))))
            return f"table {target['Database']}.{target['Table']}", limit
        case "Location":
            return f"location {_data(templates.text(stack, target['Arn']))}", ""
        case kind:
            expression = target["Expression"]
            tags = " and ".join(
                f"{key.removeprefix(templates.prefix)} {' or '.join(values)}"
                for key, values in expression.items()
            )
            return f"{'databases' if kind == 'TaggedDatabases' else 'tables'} tagged {tags}", ""


def _now(names: Iterable[str]) -> str:
    return f"now: {', '.join(sorted(names)) or 'none'}"


def _columns(block: Json) -> str:
    if block.get("Columns"):
        return f"columns {', '.join(block['Columns'])}"
    if block.get("ExcludedColumns"):
        return f"all columns but {', '.join(block['ExcludedColumns'])}"
    return ""


def _policies(templates: Templates, effect: Effect) -> Iterator[Permission]:
    """Return what IAM allows the roles of the environment on data."""
    documents: dict[str, tuple[tuple[str, str], list[Json]]] = {}
    attached: dict[str, list[str]] = defaultdict(list)
    roles: dict[str, tuple[str, str]] = {}
    for stack, logical_id, properties in templates.of_type(
        "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"
    ):
        policy = templates.place(stack, logical_id)
        documents[policy] = (stack, logical_id), properties["PolicyDocument"]["Statement"]
        for role in properties.get("Roles", []):
            attached[_name(templates.text(stack, role))].append(policy)
    for stack, logical_id, properties in templates.of_type("AWS::IAM::Role"):
        role = templates.place(stack, logical_id)
        roles[role] = stack, logical_id
        for reference in properties.get("ManagedPolicyArns", []):
            attached[role].append(_name(templates.text(stack, reference)))
    for role, policies in attached.items():
        for policy in policies:
            if role not in roles or policy not in documents:
                continue
            place, statements = documents[policy]
            for index, statement in enumerate(statements):

                def decide(
                    actions: list[str],
                    resource: int,
                    role: tuple[str, str] = roles[role],
                    policy: tuple[str, str] = place,
                    index: int = index,
                ) -> tuple[list[str], str]:
                    return effect.actions_of(role, policy, index, actions, resource)

                yield from _statement(
                    templates, place[0], role, statement, through=_IAM, decide=decide
                )


def _resource_policies(templates: Templates) -> Iterator[Permission]:
    """Return what policies of buckets allow to others."""
    for stack, _, properties in templates.of_type(
        "AWS::S3::BucketPolicy", "AWS::S3Tables::TableBucketPolicy"
    ):
        document = properties.get("PolicyDocument") or properties.get("ResourcePolicy") or {}
        for statement in document.get("Statement", []):
            principals = statement.get("Principal")
            if statement["Effect"] != "Allow" or not isinstance(principals, dict):
                continue
            for principal in _listed(principals.get("AWS", [])):
                who = _name(templates.text(stack, principal))
                yield from _statement(
                    templates, stack, who, statement, through="policy of the bucket"
                )


def _statement(
    templates: Templates,
    stack: str,
    who: str,
    statement: Json,
    *,
    through: str,
    decide: Callable[[list[str], int], tuple[list[str], str]] = lambda actions, _: (actions, ""),
) -> Iterator[Permission]:
    """Return what a statement allows, as far as it is decided to have an effect.

    Args:
        templates: the templates.
        stack: the stack of the statement.
        who: whose it is.
        statement: the statement.
        through: the kind of its policy.
        decide: returns which actions have an effect on a resource, by its position, and why not
            the others.
    """
    if statement["Effect"] != "Allow":
        return
    limit = _conditions(statement.get("Condition", {}))
    by_service: dict[str, list[str]] = defaultdict(list)
    for action in map(str, _listed(statement["Action"])):
        by_service[action.partition(":")[0]].append(action)
    for service in sorted(by_service.keys() & set(_SERVICES)):
        for position, resource in enumerate(_listed(statement["Resource"])):
            data = _data(templates.text(stack, resource))
            if service == "lakeformation":
                data = "regardless of Lake Formation grants"
            left, denied = decide(by_service[service], position)
            if data and (may := _may(service, left)):
                yield Permission(who, may, data, limit, through)
            if denied and data and (may := _may(service, by_service[service])):
                yield Permission(who, may, data, limit, through, denied)


def _may(service: str, actions: Sequence[str]) -> str:
    """Return what actions of a service come to; empty for nothing with data."""
    names = [action.partition(":")[2] for action in actions]
    if service == "lakeformation":
        return "take data" if "GetDataAccess" in names else ""
    if not names:
        return ""
    return _by_service(service, names, [name for name in names if not _READS.match(name)])


def _by_service(service: str, actions: Sequence[str], writes: Sequence[str]) -> str:
    if service == "athena":
        return "query" if "StartQueryExecution" in actions else "describe"
    if service == "glue":
        return "change descriptions" if writes else "describe"
    if list(actions) == ["GetBucketLocation"]:
        return "describe"
    if not writes:
        return "read"
    return "write" if len(writes) == len(actions) else "read and write"


def _conditions(conditions: Json) -> str:
    return "; ".join(
        f"{key} {operator} {', '.join(map(str, _listed(value)))}"
        for operator, pairs in conditions.items()
        for key, value in pairs.items()
        if isinstance(value, str | list)
    )


def _data(arn: str) -> str:
    """Return what a person calls a resource; empty for what is no data."""
    arn = arn.removesuffix("/*") if not arn.startswith("arn:aws:glue:") else arn
    if match := re.fullmatch(r"<(.+)>(/.+)?", arn):
        return f"{match[1]}{match[2] or ''}"
    if match := re.fullmatch(r"arn:aws:s3:::(.+)", arn):
        return f"s3://{match[1]}"
    if match := re.fullmatch(
        r"arn:aws:glue:[^:]*:[^:]*:(catalog|database|table|.*?)(?:/(.*))?", arn
    ):
        # The catalog itself comes with every request.
        return f"Glue {match[1]} {match[2]}" if match[2] else ""
    if match := re.fullmatch(r"arn:aws:athena:[^:]*:[^:]*:(\w+)/(.+)", arn):
        return f"Athena {match[1]} {match[2]}"
    return arn


def _name(principal: str) -> str:
    """Return what a principal is called: where its role is made, or its account."""
    if match := re.fullmatch(r"<(.+)>", principal):
        return match[1]
    if match := re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/(.+)", principal):
        return _DEPLOYS if "-cfn-exec-role-" in match[2] else f"{match[1]} {match[2]}"
    return f"account {principal}" if re.fullmatch(r"\d{12}", principal) else principal


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
