"""DataZone: users, projects and their environments, and the order in which things may go.

The fake refuses what the service refuses, as far as the order of a deployment or a deletion
depends on it: calls for a domain that does not exist, or from an account that it is not shared
with, a profile that exists, a second domain of a name, an equal grant, a project without its
profile or its blueprints, and the deletion of a domain, unit, profile or blueprint that a
project still uses. Environments come after their project, and go after it. AWS's side effect on
Lake Formation is there too: its administrators grow.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.datazone_blueprints import (
    OPERATIONS,
    blueprints_of,
    configured_blueprints,
    of_blueprint,
    used_blueprints,
)
from operations.rehearsal.server.datazone_catalog import Item, export_of, hashed_id, runs_of
from operations.rehearsal.server.datazone_governance import (
    FORM,
    GOVERNED,
    Governance,
    source_created,
)
from operations.rehearsal.server.datazone_units import unit_deleted
from operations.rehearsal.server.fake import Fake, TypeFacts
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Record, Records
from operations.rehearsal.server.store import Store

_OPERATIONS = (
    *GOVERNED,
    "CreateProject",
    "CreateUserProfile",
    "DeleteDataExportConfiguration",
    "DeleteProject",
    "GetDataExportConfiguration",
    "GetDomain",
    "GetEnvironment",
    "GetProject",
    "GetUserProfile",
    "ListDataSourceRuns",
    "ListEnvironments",
    "ListProjects",
    "PutDataExportConfiguration",
    "StartDataSourceRun",
    "UpdateUserProfile",
    *OPERATIONS,
)
_FOLLOWING = {
    "ASSIGNED": "NOT_ASSIGNED",
    "NOT_ASSIGNED": "ASSIGNED",
    "ACTIVATED": "DEACTIVATED",
    "DEACTIVATED": "ACTIVATED",
}
# Seconds after which a project has environments, they are active, and they are gone.
_LISTED, _ACTIVE, _GONE = 0.5, 2.0, 3.0
_KEPT = "belongs to a domain that is kept"


def _answer(operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner) -> Item:
    """Return the output of a call.

    Raises:
        ApiError: if DataZone refuses it.
    """
    given = dict(arguments)
    domain = given["identifier"] if operation == "GetDomain" else given["domainIdentifier"]
    found = records.get(owner.account, owner.region, "AWS::DataZone::Domain", domain)
    if found is None:
        raise ApiError("ResourceNotFoundException", f"Domain {domain} was not found")
    if operation == "GetDomain":
        return {"id": domain, "status": "AVAILABLE", "domainExecutionRole": "x"}
    store = Store("datazone", records, owner)
    if operation in GOVERNED:
        return Governance(records, owner).answer(operation, given)
    if operation.endswith("UserProfile"):
        return _user(operation, given, store)
    if operation.endswith("DataExportConfiguration"):
        return export_of(operation, given, store, owner)
    if operation.endswith(("DataSourceRun", "DataSourceRuns")):
        return runs_of(operation, given, store)
    if operation == "CreateProject":
        name = given["name"]
        made = {"id": hashed_id(domain, name), "name": name, "createdBy": "a-person", "parts": []}
        store.put("Project", made["id"], {**made, "domainId": domain, "created": time.time()})
        return {"domainId": domain, "id": made["id"], "name": name, "createdBy": "a-person"}
    projects = {one["id"]: one for one in _projects(records, owner, domain)}
    if operation in OPERATIONS:
        return blueprints_of(operation, given, store, used_blueprints(projects.values()))
    if operation == "ListProjects":
        return {"items": [_summary(one) for one in projects.values()]}
    if operation == "GetEnvironment":
        return _environment(given["identifier"], projects.values(), owner)
    project = projects.get(given.get("identifier") or given.get("projectIdentifier", ""))
    if project is None:
        raise ApiError("ResourceNotFoundException", "The project was not found")
    if operation == "DeleteProject":
        store.put("Project", project["id"], {**project, "deleted": time.time()})
        return {}
    if operation == "ListEnvironments":
        wanted = given.get("environmentBlueprintIdentifier")
        return {"items": of_blueprint(_environments(project), project, wanted)}
    age = time.time() - project["created"]
    status = "IN_PROGRESS" if age < _ACTIVE else "SUCCESSFUL"
    return {
        **_summary(project),
        "environmentDeploymentDetails": {"overallDeploymentStatus": status},
    }


def _user(operation: str, given: Item, store: Store) -> Item:
    domain, user = given["domainIdentifier"], given["userIdentifier"]
    name = f"{domain}/{user}"
    found = store.get("Profile", name)
    if operation == "CreateUserProfile":
        if found is not None:
            raise ApiError("ValidationException", "User profile already exists")
        kind = "SSO" if given["userType"] == "SSO_USER" else "IAM"
        status = "ASSIGNED" if kind == "SSO" else "ACTIVATED"
        made = {"domainId": domain, "id": hashed_id(domain, user), "status": status, "type": kind}
        store.put("Profile", name, made)
        return made
    if found is None:
        raise ApiError("ResourceNotFoundException", f"User {user} was not found")
    if operation == "UpdateUserProfile":
        if _FOLLOWING[found["status"]] != given["status"]:
            raise ApiError("ValidationException", f"The profile is {found['status']}")
        found = {**found, "status": given["status"]}
        store.put("Profile", name, found)
    return dict(found)


def _projects(records: Records, owner: Owner, domain: str) -> Iterator[Item]:
    """Yield the projects of a domain, also those that are being deleted."""
    store = Store("datazone", records, owner)
    for record in _all(records, owner, "Project", domain):
        profile = _profile(records, owner, record)
        yield {
            "id": record.view["Id"],
            "name": record.view["Name"],
            "domainId": domain,
            "createdBy": "a-stack",
            "created": record.created,
            "accounts": [
                one["AwsAccount"]["AwsAccountId"]
                for one in profile.view["EnvironmentConfigurations"]
            ],
            "blueprints": {
                one["Name"]: one["EnvironmentBlueprintId"]
                for one in profile.view["EnvironmentConfigurations"]
            },
            "parts": [
                one["Name"]
                for one in profile.view["EnvironmentConfigurations"]
                if one.get("DeploymentMode") != "ON_DEMAND"
            ],
        }
    for one in store.all("Project"):
        if one["domainId"] == domain:
            if time.time() - one.get("deleted", time.time()) < _GONE:
                yield one
            else:
                store.remove("Project", one["id"])


def _summary(project: Item) -> Item:
    return {
        **{key: project[key] for key in ("id", "name", "domainId", "createdBy")},
        "projectStatus": "DELETING" if "deleted" in project else "ACTIVE",
    }


def _environments(project: Item) -> Iterator[Item]:
    age = time.time() - project["created"]
    status = "CREATING" if age < _ACTIVE else "ACTIVE"
    for name in project["parts"] if age >= _LISTED else ():
        yield {
            "id": hashed_id(project["id"], name),
            "name": name,
            "projectId": project["id"],
            "domainId": project["domainId"],
            "createdBy": project["createdBy"],
            "provider": "Amazon SageMaker",
            "status": "DELETING" if "deleted" in project else status,
        }


def _environment(identifier: str, projects: Iterable[Item], owner: Owner) -> Item:
    for project in projects:
        for one in _environments(project):
            if one["id"] == identifier:
                name = f"datazone_usr_role_{project['id']}_{project['domainId'][4:]}"
                role = f"arn:aws:iam::{owner.account}:role/{name}"
                made = {"name": "userRoleArn", "type": "string", "value": role}
                return {**one, "provisionedResources": [made]}
    raise ApiError("ResourceNotFoundException", f"Environment {identifier} was not found")


def _connection_created(record: Record, records: Records) -> None:
    """Refuse an environment that is not active, and a name that the project has."""
    owner, properties = _owner(record), record.properties
    domain, name = properties["DomainIdentifier"], properties["Name"]
    projects = list(_projects(records, owner, domain))
    found = _environment(properties["EnvironmentIdentifier"], projects, owner)
    if found["status"] != "ACTIVE":
        raise ApiError("ValidationException", f"Environment {found['name']} is not active")
    for other in _all(records, owner, "Connection", domain):
        where = other.properties["EnvironmentIdentifier"]
        if other.properties["Name"] == name and where == properties["EnvironmentIdentifier"]:
            raise ApiError("ConflictException", f"Connection {name} exists")


def _domain_created(record: Record, records: Records) -> None:
    for other in _all(records, _owner(record), "Domain"):
        if other.properties["Name"] == record.properties["Name"]:
            raise ApiError("ConflictException", "Domain name already exists under this account")


def _domain_deleted(record: Record, records: Records) -> None:
    if names := _names(records, record, record.physical_id):
        raise ApiError("ConflictException", f"The domain has projects: {names}")


def _host_of(record: Record, records: Records) -> Record | None:
    """Return the domain of a resource, which may be of another account."""
    for domain in records:
        identifier = record.properties["DomainIdentifier"]
        if domain.kind == "AWS::DataZone::Domain" and domain.physical_id == identifier:
            return domain
    return None


def _check_host(record: Record, records: Records) -> None:
    """Refuse a domain that does not exist, or that another account does not share."""
    domain = _host_of(record, records)
    if domain is None:
        raise ApiError("ResourceNotFoundException", "The domain was not found")
    if domain.account == record.account:
        return
    shared = any(
        one.kind == "AWS::RAM::ResourceShare" and record.account in one.properties["Principals"]
        for one in records.of(domain.account, domain.region)
    )
    if not shared or domain.region != record.region:
        raise ApiError("AccessDeniedException", f"Account {record.account} is not associated")
    users = Store("datazone", records, _owner(domain))
    role = f"cdk-hnb659fds-cfn-exec-role-{record.account}-{record.region}"
    user = f"arn:aws:iam::{record.account}:role/{role}"
    profile = users.get("Profile", f"{domain.physical_id}/{user}")
    if profile is None or profile["status"] != "ACTIVATED":
        raise ApiError("AccessDeniedException", f"{user} is not a user of the domain")


def _grant_created(record: Record, records: Records) -> None:
    _check_host(record, records)
    for other in _all(records, _owner(record), "PolicyGrant"):
        if other.properties == record.properties:
            raise ApiError("ConflictException", "The policy grant already exists")


def _profile_deleted(record: Record, records: Records) -> None:
    domain = record.properties["DomainIdentifier"]
    if names := _names(records, record, domain):
        raise ApiError("ConflictException", f"Projects use the profile: {names}")


def _blueprint_deleted(record: Record, records: Records) -> None:
    if (host := _host_of(record, records)) is None:
        return
    if names := _names(records, host, host.physical_id, account=record.account):
        raise ApiError("ConflictException", f"Environments use the blueprint: {names}")


def _project_created(record: Record, records: Records) -> None:
    owner, domain = _owner(record), record.properties["DomainIdentifier"]
    for other in _all(records, owner, "Project", domain):
        if other.properties["Name"] == record.properties["Name"]:
            raise ApiError("ConflictException", "A project of the name exists")
    profile = _profile(records, owner, record)
    account = owner.account
    for part in profile.view["EnvironmentConfigurations"]:
        account = part["AwsAccount"]["AwsAccountId"]
        configured = {
            one.view["EnvironmentBlueprintId"]: one
            for one in _all(
                records,
                replace(owner, account=account),
                "EnvironmentBlueprintConfiguration",
                domain,
            )
        }
        there = replace(owner, account=account)
        custom = configured_blueprints(domain, Store("datazone", records, there))
        if part["EnvironmentBlueprintId"] not in (*configured, *custom):
            raise ApiError("ValidationException", f"{part['Name']} has no blueprint here")
    # AWS adds the roles of Tooling and DataLake to the administrators of their account.
    store = Store("lakeformation", records, replace(owner, account=account))
    settings = store.get("DataLakeSettings", "DataLakeSettings") or {}
    admins = [one["DataLakePrincipalIdentifier"] for one in settings.get("DataLakeAdmins") or []]
    for one in configured.values():
        for key in ("ManageAccessRoleArn", "ProvisioningRoleArn"):
            if (arn := one.properties.get(key)) and arn not in admins:
                admins.append(arn)
    listed = [{"DataLakePrincipalIdentifier": arn} for arn in admins]
    store.put("DataLakeSettings", "DataLakeSettings", {**settings, "DataLakeAdmins": listed})


def _project_deleted(record: Record, records: Records) -> None:
    """Keep the project, which is deleted in the background."""
    owner, domain = _owner(record), record.properties["DomainIdentifier"]
    Governance(records, owner).check_empty(record.view["Id"])
    [project] = [one for one in _projects(records, owner, domain) if one["id"] == record.view["Id"]]
    deleted = {**project, "deleted": time.time()}
    Store("datazone", records, owner).put("Project", project["id"], deleted)


def _all(records: Records, owner: Owner, noun: str, domain: str = "") -> list[Record]:
    return [
        one
        for one in records.of(owner.account, owner.region)
        if one.kind == f"AWS::DataZone::{noun}"
        and domain in ("", one.properties.get("DomainIdentifier"))
    ]


def _profile(records: Records, owner: Owner, project: Record) -> Record:
    wanted = project.properties.get("ProjectProfileId")
    for one in _all(records, owner, "ProjectProfile"):
        if wanted == one.view["Identifier"]:
            return one
    raise ApiError("ResourceNotFoundException", f"Project profile {wanted} was not found")


def _names(records: Records, record: Record, domain: str, account: str = "") -> str:
    """Return the names of projects: of all, or of those that are in an account."""
    return ", ".join(
        one["name"]
        for one in _projects(records, _owner(record), domain)
        if not account or account in one.get("accounts", [account])
    )


def _owner(record: Record) -> Owner:
    return Owner(record.account, record.region, record.stack, record.logical_id)


def _of_domain(properties: Mapping[str, Any]) -> Item:
    return {"DomainId": properties["DomainIdentifier"]}


def _blueprint(properties: Mapping[str, Any]) -> Item:
    name = properties["EnvironmentBlueprintIdentifier"]
    return {**_of_domain(properties), "EnvironmentBlueprintId": hashed_id(name)}


FAKE = Fake(
    service="datazone",
    operations=_OPERATIONS,
    answer=_answer,
    types={
        "AWS::DataZone::Connection": TypeFacts(derive=_of_domain, created=_connection_created),
        "AWS::DataZone::DataSource": TypeFacts(derive=_of_domain, created=source_created),
        "AWS::DataZone::Domain": TypeFacts(
            id_prefix="dzd-",
            why_kept="holds projects",
            created=_domain_created,
            deleted=_domain_deleted,
        ),
        "AWS::DataZone::DomainUnit": TypeFacts(
            why_kept=_KEPT, derive=_of_domain, deleted=unit_deleted
        ),
        "AWS::DataZone::EnvironmentBlueprintConfiguration": TypeFacts(
            why_kept=_KEPT,
            derive=_blueprint,
            created=_check_host,
            deleted=_blueprint_deleted,
        ),
        "AWS::DataZone::FormType": FORM,
        "AWS::DataZone::GroupProfile": TypeFacts(derive=_of_domain),
        "AWS::DataZone::PolicyGrant": TypeFacts(created=_grant_created),
        "AWS::DataZone::Project": TypeFacts(
            why_kept="holds files, queries and connections",
            derive=_of_domain,
            created=_project_created,
            deleted=_project_deleted,
        ),
        "AWS::DataZone::ProjectMembership": TypeFacts(tells_apart=("Member",)),
        "AWS::DataZone::ProjectProfile": TypeFacts(
            why_kept=_KEPT, derive=_of_domain, deleted=_profile_deleted
        ),
    },
)
