"""Wires personas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform import access
from sagemaker_platform.foundation import DataBucket, use_of_volumes
from sagemaker_platform.network import INetwork
from sagemaker_platform.security import AccessPolicy, Allow
from stacks.access.settings import SMALL, Activity, PersonaSettings
from stacks.base import EnvironmentStack
from stacks.settings import EnvironmentSettings

if TYPE_CHECKING:
    from stacks.lakehouse.stack import LakehouseStack
    from stacks.mlflow.stack import MlflowStack
    from stacks.studio.canvas import StudioCanvas
    from stacks.warehouse.stack import WarehouseStack


class AccessStack(EnvironmentStack):
    """One policy per activity, save small ones, and one role per persona."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentSettings,
        network: INetwork,
        key: kms.IKey,
        artifacts: DataBucket,
        lakehouse: LakehouseStack | None,
        mlflow: MlflowStack | None,
        warehouse: WarehouseStack | None,
    ) -> None:
        super().__init__(scope, id, environment=environment, description="personas")
        self._network = network
        self._key = key
        self._artifacts = artifacts
        self._lakehouse = lakehouse
        self._mlflow = mlflow
        self._warehouse = warehouse
        self._studio = environment.studio
        self._prefix = f"{environment.name}-"
        inference = environment.inference
        self._asynchronous = inference is not None and any(
            endpoint.type == "asynchronous" for endpoint in inference.endpoints
        )
        studio = environment.studio
        self.canvas: StudioCanvas | None = None
        if studio is not None and studio.canvas is not None:
            from stacks.studio.canvas import StudioCanvas

            self.canvas = StudioCanvas(self, settings=studio, artifacts=artifacts, key=key)
        # For trusted identity propagation SageMaker puts the user into the role's sessions.
        carries_users = studio is not None and studio.trusted_identity_propagation
        self._policies: dict[Activity, AccessPolicy] = {}
        self.roles: Mapping[str, iam.IRole] = {
            name: access.Persona(
                self,
                _construct_id(name),
                activities=[
                    self._policy(activity)
                    for activity in persona.activities or ()
                    # The stack of the clusters attaches it: only it knows their ARNs.
                    if activity not in SMALL | {"use_hyperpod"}
                ],
                passes_itself=persona.passes_itself,
                own_statements=[
                    *self._shared_spaces(name),
                    *self._workgroups(name),
                    *self._recipes(environment, persona),
                    *(
                        statement
                        for activity in persona.activities or ()
                        if activity in SMALL
                        for statement in self._activities[activity]()
                    ),
                ],
                managed_policies=persona.managed_policies,
                assumed_by=persona.assumed_by,
                session_actions=[
                    *_session_actions(persona),
                    *(["sts:SetContext"] if carries_users else []),
                ],
            ).role
            for name, persona in environment.all_personas.items()
        }
        if environment.lakehouse is not None and environment.lakehouse.permissions is not None:
            self._let_administer_data(environment.lakehouse.permissions.administrator_personas)
        for name, role in self.roles.items():
            CfnOutput(self, f"{_construct_id(name)}RoleArn", value=role.role_arn)

    def _policy(self, activity: Activity) -> AccessPolicy:
        """Return the policy of an activity, which all personas that have it share."""
        if activity not in self._policies:
            self._policies[activity] = AccessPolicy(
                self,
                f"{_construct_id(activity)}Policy",
                description=f"The activity {activity}",
                statements=self._activities[activity](),
            )
        return self._policies[activity]

    @property
    def workload(self) -> access.Workload | None:
        """Where people's own jobs run, if there are any."""
        return self._workload if "run_jobs" in self._policies else None

    @cached_property
    def _workload(self) -> access.Workload:
        workload = access.Workload(
            self,
            "Workload",
            network=self._network,
            key=self._key,
            prefix=f"{self._prefix}user-",
        )
        # What a request for a job has to name.
        for name, value in (
            ("SecurityGroupId", workload.security_group.security_group_id),
            ("SubnetIds", ",".join(self._network.private_subnet_ids)),
            ("KeyArn", self._key.key_arn),
        ):
            CfnOutput(self, f"Workload{name}", value=value)
        return workload

    @cached_property
    def _activities(self) -> Mapping[Activity, Callable[[], list[Allow]]]:
        return {
            "administer": lambda: [
                *access.administer(self),
                *(self._mlflow.operating_statements() if self._mlflow else ()),
            ],
            "approve_models": lambda: [
                *access.approve_models(self),
                *(self._mlflow.managing_statements() if self._mlflow else ()),
            ],
            "deploy_endpoints": lambda: access.deploy_endpoints(
                self._workload, files=self._artifacts
            ),
            "invoke_endpoints": lambda: access.invoke_endpoints(
                self,
                prefix=self._prefix,
                requests_key=self._key if self._asynchronous else None,
            ),
            "query_lakehouse": lambda: self._of_lakehouse().query_statements(),
            "query_warehouse": self._query_warehouse,
            "register_models": lambda: access.register_models(self),
            "run_jobs": lambda: access.run_jobs(self._workload, files=self._artifacts),
            "run_studio_apps": self._run_studio_apps,
            "track_experiments": lambda: [
                *access.track_experiments(self),
                *(self._mlflow.tracking_statements() if self._mlflow else ()),
            ],
            "use_canvas": self._use_canvas,
            "use_partner_apps": self._use_partner_apps,
            "write_lakehouse": lambda: self._of_lakehouse().write_statements(),
        }

    def _run_studio_apps(self) -> list[Allow]:
        from sagemaker_platform.studio.permissions import studio_user_statements

        studio = self._studio
        return [
            *studio_user_statements(
                self,
                allowed_instance_types=studio.allowed_instance_types if studio else None,
                exceptions=studio.instance_type_exceptions if studio else None,
            ),
            *use_of_volumes(self._key),
            *self._r_studio(),
        ]

    def _r_studio(self) -> list[Allow]:
        if self._studio is None or self._studio.r_studio is None:
            return []
        from sagemaker_platform.studio.r_studio import session_statements

        return session_statements(self)

    def _shared_spaces(self, persona: str) -> Sequence[Allow]:
        """Return what only those may do whose role shared spaces have anyway."""
        if self._studio is None or self._studio.default_persona != persona:
            return ()
        from sagemaker_platform.studio.permissions import shared_space_statements

        return shared_space_statements(self)

    def _workgroups(self, persona: str) -> Sequence[Allow]:
        return () if self._lakehouse is None else self._lakehouse.workgroup_statements(persona)

    def _let_administer_data(self, personas: Sequence[str]) -> None:
        if not personas:
            return
        AccessPolicy(
            self,
            "DataLakePolicy",
            description="The administration of the data lake",
            statements=access.administer_data_lake(self),
            attached_to=[self.roles[name] for name in personas],
        )

    def _recipes(self, environment: EnvironmentSettings, persona: PersonaSettings) -> list[Allow]:
        """Return what launching recipes as training jobs takes besides running jobs."""
        hyperpod = environment.hyperpod
        runs_jobs = "run_jobs" in (persona.activities or ())
        if not (runs_jobs and hyperpod and hyperpod.recipes and hyperpod.recipes.training_jobs):
            return []
        from sagemaker_platform.recipes import read_configurations

        return [read_configurations(self, environment=environment.name)]

    def _use_canvas(self) -> list[Allow]:
        assert self.canvas is not None, "the settings allow this activity with Canvas only"
        return self.canvas.user_statements(self, network=self._network)

    def _use_partner_apps(self) -> list[Allow]:
        from sagemaker_platform.partner_apps import use_partner_apps

        return use_partner_apps(self, tags={"environment": self._environment.name})

    def _query_warehouse(self) -> list[Allow]:
        assert self._warehouse is not None, "the settings allow this activity with one only"
        return self._warehouse.statements()

    def _of_lakehouse(self) -> LakehouseStack:
        assert self._lakehouse is not None, "the settings allow these activities with one only"
        return self._lakehouse


def _session_actions(persona: PersonaSettings) -> Sequence[str]:
    if "use_partner_apps" not in (persona.activities or ()):
        return ()
    from sagemaker_platform.partner_apps import SESSION_ACTIONS

    return SESSION_ACTIONS


def _construct_id(name: str) -> str:
    return name.title().replace("_", "")
