"""Wires roles for deployments from a CI system."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_platform.delivery import (
    BootstrapRole,
    DeliveryRole,
    GitHubRepository,
    GitLabProject,
    TokenIssuer,
)
from stacks.base import EnvironmentStack
from stacks.delivery.mapping import role_name
from stacks.delivery.settings import DeliverySettings, GitHubSettings, GitLabSettings
from stacks.shared import SharedResources

# The platform has no image assets, so its deployments never publish images.
DEPLOYS: tuple[BootstrapRole, ...] = ("deploy", "file-publishing", "lookup")
READS: tuple[BootstrapRole, ...] = ("lookup",)


class DeliveryStack(EnvironmentStack):
    """Identity providers, and the roles that jobs of a CI system assume."""

    def __init__(
        self, scope: Construct, id: str, *, shared: SharedResources, settings: DeliverySettings
    ) -> None:
        super().__init__(
            scope, id, environment=shared.environment, description="Deployments from CI"
        )
        # Those of the stacks before this one: the export of a bill is in a region of its own.
        others = (one for one in scope.node.children if isinstance(one, Stack))
        self._regions = sorted({one.region for one in (self, *others)})
        if settings.github is not None:
            self._github(settings.github)
        if settings.gitlab is not None:
            self._gitlab(settings.gitlab)

    def _github(self, settings: GitHubSettings) -> None:
        environment = self._environment.name
        issuer = TokenIssuer(
            self,
            "GitHub",
            url=GitHubRepository.URL,
            audience=GitHubRepository.AUDIENCE,
            exists=settings.provider == "exists",
            removal_policy=self.removal_policy,
        )
        repository = GitHubRepository(
            name=settings.repository,
            owner_id=settings.owner_id,
            repository_id=settings.repository_id,
        )
        deploy = DeliveryRole(
            self,
            "GitHubDeploy",
            name=role_name(environment, "github-deploy"),
            description="GitHub Actions deploys the environment",
            issuer=issuer,
            claims=repository.environment_claims(
                settings.environment or environment, branch=settings.branch
            ),
            bootstrap_roles=DEPLOYS,
            regions=self._regions,
            session_hours=settings.session_hours,
        )
        read = DeliveryRole(
            self,
            "GitHubRead",
            name=role_name(environment, "github-read"),
            description="GitHub Actions compares the environment with its templates",
            issuer=issuer,
            claims=repository.branch_claims(settings.branch, pull_requests=settings.pull_requests),
            bootstrap_roles=READS,
            regions=self._regions,
        )
        CfnOutput(self, "GitHubDeployRoleArn", value=deploy.role.role_arn)
        CfnOutput(self, "GitHubReadRoleArn", value=read.role.role_arn)

    def _gitlab(self, settings: GitLabSettings) -> None:
        issuer = TokenIssuer(
            self,
            "GitLab",
            url=settings.issuer,
            audience=settings.issuer,
            exists=settings.provider == "exists",
            removal_policy=self.removal_policy,
        )
        deploy = DeliveryRole(
            self,
            "GitLabDeploy",
            name=role_name(self._environment.name, "gitlab-deploy"),
            description="GitLab CI/CD deploys the environment",
            issuer=issuer,
            claims=GitLabProject(path=settings.project_path).branch_claims(settings.branch),
            bootstrap_roles=DEPLOYS,
            regions=self._regions,
            session_hours=settings.session_hours,
        )
        CfnOutput(self, "GitLabDeployRoleArn", value=deploy.role.role_arn)
