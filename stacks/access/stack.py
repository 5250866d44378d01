"""Wires personas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnOutput
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform import access
from sagemaker_platform.foundation import use_of_volumes
from sagemaker_platform.security import AccessPolicy
from stacks.access.extension import AccessContribution, OffersActivities, PolicyKind
from stacks.access.settings import PersonaSettings
from stacks.base import EnvironmentStack
from stacks.names import pascal_case
from stacks.network.zones import is_zone_id

if TYPE_CHECKING:
    from stacks.capability import BuildContext
    from stacks.settings import EnvironmentSettings
    from stacks.shared import SharedResources


class AccessStack(EnvironmentStack):
    """One role per persona, and one policy per activity that personas share."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        personas: Mapping[str, PersonaSettings],
        environment: EnvironmentSettings,
        context: BuildContext,
    ) -> None:
        super().__init__(scope, id, environment=shared.environment, description="personas")
        self._shared = shared
        self._prefix = f"{shared.environment.name}-"
        self._personas = personas
        self._contributions: Sequence[AccessContribution] = [
            one.contribute_access(self, context)
            for one in environment.implementing(OffersActivities)
        ]
        self._policies: dict[str, AccessPolicy] = {}
        self.roles: Mapping[str, iam.IRole] = {
            name: access.Persona(
                self,
                pascal_case(name),
                activities=[self._policy(activity) for activity in persona.with_policy("shared")],
                passes_itself=persona.passes_role,
                own_statements=[
                    *self._statements_of(persona, "own"),
                    *(
                        access.limit_instance_types(self, persona.allowed_instance_types)
                        if persona.allowed_instance_types
                        else ()
                    ),
                ],
                building_statements=self._statements_of(persona, "building"),
                capability_statements=[
                    *(
                        one
                        for contribution in reversed(self._contributions)
                        for one in contribution.of_persona(name, persona)
                    ),
                    *self._statements_of(persona, "capability"),
                ],
                started_by_rules=access.rules_of(self, f"{self._prefix}user-", pascal_case(name))
                if "schedule_notebooks" in (persona.activities or ())
                else None,
                runs_glue_jobs="run_glue_jobs" in (persona.activities or ()),
                managed_policies=persona.managed_policies,
                assumed_by=persona.assumed_by,
                session_actions=[
                    one
                    for contribution in self._contributions
                    for one in contribution.session_actions(persona)
                ],
            ).role
            for name, persona in personas.items()
        }
        for name, persona in personas.items():
            for arn in (one for one in persona.managed_policies if ":iam::aws:" in one):
                self.note(
                    f"personas.{name}.managed_policies: AWS decides what {arn} allows, today and "
                    "later. Review it, or give a policy of the account."
                )
        for policy in (
            policy for contribution in self._contributions for policy in contribution.policies
        ):
            AccessPolicy(
                self,
                policy.id,
                description=policy.description,
                statements=policy.statements,
                attached_to=[self.roles[name] for name in policy.personas],
            )
        for name, role in self.roles.items():
            CfnOutput(self, f"{pascal_case(name)}RoleArn", value=role.role_arn)

    def roles_with(self, activity: str) -> list[iam.IRole]:
        """Return the roles of the personas that have an activity."""
        return [
            self.roles[name]
            for name, persona in self._personas.items()
            if activity in (persona.activities or ())
        ]

    def attach_policy(
        self, scope: Construct, activity: str, statements: Sequence[iam.PolicyStatement]
    ) -> None:
        """Attach a policy of an activity to the roles that have it, from a later stack.

        Args:
            scope: stack that knows the resources.
            activity: activity that its capability marks as attached later.
            statements: what the activity takes.
        """
        if roles := self.roles_with(activity):
            _add_policy(scope, activity, statements, attached_to=roles)

    @property
    def personas(self) -> Mapping[str, PersonaSettings]:
        """The personas, with activities."""
        return self._personas

    def _policy(self, activity: str) -> AccessPolicy:
        """Return the policy of an activity, which all personas that have it share."""
        if activity not in self._policies:
            self._policies[activity] = _add_policy(self, activity, list(self._statements(activity)))
        return self._policies[activity]

    def _statements_of(
        self, persona: PersonaSettings, policy: PolicyKind
    ) -> list[iam.PolicyStatement]:
        """Return what the activities of a persona take that share one of its policies."""
        return [
            statement
            for activity in persona.with_policy(policy)
            for statement in self._statements(activity)
        ]

    def _statements(self, activity: str) -> Iterator[iam.PolicyStatement]:
        """Return what an activity takes: what one capability says, or else what is so anyway."""
        own = next(
            (one.activities[activity] for one in self._contributions if activity in one.activities),
            None,
        )
        yield from (own or self._activities[activity])()
        for contribution in self._contributions:
            if activity in contribution.additions:
                yield from contribution.additions[activity]()

    @property
    def workload(self) -> access.Workload | None:
        """Where people's own jobs run, if there are any."""
        return self._workload if "run_jobs" in self._policies else None

    @cached_property
    def _workload(self) -> access.Workload:
        shared = self._shared
        workload = access.Workload(
            self,
            "Workload",
            network=shared.network,
            key=shared.key,
            prefix=f"{self._prefix}user-",
            egress=shared.egress["jobs"],
        )
        # What a request for a job has to name.
        for name, value in (
            ("SecurityGroupId", workload.security_group.security_group_id),
            ("SubnetIds", ",".join(shared.network.private_subnet_ids)),
            ("KeyArn", shared.key.key_arn),
        ):
            CfnOutput(self, f"Workload{name}", value=value)
        return workload

    def glue_job_statements(self) -> list[iam.PolicyStatement]:
        """Return what it takes to run Glue jobs, with the connection that they need."""
        shared, zone = self._shared, self._shared.environment.availability_zones[0]
        connection = access.GlueJobConnection(
            self,
            "GlueJobs",
            # No other connection of the environment has an underscore.
            name=f"{self._prefix}glue_jobs",
            workload=self._workload,
            # With the region as a reference: templates do not name zones themselves.
            zone=shared.network.first_zone if is_zone_id(zone) else f"{Aws.REGION}{zone[-1]}",
        )
        CfnOutput(self, "GlueJobConnectionName", value=connection.name)
        return access.run_glue_jobs(
            self._workload, files=shared.artifacts.bucket, connection=connection
        )

    @cached_property
    def _activities(self) -> Mapping[str, Callable[[], Sequence[iam.PolicyStatement]]]:
        """Activities that need no capability."""
        files, name = self._shared.artifacts.bucket, self._shared.environment.name
        return {
            "administer": lambda: [*access.administer(self), self._read_outputs()],
            "approve_models": lambda: access.approve_models(self),
            "build_pipelines": lambda: access.build_pipelines(self._workload),
            "deploy_endpoints": lambda: access.deploy_endpoints(self._workload, files=files),
            "deploy_jumpstart": lambda: access.deploy_jumpstart(self),
            "invoke_endpoints": lambda: access.invoke_endpoints(
                self, prefix=self._prefix, requests_key=None
            ),
            "push_images": lambda: access.push_images(self, prefix=f"{name}/"),
            "register_models": lambda: access.register_models(self),
            "run_jobs": lambda: [
                *access.run_jobs(self._workload, files=files),
                self._read_outputs(),
            ],
            "run_studio_apps": self._run_studio_apps,
            "schedule_notebooks": lambda: access.schedule_notebooks(self._workload, files=files),
            "trace_models": lambda: access.trace_models(self),
            "track_experiments": lambda: access.track_experiments(self),
            "use_feature_store": lambda: access.use_feature_store(self._workload, files=files),
        }

    def _read_outputs(self) -> iam.PolicyStatement:
        return access.read_outputs(self, prefix=self._prefix)

    def _run_studio_apps(self) -> list[iam.PolicyStatement]:
        from sagemaker_platform.studio.permissions import studio_user_statements

        return [
            *studio_user_statements(self, allowed_instance_types=None, exceptions=None),
            *use_of_volumes(self._shared.key),
            self._read_outputs(),
        ]


def _add_policy(
    scope: Construct,
    activity: str,
    statements: Sequence[iam.PolicyStatement],
    *,
    attached_to: Sequence[iam.IRole] = (),
) -> AccessPolicy:
    return AccessPolicy(
        scope,
        f"{pascal_case(activity)}Policy",
        description=f"The activity {activity}",
        statements=statements,
        attached_to=attached_to,
    )
