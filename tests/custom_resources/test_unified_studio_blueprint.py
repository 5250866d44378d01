"""Blueprints of a team, with everything that AWS may answer."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.unified_studio_blueprint import index
from tests.custom_resources.datazone_aws import DOMAIN, DataZoneAws
from tests.custom_resources.fake_aws import Item, failure

ROLE = "arn:aws:iam::111122223333:role/deploys"
BUCKET = "https://cdk-hnb659fds-assets-111122223333-eu-west-1.s3.eu-west-1.amazonaws.com"
SUMMARY = ("id", "name", "provider", "provisioningProperties")
PROPERTIES = {
    "Domain": DOMAIN,
    "Name": "Customer features",
    "Description": "One group for each project",
    "TemplateUrl": f"{BUCKET}/first.yaml",
    "Parameters": [
        {"Name": "keyArn", "Editable": "false", "Updatable": "false", "Default": "a-key"}
    ],
    "ProvisioningRole": ROLE,
    "Regions": ["eu-west-1"],
}


@dataclass
class BlueprintAws(DataZoneAws):
    """A domain with blueprints.

    Attributes:
        blueprints: blueprints by ID.
        configured: configuration of each blueprint.
        used: parts by the blueprint that they come from.
        hidden: whether lists are late.
    """

    blueprints: dict[str, Item] = field(default_factory=dict)
    configured: dict[str, Item] = field(default_factory=dict)
    hidden: bool = False

    def add_blueprint(self, name: str, url: str) -> str:
        identifier = f"blueprint-{len(self.blueprints)}"
        self.blueprints[identifier] = {
            "name": name,
            "provisioningProperties": {"cloudFormation": {"templateUrl": url}},
        }
        return identifier

    def _blueprint(self, identifier: str) -> Item:
        if identifier not in self.blueprints:
            raise failure("ResourceNotFoundException", f"Blueprint {identifier} was not found")
        return {"id": identifier, "provider": "x", **self.blueprints[identifier]}

    def list_environment_blueprints(self, **given: Any) -> Item:
        if self.hidden:
            self.hidden = False
            return {"items": []}
        # AWS finds names by their beginning.
        assert given["managed"] is False
        found = [
            self._blueprint(one)
            for one, made in self.blueprints.items()
            if made["name"].startswith(given["name"])
        ]
        return {"items": [{k: v for k, v in one.items() if k in SUMMARY} for one in found]}

    def get_environment_blueprint(self, **given: Any) -> Item:
        return self._blueprint(given["identifier"])

    def create_environment_blueprint(self, **given: Any) -> Item:
        if given["name"] in [one["name"] for one in self.blueprints.values()]:
            raise failure("ConflictException", "A blueprint of the name exists")
        values = {key: value for key, value in given.items() if key != "domainIdentifier"}
        identifier = f"blueprint-{len(self.blueprints)}"
        self.blueprints[identifier] = values
        return self._blueprint(identifier)

    def update_environment_blueprint(self, **given: Any) -> Item:
        self._blueprint(given["identifier"])
        values = {k: v for k, v in given.items() if k not in ("domainIdentifier", "identifier")}
        self.blueprints[given["identifier"]] |= values
        return self._blueprint(given["identifier"])

    def delete_environment_blueprint(self, **given: Any) -> Item:
        self._blueprint(given["identifier"])
        if given["identifier"] in self.configured:
            raise failure("ConflictException", "The blueprint is enabled")
        del self.blueprints[given["identifier"]]
        return {}

    def get_environment_blueprint_configuration(self, **given: Any) -> Item:
        identifier = given["environmentBlueprintIdentifier"]
        if identifier not in self.configured:
            raise failure("ResourceNotFoundException", "The blueprint is not enabled")
        return {
            "domainId": DOMAIN,
            "environmentBlueprintId": identifier,
            **self.configured[identifier],
        }

    def put_environment_blueprint_configuration(self, **given: Any) -> Item:
        identifier = given["environmentBlueprintIdentifier"]
        self._blueprint(identifier)
        self.configured[identifier] = {
            key: given[key] for key in ("enabledRegions", "provisioningRoleArn") if key in given
        }
        return self.get_environment_blueprint_configuration(**given)

    def delete_environment_blueprint_configuration(self, **given: Any) -> Item:
        self.configured.pop(given["environmentBlueprintIdentifier"], None)
        return {}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> BlueprintAws:
    world = BlueprintAws()
    world.install(monkeypatch)
    return world


def run(kind: str = "Create", **changes: Any) -> Item:
    event = {"RequestType": kind, "ResourceProperties": {**PROPERTIES, **changes}}
    if kind != "Create":
        event["PhysicalResourceId"] = f"{DOMAIN}/Customer features"
        event["OldResourceProperties"] = PROPERTIES
    return index.on_event(event, None)


def test_absent_is_created_and_enabled(aws: BlueprintAws) -> None:
    answer = run()
    identifier = answer["Data"]["BlueprintId"]
    made = aws.blueprints[identifier]
    assert made["provisioningProperties"]["cloudFormation"]["templateUrl"].endswith("/first.yaml")
    assert made["userParameters"] == [
        {
            "keyName": "keyArn",
            "fieldType": "String",
            "isEditable": False,
            "isOptional": True,
            "isUpdateSupported": False,
            "defaultValue": "a-key",
        }
    ]
    assert aws.configured[identifier] == {
        "enabledRegions": ["eu-west-1"],
        "provisioningRoleArn": ROLE,
    }


def test_same_is_left_alone(aws: BlueprintAws) -> None:
    first = run()
    aws.calls.clear()
    assert run() == first
    assert not [one for one in aws.calls if one.startswith(("create", "update", "put", "delete"))]


def test_other_template_role_and_regions_are_changed_in_place(aws: BlueprintAws) -> None:
    first = run()
    changes = {"TemplateUrl": f"{BUCKET}/second.yaml", "ProvisioningRole": f"{ROLE}-2"}
    assert run("Update", **changes) == first
    [made] = aws.blueprints.values()
    assert made["provisioningProperties"]["cloudFormation"]["templateUrl"].endswith("/second.yaml")
    [configured] = aws.configured.values()
    assert configured["provisioningRoleArn"] == f"{ROLE}-2"


def test_kept_blueprint_is_taken_again(aws: BlueprintAws) -> None:
    kept = aws.add_blueprint("Customer features", f"{BUCKET}/older.yaml")
    assert run()["Data"]["BlueprintId"] == kept


def test_longer_name_is_another_blueprint(aws: BlueprintAws) -> None:
    other = aws.add_blueprint("Customer features of sales", "https://elsewhere/x.yaml")
    assert run()["Data"]["BlueprintId"] != other


def test_name_of_others_is_refused_and_left_on_delete(aws: BlueprintAws) -> None:
    aws.add_blueprint("Customer features", "https://elsewhere.s3.amazonaws.com/x.yaml")
    with pytest.raises(CustomResourceError, match="another blueprint with the name Customer feat"):
        run()
    run("Delete")
    assert len(aws.blueprints) == 1
    assert not aws.configured


def test_blueprint_made_meanwhile_is_found(aws: BlueprintAws) -> None:
    kept = aws.add_blueprint("Customer features", f"{BUCKET}/older.yaml")
    aws.hidden = True
    assert run()["Data"]["BlueprintId"] == kept


def test_new_name_is_refused(aws: BlueprintAws) -> None:
    run()
    with pytest.raises(CustomResourceError, match="AWS cannot rename the blueprint Customer feat"):
        run("Update", Name="Features")
    assert len(aws.blueprints) == 1


def test_deletion_deletes_both_and_can_be_repeated(aws: BlueprintAws) -> None:
    run()
    run("Delete")
    assert (aws.blueprints, aws.configured) == ({}, {})
    run("Delete")
    # And the name is free again.
    run()
    assert len(aws.blueprints) == 1


def test_deletion_is_refused_with_names_while_projects_use_it(aws: BlueprintAws) -> None:
    run()
    aws.add_project("Sales", Features="ACTIVE")
    aws.add_project("Old", Features="DELETED")
    with pytest.raises(CustomResourceError, match=r"use the blueprint .*: Sales/Features\. Delete"):
        run("Delete")
    assert aws.blueprints
    assert aws.configured


def test_deletion_waits_for_parts_that_are_being_deleted(aws: BlueprintAws) -> None:
    run()
    project = aws.add_project("Sales", Features="DELETING")
    deleted: list[str] = []

    def before(operation: str) -> None:
        deleted.append(operation)
        if len(deleted) > 20:
            project["parts"]["Features"] = "DELETED"

    aws.before = before
    run("Delete")
    assert aws.blueprints == {}


def test_part_that_never_goes_ends_with_its_name(aws: BlueprintAws) -> None:
    run()
    aws.add_project("Sales", Features="DELETING")
    with pytest.raises(CustomResourceError, match=r"Sales/Features is being deleted.*again"):
        run("Delete")
    assert index.TIMEOUT_SECONDS < 900


def test_domain_that_is_gone_needs_nothing(aws: BlueprintAws) -> None:
    aws.domain_exists = False
    run("Delete")


def test_new_role_is_waited_for(aws: BlueprintAws) -> None:
    aws.faults += [("*", failure("AccessDeniedException", "no user"))] * 3
    run()
    assert len(aws.blueprints) == 1


def test_role_that_is_no_user_is_refused_after_five_minutes(aws: BlueprintAws) -> None:
    aws.faults += [("*", failure("AccessDeniedException", "no user"))] * 500
    with pytest.raises(CustomResourceError, match="must be a user of the domain"):
        run()


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerException"])
def test_busy_service_is_asked_again(aws: BlueprintAws, code: str) -> None:
    aws.faults += [("*", failure(code))] * 4
    run()
    assert len(aws.configured) == 1


def test_unreadable_template_is_refused(aws: BlueprintAws) -> None:
    denied = failure("ValidationException", "Access denied to blueprint template")
    aws.faults.append(("CreateEnvironmentBlueprint", denied))
    with pytest.raises(CustomResourceError, match="Access denied to blueprint template"):
        run()
