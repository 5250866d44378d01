"""Grants of policies of Unified Studio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_datazone as datazone
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.catalog.unified_studio import policies
from sagemaker_platform.unified_studio.domain import Enrolled


@dataclass(frozen=True)
class Everyone:
    """All users of a domain."""


@checks_types
@dataclass(frozen=True)
class ProjectsOf:
    """All projects of a domain unit and of the units below it.

    Attributes:
        unit_id: ID of the unit.
        designation: role that a member needs in the project to use the policy.
    """

    unit_id: str
    designation: str = "CONTRIBUTOR"


@checks_types
@dataclass(frozen=True)
class OneProject:
    """One project.

    Attributes:
        project_id: ID of the project.
        designation: role that a member needs in the project to use the policy.
    """

    project_id: str
    designation: str = "CONTRIBUTOR"


Grantee = Enrolled | Everyone | OneProject | ProjectsOf


@checks_types
class PolicyGrant(Construct):
    """A grant of one policy to one user, group or project, everyone, or the projects of a unit.

    AWS cannot update a grant: CloudFormation creates the new one before it deletes the old one, and
    AWS refuses a second grant of a policy to one principal with the same content. So the construct
    ID must change with the content, and a grant names at most one project profile. A grant that is
    removed ends, also where its domain is kept.

    Args:
        domain_id: ID of the domain.
        policy: name of the policy, such as ``create_projects``; see `catalog.unified_studio`.
        entity_id: what has the policy: the ID of a domain unit, or ``<account>:<blueprint ID>``.
        grantee: who gets it.
        profile_id: ID of a project profile. Required for policies of profiles, and for no other.

    Raises:
        ValueError: the parts do not belong together.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        policy: str,
        entity_id: str,
        grantee: Grantee,
        profile_id: str | None = None,
    ) -> None:
        require_one_of("policy", policy, policies().keys())
        about = policies()[policy]
        of_projects = isinstance(grantee, OneProject | ProjectsOf)
        if of_projects != (about.principals == "projects"):
            raise ValueError(
                f"grantee: got {type(grantee).__name__}; must be {about.principals} for {policy}"
            )
        if about.profiles != (profile_id is not None):
            raise ValueError(
                f"profile_id: got {profile_id!r}; must "
                f"{'be the ID of a project profile' if about.profiles else 'not be given'} for "
                f"{policy}"
            )
        super().__init__(scope, id)
        detail: dict[str, Any] = {"includeChildDomainUnits": True} if about.children else {}
        if profile_id is not None:
            detail["projectProfiles"] = [profile_id]
        self.resource = datazone.CfnPolicyGrant(
            self,
            "Resource",
            domain_identifier=domain_id,
            entity_type=about.entity,
            entity_identifier=entity_id,
            policy_type=about.type,
            principal=_principal(grantee),
            detail={about.detail: detail},
        )
        if isinstance(grantee, Enrolled):
            self.resource.node.add_dependency(grantee.resource)


def _principal(grantee: Grantee) -> dict[str, Any]:
    match grantee:
        case Everyone():
            return {"user": {"allUsersGrantFilter": {}}}
        case Enrolled():
            return {grantee.kind: {f"{grantee.kind}Identifier": grantee.id}}
        case OneProject():
            return {
                "project": {
                    "projectDesignation": grantee.designation,
                    "projectIdentifier": grantee.project_id,
                }
            }
        case ProjectsOf():
            unit = {"domainUnit": grantee.unit_id, "includeChildDomainUnits": True}
            return {
                "project": {
                    "projectDesignation": grantee.designation,
                    "projectGrantFilter": {"domainUnitFilter": unit},
                }
            }
