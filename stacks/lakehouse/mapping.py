"""Turns settings of tables into what the constructs take."""

from sagemaker_platform.foundation import DataLifecycle, Replication
from sagemaker_platform.lakehouse import (
    IcebergColumn,
    IcebergList,
    IcebergMap,
    IcebergPartition,
    IcebergSort,
    IcebergStruct,
    IcebergTable,
    IcebergType,
    TableMaintenance,
    TableOptimizers,
)
from stacks.lakehouse.column_grammar import ColumnType, parse
from stacks.lakehouse.storage_settings import LifecycleSettings, ReplicationSettings
from stacks.lakehouse.table_settings import OptimizerSettings, S3TableSettings, TableSettings


def iceberg_table(settings: TableSettings) -> IcebergTable:
    """Return the table that settings describe."""
    return IcebergTable(
        name=settings.name,
        description=settings.description,
        columns=[
            IcebergColumn(
                name=column.name,
                type=_iceberg_type(parse(column.type)),
                required=column.required,
                description=column.description,
            )
            for column in settings.columns
        ],
        partitions=[
            IcebergPartition(column=field.column, transform=field.expression, name=field.field_name)
            for field in settings.partition_by
        ],
        order=[
            IcebergSort(
                column=field.column,
                descending=field.direction == "desc",
                nulls_first=field.nulls == "first",
            )
            for field in settings.sort_by
        ],
    )


def _iceberg_type(given: ColumnType) -> IcebergType:
    if isinstance(given, str):
        return given
    within = [_iceberg_type(one) for one in given.within]
    if given.word == "struct":
        return IcebergStruct(fields=tuple(zip(given.names, within, strict=True)))
    if given.word == "list":
        return IcebergList(element=within[0])
    return IcebergMap(key=within[0], value=within[1])


def optimizers(settings: OptimizerSettings) -> TableOptimizers:
    """Return what Glue does to a table."""
    compaction, retention, orphans = settings.compaction, settings.retention, settings.orphan_files
    return TableOptimizers(
        compaction_strategy=compaction.strategy if compaction.enabled else None,
        min_input_files=compaction.min_input_files,
        delete_file_threshold=compaction.delete_file_threshold,
        snapshot_days=retention.snapshot_days if retention.enabled else None,
        snapshots_to_keep=retention.snapshots_to_keep,
        clean_expired_files=retention.clean_expired_files,
        orphan_file_days=orphans.days if orphans.enabled else None,
    )


def maintenance(settings: S3TableSettings) -> TableMaintenance:
    """Return what S3 Tables does to a table."""
    return TableMaintenance(
        target_file_size_mib=settings.target_file_size_mib,
        snapshot_max_age_hours=settings.snapshots.max_age_hours,
        snapshots_to_keep=settings.snapshots.min_to_keep,
    )


def lifecycle(settings: LifecycleSettings) -> DataLifecycle:
    """Return when objects move to cheaper storage."""
    return DataLifecycle(**settings.model_dump(exclude={"noncurrent_days"}))


def replication(settings: ReplicationSettings | None, *, role_name: str) -> Replication | None:
    """Return where copies go, None for nowhere."""
    if settings is None:
        return None
    return Replication(**settings.model_dump(), role_name=role_name)
