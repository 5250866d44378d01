"""Who may do what on which data, according to the templates of an environment.

Reads the grants of Lake Formation and the policies of IAM. Calls no AWS service, so grants that
somebody made by hand in the account are not in the list.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from operations import output
from operations.assembly import Json, Stage
from operations.templates import Templates

_HEADINGS = ("who", "may", "on", "through", "as far as")
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
    """One line: somebody may do something on some data.

    Args:
        who: a role, by its place in the environment, or an account.
        may: what.
        on: the data.
        limit: as far as what; empty for all of it.
        through: what allows it.
    """

    who: str
    may: str
    on: str
    limit: str = ""
    through: str = _FORMATION


def permissions(stage: Stage) -> list[Permission]:
    """Return everything that a synthesized environment allows on data, in order."""
    templates = Templates(stage)
    found = {
        *_administrators(templates),
        *_grants(templates),
        *_policies(templates),
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
    """Return one line for each permission, below headings."""
    rows = [(one.who, one.may, one.on, one.through, one.limit) for one in found]
    return output.table([_HEADINGS, *rows])


def _administrators(templates: Templates) -> Iterator[Permission]:
    for stack, _, properties in templates.of_type("Custom::DataLakeAdministrators"):
        for principal in properties["Administrators"]:
            yield Permission(_name(templates.text(stack, principal)), "grant", "all of the account")


def _grants(templates: Templates) -> Iterator[Permission]:
    filters = {
        (p["Database"], p["Table"], p["Name"]): p
        for _, _, p in templates.of_type("Custom::DataCellsFilter")
    }
    for stack, _, properties in templates.of_type("Custom::DataGrant"):
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
        yield Permission(_name(templates.text(stack, properties["Principal"])), may, on, limit)


def _target(
    templates: Templates,
    stack: str,
    target: Json,
    filters: Mapping[tuple[str, str, str], Json],
) -> tuple[str, str]:
    """Return the data of a grant, and as far as what."""
    before = _catalog(target)
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
            if kind == "TaggedDatabases":
                return f"databases tagged {tags}", _now(_databases_with(templates, expression))
            return f"tables tagged {tags}", _now(_tables_with(templates, expression))


def _catalog(target: Json) -> str:
    """Return what a database's name begins with: nothing in the account's own catalog.

    The catalog of a table bucket is called account:s3tablescatalog/bucket, others account:name.
    """
    catalog = target.get("CatalogId", "").partition(":")[2]
    return f"{catalog.removeprefix('s3tablescatalog/')}." if catalog else ""


def _now(names: Iterable[str]) -> str:
    return f"now: {', '.join(sorted(names)) or 'none'}"


def _databases_with(templates: Templates, expression: Json) -> Iterator[str]:
    for (database, table, _), tags in _tags(templates).items():
        if not table and _fits(tags, expression):
            yield database


def _tables_with(templates: Templates, expression: Json) -> Iterator[str]:
    """Return the tables and columns that fit, as they inherit tags or carry their own."""
    tags = _tags(templates)
    declared = dict(_declared(templates))
    for database in sorted({key[0] for key in tags}):
        of_database = tags.get((database, "", ""), {})
        if _fits(of_database, expression):
            yield (
                f"others of {database}"
                if any(d == database for d, _ in declared)
                else (f"all of {database}")
            )
        for (_, table), columns in ((k, v) for k, v in declared.items() if k[0] == database):
            of_table = {**of_database, **tags.get((database, table, ""), {})}
            fitting = [
                name
                for name in columns
                if _fits({**of_table, **tags.get((database, table, name), {})}, expression)
            ]
            if fitting == columns:
                yield f"{database}.{table}"
            elif fitting:
                yield f"{database}.{table} ({', '.join(fitting)})"


def _declared(templates: Templates) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Return the columns of tables that the templates make, by database and table."""
    for _, _, table in templates.of_type("AWS::Glue::Table"):
        if "OpenTableFormatInput" in table:
            iceberg = table["OpenTableFormatInput"]["IcebergInput"]["IcebergTableInput"]
            columns = [field["Name"] for field in iceberg["Schema"]["Fields"]]
            yield (table["DatabaseName"], table["Name"]), columns
    buckets = {
        (stack, logical_id): bucket["TableBucketName"]
        for stack, logical_id, bucket in templates.of_type("AWS::S3Tables::TableBucket")
    }
    for stack, _, table in templates.of_type("AWS::S3Tables::Table"):
        bucket = buckets[stack, table["TableBucketARN"]["Fn::GetAtt"][0]]
        schema = table["IcebergMetadata"]["IcebergSchemaV2"]["SchemaV2FieldList"]
        columns = [field["Name"] for field in schema]
        yield (f"{bucket}.{table['Namespace']}", table["TableName"]), columns


def _tags(templates: Templates) -> dict[tuple[str, str, str], Json]:
    """Return LF-tags by database, table and column; an empty name where they are not below."""
    found: dict[tuple[str, str, str], Json] = {}
    for _, _, properties in templates.of_type("Custom::LakeFormationTags"):
        target = properties["Target"]
        for column in target.get("Columns", [""]):
            database = f"{_catalog(target)}{target['Database']}"
            found[database, target.get("Table", ""), column] = properties["Tags"]
    return found


def _fits(tags: Json, expression: Json) -> bool:
    return all(tags.get(key) in values for key, values in expression.items())


def _columns(block: Json) -> str:
    if block.get("Columns"):
        return f"columns {', '.join(block['Columns'])}"
    if block.get("ExcludedColumns"):
        return f"all columns but {', '.join(block['ExcludedColumns'])}"
    return ""


def _policies(templates: Templates) -> Iterator[Permission]:
    """Return what IAM allows the roles of the environment on data."""
    documents: dict[str, list[tuple[str, Json]]] = {}
    attached: dict[str, list[str]] = defaultdict(list)
    for stack, logical_id, properties in templates.of_type(
        "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"
    ):
        policy = templates.place(stack, logical_id)
        documents[policy] = [(stack, s) for s in properties["PolicyDocument"]["Statement"]]
        for role in properties.get("Roles", []):
            attached[_name(templates.text(stack, role))].append(policy)
    for stack, logical_id, properties in templates.of_type("AWS::IAM::Role"):
        role = templates.place(stack, logical_id)
        for reference in properties.get("ManagedPolicyArns", []):
            attached[role].append(_name(templates.text(stack, reference)))
    for role, policies in attached.items():
        for policy in policies:
            for stack, statement in documents.get(policy, ()):
                yield from _statement(templates, stack, role, statement, through=_IAM)


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
    templates: Templates, stack: str, who: str, statement: Json, *, through: str
) -> Iterator[Permission]:
    if statement["Effect"] != "Allow":
        return
    actions = [
        action
        for action in map(str, _listed(statement["Action"]))
        if action.split(":")[0] in _SERVICES
    ]
    for service in sorted({action.split(":")[0] for action in actions}):
        own = [action.split(":")[1] for action in actions if action.startswith(f"{service}:")]
        if service == "lakeformation":
            if "GetDataAccess" in own:
                yield Permission(who, "take data", "whatever Lake Formation grants", "", through)
            continue
        writes = [action for action in own if not _READS.match(action)]
        may = _by_service(service, own, writes)
        limit = _conditions(statement.get("Condition", {}))
        for resource in _listed(statement["Resource"]):
            data = _data(templates.text(stack, resource))
            if data:
                yield Permission(who, may, data, limit, through)


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
