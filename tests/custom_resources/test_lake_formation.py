"""What one environment changes in an account's Lake Formation, and what it leaves alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.lake_formation import index
from tests.custom_resources.fake_aws import failure
from tests.custom_resources.lake_formation_aws import Aws, key, role

Item = dict[str, Any]

OURS, THEIRS, GONE = role("ours"), role("theirs"), role("gone")
PARAMETER = "/dev/lake-formation/administrators"
SALES = {"Type": "Table", "Database": "dev_raw", "Table": "sales"}
SALES_RESOURCE = {"Table": {"DatabaseName": "dev_raw", "Name": "sales"}}
DATABASE = {"Type": "Database", "Database": "dev_raw"}
DATABASE_RESOURCE = {"Database": {"Name": "dev_raw"}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    world = Aws(principals={"ours", "theirs", "analyst"})

    world.install(monkeypatch)
    return world


class Resource:
    """A custom resource, as CloudFormation deals with it."""

    def __init__(self, kind: str, **properties: Any) -> None:
        self.kind = kind
        self.properties = properties
        self.physical_id = ""

    def create(self) -> None:
        answer = index.on_event(self._event("Create"), None)
        self.physical_id = answer["PhysicalResourceId"]

    def update(self, **properties: Any) -> bool:
        """Change properties; tell whether CloudFormation deletes the old one afterwards."""
        old = self.properties
        self.properties = {**old, **properties}
        event = self._event("Update", OldResourceProperties=old)
        try:
            answer = index.on_event(event, None)
        except Exception:
            self.failed, self.properties = self.properties, old
            raise
        if answer["PhysicalResourceId"] == self.physical_id:
            return False
        replaced = Resource(self.kind, **old)
        replaced.physical_id = self.physical_id
        self.physical_id = answer["PhysicalResourceId"]
        replaced.delete()
        return True

    def roll_back(self) -> None:
        """Go back to the properties before an update that failed."""
        index.on_event(self._event("Update", OldResourceProperties=self.failed), None)

    def delete(self) -> None:
        answer = index.on_event(self._event("Delete"), None)
        assert answer["PhysicalResourceId"] == self.physical_id

    def _event(self, request: str, **more: Any) -> Item:
        known = {"PhysicalResourceId": self.physical_id} if request != "Create" else {}
        return {
            "RequestType": request,
            "ResourceType": f"Custom::{self.kind}",
            "ResourceProperties": {"ServiceToken": "arn", **self.properties},
            **known,
            **more,
        }


def administrators(*arns: str, **more: Any) -> Resource:
    return Resource(
        "DataLakeAdministrators", Administrators=list(arns), Parameter=PARAMETER, **more
    )


def grant(**more: Any) -> Resource:
    given = {
        "Principal": role("analyst"),
        "Target": SALES,
        "Permissions": ["DESCRIBE", "SELECT"],
        "Grantable": [],
        "OptIn": "false",
        **more,
    }
    return Resource("DataGrant", **given)


def held(aws: Aws, principal: str = "analyst", resource: Item | None = None) -> set[str]:
    found = aws.grants.get((role(principal), key(resource or SALES_RESOURCE)))
    return found[0] if found else set()


def test_removes_only_administrators_that_it_added(aws: Aws) -> None:
    aws.admins = [THEIRS]
    ours = administrators(OURS)

    ours.create()

    assert aws.admins == [THEIRS, OURS]
    ours.delete()
    assert aws.admins == [THEIRS]
    assert aws.parameters == {}


def test_keeps_earlier_administrators(aws: Aws) -> None:
    aws.admins = [THEIRS]
    both = administrators(OURS, THEIRS)

    both.create()
    both.delete()

    assert aws.admins == [THEIRS]


def test_removes_administrators_no_longer_named(aws: Aws) -> None:
    aws.admins = [THEIRS]
    aws.principals.add("second")
    ours = administrators(OURS, role("second"))
    ours.create()

    replaced = ours.update(Administrators=[OURS])

    assert not replaced
    assert aws.admins == [THEIRS, OURS]


def test_no_change_writes_nothing(aws: Aws) -> None:
    aws.admins = [THEIRS]
    ours = administrators(OURS)
    ours.create()
    aws.calls.clear()

    ours.update()

    assert "PutDataLakeSettings" not in aws.calls


def test_other_settings_are_kept(aws: Aws) -> None:
    aws.settings = {
        "ReadOnlyAdmins": [{"DataLakePrincipalIdentifier": THEIRS}],
        "AllowExternalDataFiltering": True,
        "Parameters": {"SET_CONTEXT": "TRUE"},
        "TrustedResourceOwners": ["222222222222"],
    }
    before = dict(aws.settings)

    administrators(OURS).create()

    assert aws.settings == before


def test_closes_defaults_for_good(aws: Aws) -> None:
    everybody = {
        "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
        "Permissions": ["ALL"],
    }
    aws.settings = {
        "CreateDatabaseDefaultPermissions": [everybody],
        "CreateTableDefaultPermissions": [everybody],
    }
    ours = administrators(OURS, CloseDefaults="true")

    ours.create()
    ours.delete()

    assert aws.settings["CreateDatabaseDefaultPermissions"] == []
    assert aws.settings["CreateTableDefaultPermissions"] == []


@pytest.mark.parametrize(("before", "after"), [(None, "4"), ("3", "4"), ("5", "5")])
def test_cross_account_version_is_only_raised(aws: Aws, before: str | None, after: str) -> None:
    aws.settings = {"Parameters": {"SET_CONTEXT": "TRUE"}}
    if before:
        aws.settings["Parameters"]["CROSS_ACCOUNT_VERSION"] = before

    administrators(OURS, CrossAccountVersion="4").create()

    assert aws.settings["Parameters"] == {"SET_CONTEXT": "TRUE", "CROSS_ACCOUNT_VERSION": after}


def test_full_table_access_is_never_revoked(aws: Aws) -> None:
    found = administrators(OURS)
    found.create()
    assert "AllowFullTableExternalDataAccess" not in aws.settings

    found.update(FullTableAccess="true")
    found.delete()

    assert aws.settings["AllowFullTableExternalDataAccess"] is True


@pytest.mark.parametrize("gone", [GONE, "AROA2XQYZEXAMPLE", f"{GONE[:-9]}user/gone"])
def test_removes_administrators_whose_role_was_deleted(aws: Aws, gone: str) -> None:
    aws.admins = [THEIRS, gone]

    administrators(OURS).create()

    assert aws.admins == [THEIRS, OURS]


def test_keeps_administrators_of_other_accounts(aws: Aws) -> None:
    elsewhere = "arn:aws:iam::222222222222:role/x"
    aws.principals.add("x")
    aws.admins = [elsewhere, GONE]

    administrators(OURS).create()

    assert aws.admins == [elsewhere, OURS]


def test_unknown_administrator_is_named(aws: Aws) -> None:
    with pytest.raises(CustomResourceError, match=r"Invalid principal: .*role/gone"):
        administrators(GONE).create()


def test_waits_until_lake_formation_knows_a_new_role(aws: Aws) -> None:
    error = failure("InvalidInputException", "Invalid principal")
    aws.order("PutDataLakeSettings", error, times=3)

    administrators(OURS).create()

    assert aws.admins == [OURS]


def test_concurrent_writer_keeps_its_administrators(aws: Aws) -> None:
    """They read before we wrote, and write after: our administrator is missing, once."""
    late = {"admins": [THEIRS]}

    def before(operation: str) -> None:
        if operation == "GetDataLakeSettings" and OURS in aws.admins and late:
            aws.admins = late.pop("admins")

    aws.before = before

    administrators(OURS).create()

    assert sorted(aws.admins) == [OURS, THEIRS]


def test_endless_conflicts_time_out(aws: Aws) -> None:
    def before(operation: str) -> None:
        if operation == "GetDataLakeSettings":
            aws.admins = []

    aws.before = before

    with pytest.raises(CustomResourceError, match="other stacks changed the data lake admin"):
        administrators(OURS).create()


def test_failed_write_keeps_the_record_of_what_was_added(aws: Aws) -> None:
    aws.admins = [THEIRS]
    aws.order("PutDataLakeSettings", failure("AccessDeniedException"))
    ours = administrators(OURS, THEIRS)
    with pytest.raises(CustomResourceError, match="AccessDenied"):
        ours.create()

    ours.create()
    ours.delete()

    assert aws.admins == [THEIRS]


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("ConcurrentModificationException"),
        failure("InternalServiceException", status=500),
        failure("Unheard", status=503),
    ],
    ids=lambda error: str(error.response["Error"]["Code"]),
)
def test_temporary_errors_are_retried(aws: Aws, error: Exception) -> None:
    aws.order("GrantPermissions", error, times=4)

    grant().create()

    assert held(aws) == {"DESCRIBE", "SELECT"}
    assert aws.slept == [1, 2, 4, 8]


def test_endless_throttling_times_out(aws: Aws) -> None:
    aws.order("GrantPermissions", failure("ThrottlingException"), times=50)

    with pytest.raises(CustomResourceError, match=r"DataGrant .*ThrottlingException"):
        grant().create()

    assert sum(aws.slept) < 240  # Lambda stops the function after 300


def test_adds_and_removes_tag_values_one_by_one(aws: Aws) -> None:
    sales, hr = (
        Resource("LakeFormationTagValue", Key="dev_domain", Value=value)
        for value in ("sales", "hr")
    )
    sales.create()
    hr.create()
    hr.create()

    assert aws.tags == {"dev_domain": ["sales", "hr"]}
    sales.delete()
    assert aws.tags == {"dev_domain": ["hr"]}
    hr.delete()
    hr.delete()
    assert aws.tags == {}


def test_concurrent_creation_of_a_tag_key(aws: Aws) -> None:
    """The other one creates the key after we have looked for it."""

    def before(operation: str) -> None:
        if operation == "CreateLFTag" and not aws.tags:
            aws.tags["dev_domain"] = ["hr"]

    aws.before = before

    Resource("LakeFormationTagValue", Key="dev_domain", Value="sales").create()

    assert aws.tags == {"dev_domain": ["hr", "sales"]}


def test_deletion_of_a_value_in_use_fails(aws: Aws) -> None:
    aws.tags = {"dev_domain": ["sales", "hr"]}
    aws.carried = {key(DATABASE_RESOURCE): {"dev_domain": "hr"}}
    value = Resource("LakeFormationTagValue", Key="dev_domain", Value="hr")
    value.create()

    with pytest.raises(CustomResourceError, match="Update not allowed"):
        value.delete()


def test_updates_tags_in_place(aws: Aws) -> None:
    aws.tags = {"layer": ["raw"], "domain": ["sales", "hr"], "level": ["low"]}
    tags = Resource("LakeFormationTags", Target=DATABASE, Tags={"layer": "raw", "domain": "hr"})
    tags.create()

    replaced = tags.update(Tags={"domain": "sales", "level": "low"})

    assert not replaced
    assert aws.carried[key(DATABASE_RESOURCE)] == {"domain": "sales", "level": "low"}
    tags.delete()
    assert aws.carried[key(DATABASE_RESOURCE)] == {}


def test_refused_tags_are_named(aws: Aws) -> None:
    aws.tags = {"layer": ["raw"]}
    tags = Resource("LakeFormationTags", Target=DATABASE, Tags={"layer": "row"})

    with pytest.raises(CustomResourceError, match="refuses LF-tags: layer: no such value"):
        tags.create()


def test_removes_tags_of_a_deleted_resource(aws: Aws) -> None:
    aws.tags = {"layer": ["raw"]}
    tags = Resource("LakeFormationTags", Target=DATABASE, Tags={"layer": "raw"})
    tags.create()
    aws.carried.clear()
    tags.delete()
    aws.gone_resources = {key(DATABASE_RESOURCE)}

    tags.delete()


def test_updates_a_filter_in_place(aws: Aws) -> None:
    names = {"CatalogId": "1" * 12, "Database": "dev_raw", "Table": "sales", "Name": "emea"}
    rows = Resource("DataCellsFilter", **names, Rows="region = 'EMEA'", ExcludedColumns=["email"])
    rows.create()
    rows.create()

    replaced = rows.update(Rows="region = 'APAC'")

    assert not replaced
    [found] = aws.filters.values()
    assert found["RowFilter"] == {"FilterExpression": "region = 'APAC'"}
    assert found["ColumnWildcard"] == {"ExcludedColumnNames": ["email"]}
    rows.delete()
    rows.delete()
    assert aws.filters == {}


def test_a_filter_of_columns_has_all_rows(aws: Aws) -> None:
    names = {"CatalogId": "1" * 12, "Database": "dev_raw", "Table": "sales", "Name": "emea"}

    Resource("DataCellsFilter", **names, Columns=["id"]).create()

    [found] = aws.filters.values()
    assert found["RowFilter"] == {"AllRowsWildcard": {}}
    assert found["ColumnNames"] == ["id"]


def test_renamed_filter_replaces_the_old_one(aws: Aws) -> None:
    names = {"CatalogId": "1" * 12, "Database": "dev_raw", "Table": "sales", "Name": "emea"}
    rows = Resource("DataCellsFilter", **names, Columns=["id"])
    rows.create()

    assert rows.update(Name="europe")

    assert [found["Name"] for found in aws.filters.values()] == ["europe"]


def test_changed_grant_keeps_common_permissions(aws: Aws) -> None:
    change = grant()
    change.create()
    seen = []
    aws.before = lambda operation: seen.append("SELECT" in held(aws))

    replaced = change.update(Permissions=["INSERT", "SELECT"])

    assert not replaced
    assert held(aws) == {"INSERT", "SELECT"}
    assert seen
    assert all(seen), "for a moment the analyst could not read"


def test_grant_to_another_principal_revokes_the_first(aws: Aws) -> None:
    change = grant()
    change.create()

    assert change.update(Principal=THEIRS)

    assert held(aws) == set()
    assert held(aws, "theirs") == {"DESCRIBE", "SELECT"}


def test_revokes_grant_option_and_keeps_permission(aws: Aws) -> None:
    change = grant(Grantable=["DESCRIBE", "SELECT"])
    change.create()

    change.update(Grantable=["DESCRIBE"])

    assert aws.grants[role("analyst"), key(SALES_RESOURCE)] == (
        {"DESCRIBE", "SELECT"},
        {"DESCRIBE"},
    )


def test_repeated_revocation(aws: Aws) -> None:
    given = grant()
    given.create()
    given.delete()
    given.delete()

    assert aws.grants == {}


def test_revokes_nothing_from_deleted_roles_and_tables(aws: Aws) -> None:
    given = grant(OptIn="true")
    given.create()
    aws.principals.remove("analyst")
    given.delete()
    aws.principals.add("analyst")
    aws.gone_resources = {key(SALES_RESOURCE)}

    given.delete()


def test_grant_to_unknown_role_is_named(aws: Aws) -> None:
    with pytest.raises(CustomResourceError, match=r"role/gone.*Invalid principal"):
        grant(Principal=GONE).create()


def test_refused_revocation_fails(aws: Aws) -> None:
    given = grant()
    given.create()
    aws.order("RevokePermissions", failure("AccessDeniedException"))

    with pytest.raises(CustomResourceError, match="AccessDenied"):
        given.delete()


def test_failed_grant_is_revoked(aws: Aws) -> None:
    """CloudFormation does not delete what was never made."""
    aws.order("CreateLakeFormationOptIn", failure("AccessDeniedException"))

    with pytest.raises(CustomResourceError, match="AccessDenied"):
        grant(OptIn="true").create()

    assert aws.grants == {}
    assert aws.opt_ins == []


def test_failed_update_is_rolled_back(aws: Aws) -> None:
    change = grant(OptIn="true")
    change.create()
    aws.order("RevokePermissions", failure("AccessDeniedException"))
    with pytest.raises(CustomResourceError, match="AccessDenied"):
        change.update(Permissions=["INSERT", "SELECT"])
    assert "INSERT" in held(aws)

    change.roll_back()

    assert held(aws) == {"DESCRIBE", "SELECT"}
    assert len(aws.opt_ins) == 1


def test_opts_in_once_among_many(aws: Aws) -> None:
    """The list of opt-ins comes in pages, and one that is there is not made again."""
    for number in range(5):
        aws.principals.add(f"r{number}")
        grant(Principal=role(f"r{number}"), OptIn="true").create()
    given = grant(OptIn="true")
    given.create()
    given.create()

    assert len(aws.opt_ins) == 6
    given.update(OptIn="false")
    assert len(aws.opt_ins) == 5


def test_opts_in_without_a_grant(aws: Aws) -> None:
    given = grant(Permissions=[], OptIn="true")
    given.create()
    assert (len(aws.opt_ins), aws.grants) == (1, {})

    given.delete()

    assert aws.opt_ins == []
    assert not {"GrantPermissions", "RevokePermissions"} & set(aws.calls)


def test_account_without_settings(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    read = aws.get_data_lake_settings
    monkeypatch.setattr(aws, "get_data_lake_settings", lambda: read() if aws.admins else {})

    administrators(OURS).create()

    assert aws.admins == [OURS]


def test_closes_a_database_and_its_tables(aws: Aws) -> None:
    everybody = "IAM_ALLOWED_PRINCIPALS"
    aws.tables["dev_raw"] = [f"t{number}" for number in range(5)]
    open_to_all = [
        DATABASE_RESOURCE,
        {"Table": {"DatabaseName": "dev_raw", "TableWildcard": {}}},
        *({"Table": {"DatabaseName": "dev_raw", "Name": name}} for name in aws.tables["dev_raw"]),
    ]
    other = {"Table": {"DatabaseName": "other", "Name": "t"}}
    for resource in [*open_to_all, other]:
        aws.grants[everybody, key(resource)] = ({"ALL"}, set())
    grant().create()

    closed = Resource("ClosedDatabase", Database="dev_raw")
    closed.create()
    closed.create()
    closed.delete()

    assert {principal for principal, _ in aws.grants} == {everybody, role("analyst")}
    assert list(of for principal, of in aws.grants if principal == everybody) == [key(other)]


@pytest.mark.parametrize(
    ("target", "resource"),
    [
        (DATABASE, DATABASE_RESOURCE),
        ({"Type": "Catalog"}, {"Catalog": {}}),
        (
            {"Type": "Tables", "Database": "web", "CatalogId": "1:s3tablescatalog/x"},
            {
                "Table": {
                    "CatalogId": "1:s3tablescatalog/x",
                    "DatabaseName": "web",
                    "TableWildcard": {},
                }
            },
        ),
        (
            {"Type": "Columns", "Database": "d", "Table": "t", "Columns": ["a"]},
            {"TableWithColumns": {"DatabaseName": "d", "Name": "t", "ColumnNames": ["a"]}},
        ),
        (
            {"Type": "Columns", "Database": "d", "Table": "t", "ExcludedColumns": ["a"]},
            {
                "TableWithColumns": {
                    "DatabaseName": "d",
                    "Name": "t",
                    "ColumnWildcard": {"ExcludedColumnNames": ["a"]},
                }
            },
        ),
        (
            {
                "Type": "Filter",
                "CatalogId": "1" * 12,
                "Database": "d",
                "Table": "t",
                "Filter": "f",
            },
            {
                "DataCellsFilter": {
                    "TableCatalogId": "1" * 12,
                    "DatabaseName": "d",
                    "TableName": "t",
                    "Name": "f",
                }
            },
        ),
        (
            {"Type": "Location", "Arn": "arn:aws:s3:::b"},
            {"DataLocation": {"ResourceArn": "arn:aws:s3:::b"}},
        ),
        (
            {"Type": "TaggedTables", "Expression": {"b": ["x", "y"], "a": ["z"]}},
            {
                "LFTagPolicy": {
                    "ResourceType": "TABLE",
                    "Expression": [
                        {"TagKey": "a", "TagValues": ["z"]},
                        {"TagKey": "b", "TagValues": ["x", "y"]},
                    ],
                }
            },
        ),
        (
            {"Type": "TaggedDatabases", "Expression": {"a": ["z"]}},
            {
                "LFTagPolicy": {
                    "ResourceType": "DATABASE",
                    "Expression": [{"TagKey": "a", "TagValues": ["z"]}],
                }
            },
        ),
    ],
    ids=lambda value: value.get("Type", ""),
)
def test_every_type_of_target(aws: Aws, target: Item, resource: Item) -> None:
    grant(Target=target).create()

    assert [json.loads(of) for _, of in aws.grants] == [resource]


# One resource of each type, and what an update changes.
EVERY_TYPE: dict[str, tuple[Item, Item]] = {
    "DataLakeAdministrators": (
        {"Administrators": [OURS], "Parameter": PARAMETER},
        {"Administrators": [role("analyst")]},
    ),
    "LakeFormationTagValue": ({"Key": "domain", "Value": "hr"}, {"Value": "sales"}),
    "LakeFormationTags": (
        {"Target": DATABASE, "Tags": {"layer": "raw"}},
        {"Tags": {"layer": "clean"}},
    ),
    "DataCellsFilter": (
        {"CatalogId": "1" * 12, "Database": "dev_raw", "Table": "sales", "Name": "emea"},
        {"Rows": "region = 'EMEA'"},
    ),
    "DataGrant": (
        {
            "Principal": role("analyst"),
            "Target": SALES,
            "Permissions": ["DESCRIBE"],
            "OptIn": "true",
        },
        {"Permissions": ["SELECT"], "OptIn": "false"},
    ),
    "ClosedDatabase": ({"Database": "dev_raw"}, {"Database": "dev_clean"}),
}


@pytest.mark.parametrize("throttled", [False, True])
@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_every_type_is_idempotent(aws: Aws, kind: str, throttled: bool) -> None:
    """Each request can be repeated, also after each of its calls was throttled once."""
    aws.admins, aws.tags = [THEIRS], {"layer": ["raw", "clean"]}
    before = aws.state()
    properties, changed = EVERY_TYPE[kind]
    seen: set[str] = set()

    def throttle_first_call(operation: str) -> None:
        if throttled and operation not in seen:
            seen.add(operation)
            raise failure("ThrottlingException")

    aws.before = throttle_first_call

    def repeat(request: Callable[[], Any]) -> None:
        request()
        once = aws.state()
        seen.clear()
        request()
        assert aws.state() == once

    resource = Resource(kind, **properties)
    repeat(resource.create)
    resource.update(**changed)
    repeat(lambda: resource.update(**changed))
    repeat(resource.delete)
    assert aws.state() == before
