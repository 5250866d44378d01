"""The budget, as a capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import Activity, OffersActivities
from stacks.arns import partition_of
from stacks.budget.regions import ANOMALY_DETECTION, BUDGET, BUDGETS_ACTION
from stacks.capability import Capability, ResourceName
from stacks.fields import close_to, validation_error
from stacks.teams import TEAM_TAG, NamesTeams

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stacks.access.settings import PersonaSettings
    from stacks.budget.bill_settings import BillExportSettings
    from stacks.budget.settings import BudgetSettings
    from stacks.budget.stack import BudgetStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack


# AWS Cost Anomaly Detection FAQs (read 2026-11-27).
_MAX_SUMMARY_EMAILS = 10


class BudgetCapability(Capability["BudgetSettings", "BudgetStack | None"], OffersActivities):
    """A cap on the cost of the environment, budgets of AWS, the bill, and a dashboard."""

    key = "budget"
    summary = "A cap on the cost per month, alerts, the bill in Athena, a dashboard of usage."
    features = (BUDGET, BUDGETS_ACTION, ANOMALY_DETECTION)
    activities = {
        # Only the stack of the bill knows its resources.
        "read_costs": Activity(
            requires="`budget.bill_export`",
            personas=("administrator", "auditor"),
            order=120,
            policy="later",
            interface_endpoints=("ATHENA", "GLUE"),
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[BudgetSettings]:
        from stacks.budget.settings import BudgetSettings

        return BudgetSettings

    @override
    def validate(self) -> None:
        if self.settings.alerts:
            BUDGET.check(
                self.environment.region,
                at="budget",
                fix="set alerts: false to keep only the cap",
            )
            self.environment.check_alarms("a budget sends its alerts there")
        if self.settings.action is not None:
            self._check_action()
        self._check_anomaly_detection()
        self._check_bill_export()
        known = list(dict.fromkeys([self._own_team, *self._tagged, *self._with_quota]))
        for team in self.settings.teams:
            if team not in known:
                hint = close_to(team, known) or f"; must be one of {', '.join(known)}"
                raise validation_error(
                    f"must be a team of the environment{hint}",
                    at=f"budget.teams.{team}",
                    value=self.settings.teams[team],
                )

    def _check_action(self) -> None:
        at = "budget.action"
        if not self.settings.alerts:
            raise validation_error(
                (
                    "requires alerts, because it is part of the AWS budget. Set alerts: true, "
                    "or remove it"
                ),
                at=at,
            )
        if not self.environment.all_personas:
            raise validation_error(
                (
                    "requires a persona, because it denies actions to personas' roles. Add "
                    "personas, or remove it"
                ),
                at=at,
            )
        BUDGETS_ACTION.check(self.environment.region, at=at, fix="remove it")

    def _check_anomaly_detection(self) -> None:
        settings, emails = self.settings.anomaly_detection, self.environment.alarm_emails
        if settings is None:
            return
        at = "budget.anomaly_detection"
        ANOMALY_DETECTION.check(self.environment.region, at=at)
        if settings.frequency == "immediate":
            self.environment.check_alarms("AWS sends alerts for unusual costs there")
        elif not emails or len(emails) > _MAX_SUMMARY_EMAILS:
            raise validation_error(
                f"must be immediate with {len(emails)} alarm_emails, because AWS sends summaries "
                f"to 1 to {_MAX_SUMMARY_EMAILS} addresses. Change the line, or alarm_emails",
                at=f"{at}.frequency",
                value=settings.frequency,
            )

    def _check_bill_export(self) -> None:
        environment = self.environment
        if self.settings.bill_export is None:
            return
        if partition_of(environment.region) != "aws":
            raise validation_error(
                f"must be omitted in {environment.region}, because AWS Data Exports runs in "
                "us-east-1. Remove the block",
                at="budget.bill_export",
            )
        if self.settings.bill_export.assets:
            from stacks.budget.asset_rules import check_assets

            check_assets(environment)
        own = {one.resource for one in self.resource_names()}
        for other in environment.capabilities:
            for name in other.resource_names() if other is not self else ():
                if name.resource in own:
                    raise validation_error(
                        (
                            "must be another name, because budget.bill_export creates the "
                            f"{name.resource}"
                        ),
                        at=".".join(map(str, name.keys)),
                        value=name.value,
                    )

    @property
    def _database_name(self) -> str:
        return f"{self.environment.name}_bill".replace("-", "_")

    @property
    def _workgroup_name(self) -> str:
        return f"{self.environment.name}-bill"

    @property
    def _dashboard_name(self) -> str:
        # Names of endpoints, whose dashboards are called like them, have no underscore.
        return f"{self.environment.name}_usage"

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        settings = self.settings
        detection = settings.anomaly_detection
        if detection is not None and detection.monitor_arn is None:
            yield ResourceName(
                resource="monitor of AWS services for unusual costs",
                keys=["budget", "anomaly_detection"],
                value="...",
                in_region=False,
                fix="Set monitor_arn in one of them, to the ARN of the other's monitor",
            )
        if settings.bill_export is not None:
            keys = ["budget", "bill_export"]
            for resource in (
                f"database {self._database_name}",
                f"Athena workgroup {self._workgroup_name}",
            ):
                yield ResourceName(resource=resource, keys=keys, value="...")

    @override
    def available_activities(self) -> Collection[str]:
        return self.activities.keys() if self.settings.bill_export is not None else ()

    @property
    def _own_team(self) -> str:
        tags = self.environment.all_tags
        return tags.get(TEAM_TAG, tags["owner"])

    @property
    def _tagged(self) -> Sequence[str]:
        return [team for one in self.environment.implementing(NamesTeams) for team in one.teams()]

    @property
    def _with_quota(self) -> Sequence[str]:
        return [
            team for one in self.environment.implementing(NamesTeams) for team in one.quota_teams()
        ]

    @override
    def attached_policies(self, name: str, persona: PersonaSettings) -> int:
        # AWS Budgets attaches one when the budget is used up, and fails if there are ten already.
        reads_costs = "read_costs" in (persona.activities or ())
        return int(self.settings.action is not None) + int(reads_costs)

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        from sagemaker_platform.costs import BUDGET as METADATA
        from sagemaker_platform.costs import Budget

        budget = Budget(
            max_usd_per_month=self.settings.max_usd_per_month,
            autoscaling=self.settings.autoscaling,
            teams=self.settings.teams,
            discounts=self.settings.discounts,
        )
        # The checks of a synth read the cap here: they need no settings.
        foundation.node.add_metadata(METADATA, budget.as_metadata())
        if self.settings.alerts:
            foundation.environment_key.grant_budgets_send()
            foundation.alarms.grant_budgets_publish()
        detection = self.settings.anomaly_detection
        if detection is not None and detection.frequency == "immediate":
            foundation.environment_key.grant_anomalies_send()
            foundation.alarms.grant_anomalies_publish()

    @override
    def build(self, context: BuildContext) -> BudgetStack | None:
        settings, shared = self.settings, context.shared
        if settings.anomaly_detection is not None:
            from stacks.budget.anomaly_stack import AnomalyStack

            AnomalyStack(
                context.stage, "anomalies", shared=shared, settings=settings.anomaly_detection
            )
        if settings.bill_export is not None:
            self._build_bill(settings.bill_export, context)
        if settings.dashboard:
            from stacks.budget.usage_mapping import show_usage
            from stacks.budget.usage_stack import UsageStack

            UsageStack(
                context.stage,
                "usage",
                shared=shared,
                name=self._dashboard_name,
                show=lambda dashboard: show_usage(
                    dashboard, settings=settings, environment=self.environment, context=context
                ),
            )
        if not self.settings.alerts:
            return None
        from stacks.access.capability import Access
        from stacks.budget.mapping import team_filters
        from stacks.budget.stack import BudgetStack

        access = context.outputs(Access)
        return BudgetStack(
            context.stage,
            "budget",
            shared=context.shared,
            settings=self.settings,
            filters=team_filters(
                self.settings.teams,
                own=self._own_team,
                own_has_tag=TEAM_TAG in self.environment.tags,
                tagged=self._tagged,
                with_quota=self._with_quota,
            ),
            roles=list(access.roles.values()) if access is not None else [],
        )

    def _build_bill(self, settings: BillExportSettings, context: BuildContext) -> None:
        from stacks.access.capability import Access
        from stacks.budget.bill_stack import BillExportStack, BillStack
        from stacks.lakehouse.capability import Lakehouse

        lakehouse = context.outputs(Lakehouse)
        bill = BillStack(
            context.stage,
            "bill",
            shared=context.shared,
            database_name=self._database_name,
            workgroup_name=self._workgroup_name,
            lakehouse=lakehouse,
            assets=settings.assets,
            access=context.outputs(Access),
        )
        BillExportStack(
            context.stage, "bill-export", shared=context.shared, settings=settings, bill=bill
        )
