"""Amazon DataZone in memory, as far as custom resources of Unified Studio use it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.custom_resources.fake_aws import FakeAws, Item, failure

DOMAIN = "dzd-0123456789abcd"


@dataclass
class DataZoneAws(FakeAws):
    """Users and projects of one domain, and the administrators of Lake Formation.

    Attributes:
        profiles: status of each user.
        created_meanwhile: whether another stack creates each profile first.
        projects: projects by ID: their name, status, deployment, and status of each part.
        admins: ARNs of the data lake administrators.
        runs: status and start of each run of the one data source.
        ends: status that runs end with.
        export: configuration of the export of the catalog.
        user_role: ARN of the role that AWS creates for a project.
    """

    profiles: dict[str, str] = field(default_factory=dict)
    created_meanwhile: bool = False
    domain_exists: bool = True
    projects: dict[str, Item] = field(default_factory=dict)
    admins: list[str] = field(default_factory=list)
    runs: list[Item] = field(default_factory=list)
    ends: str = "SUCCESS"
    export: Item = field(default_factory=dict)
    user_role: str | None = "arn:aws:iam::1:role/datazone_usr_role_sales_x"

    def _profile(self, user: str) -> Item:
        if not self.domain_exists or user not in self.profiles:
            raise failure("ResourceNotFoundException", f"User {user} was not found")
        return {"domainId": DOMAIN, "id": f"id-{len(user)}", "status": self.profiles[user]}

    def get_user_profile(self, **given: str) -> Item:
        return self._profile(given["userIdentifier"])

    def create_user_profile(self, **given: str) -> Item:
        user = given["userIdentifier"]
        if self.created_meanwhile:
            self.profiles.setdefault(user, "ACTIVATED")
        if user in self.profiles:
            raise failure("ValidationException", "User profile already exists.")
        self.profiles[user] = "ASSIGNED" if given["userType"] == "SSO_USER" else "ACTIVATED"
        return self._profile(user)

    def update_user_profile(self, **given: str) -> Item:
        before = self._profile(given["userIdentifier"])["status"]
        follows = {"NOT_ASSIGNED": "ASSIGNED", "DEACTIVATED": "ACTIVATED"}
        follows |= {after: earlier for earlier, after in follows.items()}
        if follows[before] != given["status"]:
            raise failure("ValidationException", f"The profile is {before}")
        self.profiles[given["userIdentifier"]] = given["status"]
        return self._profile(given["userIdentifier"])

    def add_project(self, name: str, status: str = "ACTIVE", **parts: str) -> Item:
        made = {"name": name, "status": status, "parts": parts, "deployment": {}}
        self.projects[name.lower()] = made
        return made

    def get_domain(self, **given: str) -> Item:
        if not self.domain_exists:
            raise failure("ResourceNotFoundException", f"Domain {given['identifier']} is gone")
        return {"id": DOMAIN, "status": "AVAILABLE", "domainExecutionRole": "x"}

    def _summary(self, key: str) -> Item:
        if key not in self.projects:
            raise failure("ResourceNotFoundException", f"Project {key} was not found")
        one = self.projects[key]
        return {
            "domainId": DOMAIN,
            "id": key,
            "name": one["name"],
            "createdBy": "alice",
            "projectStatus": one["status"],
        }

    def get_project(self, **given: str) -> Item:
        summary = self._summary(given["identifier"])
        deployment = self.projects[given["identifier"]]["deployment"]
        return {**summary, "environmentDeploymentDetails": deployment}

    def list_projects(self, **given: str) -> Item:
        # One on each page.
        keys = list(self.projects)
        at = int(given.get("nextToken", "0"))
        more = {"nextToken": str(at + 1)} if at + 1 < len(keys) else {}
        return {"items": [self._summary(key) for key in keys[at : at + 1]], **more}

    def get_environment(self, **given: str) -> Item:
        [(key, name)] = [
            (key, name)
            for key, one in self.projects.items()
            for name in one["parts"]
            if name == given["identifier"]
        ]
        made = [{"name": "userRoleArn", "type": "string", "value": self.user_role or ""}]
        return {
            "id": name,
            "name": name,
            "domainId": DOMAIN,
            "projectId": key,
            "createdBy": "alice",
            "provider": "x",
            "provisionedResources": made if self.user_role else [],
        }

    def get_data_export_configuration(self, **given: str) -> Item:
        if not self.export:
            raise failure("ResourceNotFoundException", "The domain has no export")
        return dict(self.export)

    def put_data_export_configuration(self, **given: Any) -> Item:
        self.export |= {
            "isExportEnabled": given["enableExport"],
            "status": "COMPLETED" if self.ends == "SUCCESS" else "FAILED",
            "s3TableBucketArn": "arn:aws:s3tables:eu-west-1:1:bucket/aws-sagemaker-catalog",
        }
        if "encryptionConfiguration" in given:
            self.export["encryptionConfiguration"] = given["encryptionConfiguration"]
        return {}

    def delete_data_export_configuration(self, **given: str) -> Item:
        self.export.clear()
        return {}

    def _run(self, number: int) -> Item:
        """Return a run: it takes a minute."""
        run = self.runs[number]
        over = self.now - run["begun"] > 60
        begun = datetime.fromtimestamp(run["begun"], tz=UTC)
        failed = over and self.ends == "FAILED"
        error = {"errorType": "INSUFFICIENT_PERMISSIONS", "errorDetail": "no grant on raw"}
        return {
            "id": f"run-{number}",
            "dataSourceId": "source",
            "projectId": "sales",
            "type": "PRIORITIZED",
            "status": self.ends if over else "RUNNING",
            "createdAt": begun,
            "updatedAt": begun,
            **({"errorMessage": error} if failed else {}),
        }

    def list_data_source_runs(self, **given: str) -> Item:
        return {"items": [self._run(number) for number in range(len(self.runs))]}

    def start_data_source_run(self, **given: str) -> Item:
        if any(self._run(number)["status"] == "RUNNING" for number in range(len(self.runs))):
            raise failure("ConflictException", "A run is in progress")
        self.runs.append({"begun": self.now})
        return {**self._run(len(self.runs) - 1), "domainId": DOMAIN}

    def list_environments(self, **given: str) -> Item:
        self._summary(given["projectIdentifier"])
        parts = self.projects[given["projectIdentifier"]]["parts"]
        return {
            "items": [
                {
                    "id": name,
                    "name": name,
                    "status": status,
                    "domainId": DOMAIN,
                    "projectId": given["projectIdentifier"],
                    "createdBy": "alice",
                    "provider": "x",
                }
                for name, status in parts.items()
            ]
        }

    def get_data_lake_settings(self) -> Item:
        admins = [{"DataLakePrincipalIdentifier": arn} for arn in self.admins]
        return {
            "DataLakeSettings": {
                "DataLakeAdmins": admins,
                "Parameters": {"CROSS_ACCOUNT_VERSION": "4"},
            }
        }

    def put_data_lake_settings(self, **given: Item) -> Item:
        settings = given["DataLakeSettings"]
        assert settings["Parameters"] == {"CROSS_ACCOUNT_VERSION": "4"}
        self.admins = [one["DataLakePrincipalIdentifier"] for one in settings["DataLakeAdmins"]]
        return {}
