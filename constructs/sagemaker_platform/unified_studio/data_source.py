"""Data sources: tables of a database become assets of a project's catalog."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_datazone as datazone
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_some
from sagemaker_platform.unified_studio.metadata_form import FormValues


@checks_types
class GlueDataSource(Construct):
    """A data source with the tables of one database of the Glue Data Catalog.

    Deploy it with a first run, see `ProjectWaiter.run_data_source`: AWS runs a data source at the
    times of its schedule only.

    Args:
        domain_id: ID of the domain.
        project_id: ID of the project that owns the assets.
        connection_id: ID of a connection of the project to the Glue Data Catalog.
        name: name that people see, which can change.
        database: name of the database.
        include: patterns of tables, with ``*``.
        exclude: patterns of tables that are left out. Defaults to none.
        data_access_role_arn: ARN of the role that reads the catalog, and that subscriptions
            grant with: Lake Formation must let it grant what it has.
        description: description that people see. Defaults to none.
        schedule: ``cron(...)`` whose minute and hour are plain numbers. Defaults to none.
        time_zone: time zone of the schedule as Amazon DataZone names it, such as
            ``EUROPE_PARIS``.
        publish: whether imported assets are published at once.
        quality: whether results of data quality are imported.
        business_names: whether names for people are generated.
        enabled: whether runs begin.
        forms: metadata forms that all assets get, at most 10. Defaults to none.

    Attributes:
        id: ID of the data source.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        project_id: str,
        connection_id: str,
        name: str,
        database: str,
        include: Sequence[str],
        exclude: Sequence[str] = (),
        data_access_role_arn: str,
        description: str | None = None,
        schedule: str | None = None,
        time_zone: str = "UTC",
        publish: bool = True,
        quality: bool = True,
        business_names: bool = False,
        enabled: bool = True,
        forms: Sequence[FormValues] = (),
    ) -> None:
        require_some("include", include)
        require_each("forms", forms, FormValues)
        super().__init__(scope, id)
        kind = datazone.CfnDataSource
        filters = [("INCLUDE", one) for one in include] + [("EXCLUDE", one) for one in exclude]
        self.resource = kind(
            self,
            "Resource",
            type="GLUE",
            domain_identifier=domain_id,
            project_identifier=project_id,
            connection_identifier=connection_id,
            name=name,
            description=description,
            enable_setting="ENABLED" if enabled else "DISABLED",
            publish_on_import=publish,
            recommendation=kind.RecommendationConfigurationProperty(
                enable_business_name_generation=business_names
            ),
            asset_forms_input=[
                kind.FormInputProperty(
                    form_name=one.form.technical_name,
                    type_identifier=one.form.name,
                    type_revision=one.form.revision,
                    content=Stack.of(self).to_json_string(one.values),
                )
                for one in forms
            ]
            or None,
            schedule=kind.ScheduleConfigurationProperty(schedule=schedule, timezone=time_zone)
            if schedule
            else None,
            configuration=kind.DataSourceConfigurationInputProperty(
                glue_run_configuration=kind.GlueRunConfigurationInputProperty(
                    auto_import_data_quality_result=quality,
                    data_access_role=data_access_role_arn,
                    relational_filter_configurations=[
                        kind.RelationalFilterConfigurationProperty(
                            database_name=database,
                            filter_expressions=[
                                kind.FilterExpressionProperty(type=side, expression=pattern)
                                for side, pattern in filters
                            ],
                        )
                    ],
                )
            ),
        )
        self.id = self.resource.attr_id
