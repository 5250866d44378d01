"""SageMaker Studio, as a capability."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities, UsesPersonas
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.fields import close_to, validation_error
from stacks.teams import NamesTeams

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.settings import EnvironmentSettings
    from stacks.studio.canvas_mapping import StudioCanvas
    from stacks.studio.settings import StudioSettings
    from stacks.studio.stack import StudioStack


class Studio(
    Capability["StudioSettings", "StudioStack"], OffersActivities, UsesPersonas, NamesTeams
):
    """SageMaker Studio."""

    key = "studio"
    summary = "SageMaker Studio."
    activities = {
        "use_canvas": Activity(
            requires="a `canvas` block in `studio`",
            personas=("data_scientist",),
            order=120,
            passes_role=True,
        )
    }

    def __init__(self, settings: StudioSettings, environment: EnvironmentSettings) -> None:
        super().__init__(settings, environment)
        self._canvas: StudioCanvas | None = None

    @classmethod
    @override
    def settings_type(cls) -> type[StudioSettings]:
        from stacks.studio.settings import StudioSettings

        return StudioSettings

    @override
    def used_personas(self) -> Collection[str]:
        return self.settings.personas_by_key.values()

    @override
    def teams(self) -> Iterable[str]:
        return [user.team for user in self.settings.users if user.team is not None]

    @override
    def team_personas(self) -> Iterable[tuple[str, str, str]]:
        for index, user in enumerate(self.settings.users):
            if user.team is not None:
                at = f"studio.users.{index}.{'persona' if user.persona else 'team'}"
                yield at, user.team, user.persona or self.settings.default_persona

    @override
    def available_activities(self) -> Collection[str]:
        return self.activities if self.settings.canvas is not None else ()

    @override
    def validate(self) -> None:
        from stacks.access.extension import BUILT_IN_PERSONAS
        from stacks.studio.rules import check_persona_types, check_region

        studio, environment = self.settings, self.environment
        if studio.app_report:
            environment.check_alarms("the report of Studio apps sends alarms there")
        personas = environment.all_personas
        for at, name in studio.personas_by_key.items():
            if name not in personas:
                known = [*personas, *(one for one in BUILT_IN_PERSONAS if one not in personas)]
                raise validation_error(
                    f"must be a persona, one of {', '.join(known)}{close_to(name, known)}",
                    at=f"studio.{at}",
                    value=name,
                )
            if "run_studio_apps" not in (personas[name].activities or ()):
                raise validation_error(
                    "must be a persona with the activity run_studio_apps, which a user of Studio "
                    "needs",
                    at=f"studio.{at}",
                    value=name,
                )
        check_persona_types(studio, personas)
        self._check_cluster_files()
        check_region(studio, environment.region)

    def _check_cluster_files(self) -> None:
        from stacks.hyperpod.capability import HyperPod

        studio, hyperpod = self.settings, self.environment.find(HyperPod)
        clusters = {one.name: one for one in hyperpod.settings.clusters} if hyperpod else {}
        for at, (name, user) in studio.cluster_file_systems.items():
            if hyperpod is None or name not in clusters:
                there = f"there are {', '.join(clusters)}" if clusters else "there is no hyperpod"
                raise validation_error(
                    f"must be a HyperPod cluster of the environment; {there}",
                    at=f"studio.{at}",
                    value=name,
                )
            if clusters[name].lustre is None:
                raise validation_error(
                    "must be a cluster with a Lustre file system. Add lustre to it",
                    at=f"studio.{at}",
                    value=name,
                )
            if user is not None and not hyperpod.uses_cluster(
                user.persona or studio.default_persona, name
            ):
                raise validation_error(
                    "must be a cluster that the user's persona can use. Add the activity "
                    "use_hyperpod, and a team if the cluster has teams",
                    at=f"studio.{at}",
                    value=name,
                )

    @property
    def clusters(self) -> frozenset[str]:
        """HyperPod clusters whose file systems users mount."""
        return frozenset(name for name, _ in self.settings.cluster_file_systems.values())

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from stacks.inference.capability import Inference

        policies: dict[str, Sequence[iam.PolicyStatement]] = {}
        # What the endpoints of inference restrict to their own names.
        if self._deploys_from_canvas and self.environment.find(Inference) is not None:
            from sagemaker_platform.studio.canvas import invoke_canvas_endpoints

            policies["SAGEMAKER_RUNTIME"] = [invoke_canvas_endpoints(scope)]
        return NetworkRequirements(
            interface_endpoints=self._interface_endpoints(), endpoint_policies=policies
        )

    @property
    def _deploys_from_canvas(self) -> bool:
        studio = self.settings
        asked = [studio.canvas, *(user.canvas for user in studio.users)]
        return studio.canvas is not None and any(one and one.direct_deploy for one in asked)

    def _interface_endpoints(self) -> Iterator[str]:
        from sagemaker_platform.studio import DockerAccess, StudioDomain
        from sagemaker_platform.studio.client_defaults import ClientDefaults

        studio = self.settings
        yield from StudioDomain.INTERFACE_ENDPOINTS
        yield from ClientDefaults.INTERFACE_ENDPOINTS
        if studio.canvas is not None:
            from sagemaker_platform.studio.canvas import CANVAS_INTERFACE_ENDPOINTS

            yield from CANVAS_INTERFACE_ENDPOINTS
            asked = [user.canvas for user in studio.users if user.canvas]
            for one in (studio.canvas, *asked):
                yield from ("KENDRA",) if one.kendra else ()
                yield from ("BEDROCK", "BEDROCK_RUNTIME") if one.bedrock_fine_tuning else ()
        if studio.docker is not None:
            yield from DockerAccess.INTERFACE_ENDPOINTS

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        for name in self.settings.images:
            resource = f"Studio image {self.environment.name}-{name}"
            yield ResourceName(resource=resource, keys=["studio", "images", name], value=name)

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.access import read_outputs
        from sagemaker_platform.foundation import use_of_volumes
        from sagemaker_platform.studio.permissions import (
            shared_space_statements,
            studio_user_statements,
        )

        studio, shared = self.settings, context.shared
        if studio.canvas is not None:
            from stacks.studio.canvas_mapping import StudioCanvas

            self._canvas = StudioCanvas(
                access, settings=studio, artifacts=shared.artifacts.bucket, key=shared.key
            )

        def run_studio_apps() -> list[iam.PolicyStatement]:
            statements = [
                *studio_user_statements(
                    access,
                    allowed_instance_types=studio.allowed_instance_types,
                    exceptions=studio.instance_type_exceptions,
                ),
                *use_of_volumes(shared.key),
                read_outputs(access, prefix=f"{self.environment.name}-"),
            ]
            if studio.r_studio is not None:
                from sagemaker_platform.studio.r_studio import session_statements

                statements += session_statements(access)
            return statements

        def use_canvas() -> list[iam.PolicyStatement]:
            assert self._canvas is not None, "the settings allow this activity with Canvas only"
            return self._canvas.user_statements(access, network=shared.network)

        return AccessContribution(
            activities={"run_studio_apps": run_studio_apps, "use_canvas": use_canvas},
            # What only those may do whose role shared spaces have anyway.
            of_persona=lambda name, _: (
                shared_space_statements(access) if name == studio.default_persona else ()
            ),
            # For trusted identity propagation SageMaker puts the user into the role's sessions.
            session_actions=lambda _: (
                ["sts:SetContext"] if studio.trusted_identity_propagation else ()
            ),
        )

    @override
    def extends_persona(self, name: str, persona: PersonaSettings) -> bool:
        return bool(name == self.settings.default_persona)

    @override
    def build(self, context: BuildContext) -> StudioStack:
        from stacks.access.capability import Access
        from stacks.hyperpod.capability import HyperPod
        from stacks.lakehouse.capability import Lakehouse
        from stacks.mlflow.capability import Mlflow
        from stacks.studio.stack import StudioStack
        from stacks.studio.users_stack import StudioUsersStack, user_stack_id

        access, mlflow = context.outputs(Access), context.outputs(Mlflow)
        assert access is not None, "who uses Studio has a persona"
        lakehouse, network = context.outputs(Lakehouse), self.environment.network
        hyperpod = self.environment.find(HyperPod)
        studio = StudioStack(
            context.stage,
            "studio",
            shared=context.shared,
            settings=self.settings,
            roles=access.roles,
            closed=network.existing is None and network.nat_gateways == "none",
            # The last layer is the most refined one.
            default_database=[*lakehouse.layers.values()][-1].database_name if lakehouse else None,
            default_mlflow_app=mlflow.default_for_studio if mlflow else None,
            canvas=self._canvas,
            workload=access.workload,
            cluster_file_systems=context.outputs(HyperPod),
            uses_cluster=hyperpod.uses_cluster if hyperpod else lambda _, __: False,
        )
        for number, users in self.settings.users_by_stack.items():
            StudioUsersStack(
                context.stage,
                user_stack_id(number),
                shared=context.shared,
                settings=self.settings,
                users=users,
                studio=studio,
                roles=access.roles,
                canvas=self._canvas,
            )
        return studio
