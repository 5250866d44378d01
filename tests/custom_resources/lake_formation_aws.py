"""Lake Formation, and what is asked with it, in memory.

Requests and answers are validated by botocore's own models. Lists come in small pages, calls can
be throttled, others can change the settings in between, and principals can be gone.
"""

import copy
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.custom_resources.fake_aws import FakeAws, Item, failure

ACCOUNT = "111111111111"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@dataclass
class Aws(FakeAws):
    """All that exists, and how it behaves.

    Attributes:
        admins: the account's data lake administrators.
        settings: the rest of its data lake settings.
        principals: names of roles and users that exist.
        tags: values of each LF-tag.
        carried: tags by resource.
        grants: permissions, and those that may be passed on, by principal and resource.
        opt_ins: principals and resources.
        filters: data cell filters.
        tables: names of the tables of each database.
        parameters: of the Systems Manager.
        page: the most that a list gives back at once.
    """

    admins: list[str] = field(default_factory=list)
    settings: Item = field(default_factory=dict)
    principals: set[str] = field(default_factory=set)
    tags: dict[str, list[str]] = field(default_factory=dict)
    carried: dict[str, dict[str, str]] = field(default_factory=dict)
    grants: dict[tuple[str, str], tuple[set[str], set[str]]] = field(default_factory=dict)
    opt_ins: list[Item] = field(default_factory=list)
    filters: dict[str, Item] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    gone_resources: set[str] = field(default_factory=set)
    refused_tags: set[str] = field(default_factory=set)
    parameters: dict[str, str] = field(default_factory=dict)
    page: int = 2

    def state(self) -> Item:
        """Return all that exists; a resource without LF-tags counts as none."""
        carried = {resource: tags for resource, tags in self.carried.items() if tags}
        return copy.deepcopy(
            {
                "admins": sorted(self.admins),
                "tags": self.tags,
                "carried": carried,
                "grants": self.grants,
                "opt_ins": self.opt_ins,
                "filters": self.filters,
                "parameters": self.parameters,
            }
        )

    def _check_principal(self, identifier: str) -> None:
        if identifier.startswith("arn:aws:iam") and identifier.split("/")[-1] in self.principals:
            return
        if re.fullmatch(r"\d{12}|IAM_ALLOWED_PRINCIPALS", identifier):
            return
        raise failure("InvalidInputException", f"Invalid principal: {identifier}")

    def _check_resource(self, resource: Item) -> None:
        if key(resource) in self.gone_resources:
            raise failure("EntityNotFoundException", "Database not found")

    # Settings

    def get_data_lake_settings(self) -> Item:
        admins = [{"DataLakePrincipalIdentifier": arn} for arn in self.admins]
        return {"DataLakeSettings": {"DataLakeAdmins": admins, **self.settings}}

    def put_data_lake_settings(self, DataLakeSettings: Item) -> Item:  # noqa: N803
        given = dict(DataLakeSettings)
        admins = [admin["DataLakePrincipalIdentifier"] for admin in given.pop("DataLakeAdmins")]
        for arn in admins:
            self._check_principal(arn)
        self.admins, self.settings = admins, given
        return {}

    def get_role(self, RoleName: str) -> Item:  # noqa: N803
        if RoleName not in self.principals:
            raise failure("NoSuchEntity", status=404)
        return {
            "Role": {
                "Path": "/",
                "RoleName": RoleName,
                "RoleId": "AROA1234567890123456",
                "Arn": role(RoleName),
                "CreateDate": datetime.fromtimestamp(0, UTC),
            }
        }

    def get_user(self, UserName: str) -> Item:  # noqa: N803
        if UserName not in self.principals:
            raise failure("NoSuchEntity", status=404)
        return {
            "User": {
                "Path": "/",
                "UserName": UserName,
                "UserId": "AIDA1234567890123456",
                "Arn": f"arn:aws:iam::{ACCOUNT}:user/{UserName}",
                "CreateDate": datetime.fromtimestamp(0, UTC),
            }
        }

    def get_caller_identity(self) -> Item:
        return {"Account": ACCOUNT, "UserId": "x", "Arn": role("handler")}

    def get_parameter(self, Name: str) -> Item:  # noqa: N803
        if Name not in self.parameters:
            raise failure("ParameterNotFound")
        return {"Parameter": {"Name": Name, "Type": "String", "Value": self.parameters[Name]}}

    def put_parameter(self, Name: str, Value: str, Overwrite: bool, **_: Any) -> Item:  # noqa: N803
        if Name in self.parameters and not Overwrite:
            raise failure("ParameterAlreadyExists")
        self.parameters[Name] = Value
        return {"Version": 1}

    def delete_parameter(self, Name: str) -> Item:  # noqa: N803
        if self.parameters.pop(Name, None) is None:
            raise failure("ParameterNotFound")
        return {}

    # LF-tags

    def get_lf_tag(self, TagKey: str) -> Item:  # noqa: N803
        if TagKey not in self.tags:
            raise failure("EntityNotFoundException", "Tag not found")
        return {"TagKey": TagKey, "TagValues": self.tags[TagKey]}

    def create_lf_tag(self, TagKey: str, TagValues: list[str]) -> Item:  # noqa: N803
        if TagKey in self.tags:
            raise failure("InvalidInputException", "Tag key already exists")
        self.tags[TagKey] = TagValues
        return {}

    def update_lf_tag(
        self,
        TagKey: str,  # noqa: N803
        TagValuesToAdd: list[str] | None = None,  # noqa: N803
        TagValuesToDelete: list[str] | None = None,  # noqa: N803
    ) -> Item:
        self.get_lf_tag(TagKey)
        for value in TagValuesToDelete or ():
            if any(tags.get(TagKey) == value for tags in self.carried.values()):
                raise failure("InvalidInputException", "Update not allowed")
            self.tags[TagKey].remove(value)
        if not self.tags[TagKey] and not TagValuesToAdd:
            raise failure("InvalidInputException", "A tag must have a value")
        self.tags[TagKey] += TagValuesToAdd or []
        return {}

    def delete_lf_tag(self, TagKey: str) -> Item:  # noqa: N803
        self.get_lf_tag(TagKey)
        del self.tags[TagKey]
        return {}

    def add_lf_tags_to_resource(self, Resource: Item, LFTags: list[Item]) -> Item:  # noqa: N803
        self._check_resource(Resource)
        failures = []
        for pair in LFTags:
            name, [value] = pair["TagKey"], pair["TagValues"]
            if value not in self.tags.get(name, []) or name in self.refused_tags:
                error = {"ErrorCode": "InvalidInputException", "ErrorMessage": "no such value"}
                failures.append({"LFTag": pair, "Error": error})
            else:
                self.carried.setdefault(key(Resource), {})[name] = value
        return {"Failures": failures}

    def remove_lf_tags_from_resource(
        self,
        Resource: Item,  # noqa: N803
        LFTags: list[Item],  # noqa: N803
    ) -> Item:
        self._check_resource(Resource)
        failures = []
        for pair in LFTags:
            carried = self.carried.get(key(Resource), {})
            if carried.pop(pair["TagKey"], None) is None:
                error = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "not there"}
                failures.append({"LFTag": pair, "Error": error})
        return {"Failures": failures}

    # Filters

    @staticmethod
    def _filter_key(data: Item) -> str:
        names = ("TableCatalogId", "DatabaseName", "TableName", "Name")
        return "/".join(data[name] for name in names)

    def create_data_cells_filter(self, TableData: Item) -> Item:  # noqa: N803
        if self._filter_key(TableData) in self.filters:
            raise failure("AlreadyExistsException")
        self.filters[self._filter_key(TableData)] = TableData
        return {}

    def update_data_cells_filter(self, TableData: Item) -> Item:  # noqa: N803
        if self._filter_key(TableData) not in self.filters:
            raise failure("EntityNotFoundException")
        self.filters[self._filter_key(TableData)] = TableData
        return {}

    def delete_data_cells_filter(self, **names: str) -> Item:
        if self.filters.pop(self._filter_key(names), None) is None:
            raise failure("EntityNotFoundException")
        return {}

    # Grants

    def grant_permissions(
        self,
        Principal: Item,  # noqa: N803
        Resource: Item,  # noqa: N803
        Permissions: list[str],  # noqa: N803
        PermissionsWithGrantOption: list[str],  # noqa: N803
    ) -> Item:
        identifier = Principal["DataLakePrincipalIdentifier"]
        self._check_principal(identifier)
        self._check_resource(Resource)
        assert set(PermissionsWithGrantOption) <= set(Permissions)
        of = self.grants.setdefault((identifier, key(Resource)), (set(), set()))
        of[0].update(Permissions)
        of[1].update(PermissionsWithGrantOption)
        return {}

    def revoke_permissions(
        self,
        Principal: Item,  # noqa: N803
        Resource: Item,  # noqa: N803
        Permissions: list[str],  # noqa: N803
        PermissionsWithGrantOption: list[str],  # noqa: N803
    ) -> Item:
        identifier = Principal["DataLakePrincipalIdentifier"]
        self._check_principal(identifier)
        self._check_resource(Resource)
        assert set(PermissionsWithGrantOption) <= set(Permissions)
        held = self.grants.get((identifier, key(Resource)))
        if held is None or not held[0] & set(Permissions):
            raise failure(
                "InvalidInputException", "No permissions revoked. Grantee does not have: SELECT"
            )
        held[0].difference_update(Permissions)
        held[1].difference_update(Permissions)
        if not held[0]:
            del self.grants[identifier, key(Resource)]
        return {}

    def list_permissions(
        self,
        Resource: Item,  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> Item:
        found = []
        for (principal, of), (permissions, grantable) in sorted(self.grants.items()):
            resource = json.loads(of)
            if resource != Resource:
                continue
            found.append(
                {
                    "Principal": {"DataLakePrincipalIdentifier": principal},
                    "Resource": resource,
                    "Permissions": sorted(permissions),
                    "PermissionsWithGrantOption": sorted(grantable),
                }
            )
        return self._paged(found, "PrincipalResourcePermissions", NextToken, MaxResults)

    def get_tables(self, DatabaseName: str, NextToken: str = "0") -> Item:  # noqa: N803
        names = [{"Name": name} for name in self.tables.get(DatabaseName, [])]
        return self._paged(names, "TableList", NextToken, self.page)

    def create_lake_formation_opt_in(self, **of: Item) -> Item:
        self._check_principal(of["Principal"]["DataLakePrincipalIdentifier"])
        assert of not in self.opt_ins
        self.opt_ins.append(of)
        return {}

    def delete_lake_formation_opt_in(self, **of: Item) -> Item:
        if of not in self.opt_ins:
            raise failure("EntityNotFoundException")
        self.opt_ins.remove(of)
        return {}

    def list_lake_formation_opt_ins(
        self,
        Principal: Item,  # noqa: N803
        Resource: Item,  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> Item:
        found = [o for o in self.opt_ins if o["Resource"] == Resource]
        return self._paged(found, "LakeFormationOptInsInfoList", NextToken, MaxResults)

    def _paged(self, found: list[Item], member: str, token: str, size: int) -> Item:
        start, size = int(token), min(size, self.page)
        more = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return {member: found[start : start + size], **more}
