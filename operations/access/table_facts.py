"""The tables that a query, or a call of Glue, is about, with what Lake Formation knows of them."""

from collections.abc import Iterator
from typing import Any

from operations.access.call import Call
from operations.access.lake_formation import Data
from operations.access.operation import UnmappedError
from operations.access.world import Environment, World

Fields = dict[str, Any]
_RELATIONS = {"alters", "creates", "reads", "writes"}


class TableFacts:
    """Fields of the rules of forward access that are about tables.

    Args:
        world: all environments.
        environment: the environment that the caller works in.
        call: the call.
        principal: ARN of the caller's role.
        encrypts_results_with_key: whether a key of the account encrypts the results of a query.
    """

    def __init__(
        self,
        world: World,
        environment: Environment,
        call: Call,
        principal: str,
        *,
        encrypts_results_with_key: bool,
    ) -> None:
        self._world, self._environment = world, environment
        self._call, self._principal = call, principal
        self._encrypts_results = encrypts_results_with_key

    def of(self, relation: str) -> Iterator[Fields]:
        """Yield the fields of each table.

        Args:
            relation: what the call does with the tables: ``alters``, ``creates``, ``reads`` or
                ``writes``.
        """
        call = self._call
        if call.service == "athena" and not _RELATIONS & call.facts.keys():
            raise UnmappedError(f"{call}: the tables of the query are not known")
        for name in call.members(f"@{relation}"):
            yield self._table(str(name))
        if call.service == "glue":
            database = next(iter(call.members("DatabaseName")), "")
            paths = {"creates": "TableInput.Name", "reads": "Name"}
            for table in call.members(paths.get(relation, "")):
                yield self._table(f"{database}.{table}")

    def _table(self, name: str) -> Fields:
        """Return the fields of a table, ``database.table`` or ``catalog/database.table``."""
        environment = self._environment
        where, _, table = name.rpartition(".")
        catalog, _, database = where.rpartition("/")
        if (link := environment.resource_links.get(where)) is not None:
            return self._linked_table(database, table, link)
        account = environment.account
        data = Data(f"{account}:{catalog}" if catalog else account, database, table)
        fields = self._in_catalog(data, catalog)
        if catalog.startswith("s3tablescatalog/"):
            return {**fields, **self._in_table_bucket(catalog.partition("/")[2])}
        return {**fields, **self._in_s3(data, self._location(environment, database, table))}

    def _linked_table(self, link: str, table: str, target: tuple[str, str]) -> Fields:
        """Return the fields of a table of another account, reached through a resource link.

        Source: AWS Lake Formation Developer Guide, "Resource link handling in AWS Glue APIs": IAM
        and Lake Formation decide about both the link and its target.
        """
        account, database = target
        own = self._in_catalog(Data(self._environment.account, link, table), "")
        data = Data(account, database, table)
        there = self._in_catalog(data, "")
        owner = self._world.environment_with(account, database)
        if owner is None:
            raise UnmappedError(f"{self._call}: no template has the database {database}")
        return {
            **there,
            **{
                name: [own[name], there[name]]
                for name in ("catalog_arn", "database_arn", "table_arn")
            },
            "link": own["data"],
            "linked_arns": [there[f"{kind}_arn"] for kind in ("catalog", "database", "table")],
            **self._in_s3(data, self._location(owner, database, table)),
        }

    def _in_catalog(self, data: Data, catalog: str) -> Fields:
        place = self._environment
        account = data.catalog.partition(":")[0]
        glue = f"arn:{place.partition}:glue:{place.region}:{account}:"
        path = f"{catalog}/{data.database}" if catalog else data.database
        return {
            "data": data,
            "columns": [str(one) for one in self._call.members("@columns")],
            "default_catalog": not catalog,
            "catalog_arn": f"{glue}catalog" + (f"/{catalog}" if catalog else ""),
            "database_arn": f"{glue}database/{path}",
            "table_arn": f"{glue}table/{path}/{data.table}",
            "iceberg": "iceberg" in map(str, self._call.members("@format")),
        }

    def _in_s3(self, data: Data, location: str) -> Fields:
        formation = self._world.lake_formation
        bucket, _, prefix = location.removeprefix("s3://").rstrip("/").partition("/")
        arn = f"arn:{self._environment.partition}:s3:::{bucket}"
        objects = f"{arn}/{prefix}/data/part-0.parquet"
        found = formation.location(objects)
        # In hybrid mode, Lake Formation hands out data to those who have opted in.
        registered = found is not None and (
            not found.hybrid or formation.has_opted_in(self._principal, data)
        )
        return {
            "governed": formation.decides(self._principal, data, found),
            "registered": registered,
            "location": found,
            "location_of_files": registered and found is not None and bool(found.role_arn),
            "location_role": found.role_arn if found else "",
            "location_arn": f"{arn}/{prefix}",
            "objects": objects,
            "bucket_arn": arn,
            "prefix": prefix,
        }

    def _in_table_bucket(self, bucket: str) -> Fields:
        environment = self._environment
        arn = f"arn:{environment.partition}:s3tables:{environment.region}:{environment.account}"
        objects = f"{arn}:bucket/{bucket}/table/00000000-0000-0000-0000-000000000000"
        registered = self._world.lake_formation.location(objects)
        key = ""
        for record in environment.of_type("AWS::S3Tables::TableBucket"):
            if record.properties["TableBucketName"] == bucket:
                key = record.properties.get("EncryptionConfiguration", {}).get("KMSKeyArn", "")
        return {
            "governed": True,
            "registered": True,
            "location": registered,
            "location_role": registered.role_arn if registered else "",
            "location_of_files": False,
            "table_bucket": True,
            "table_bucket_and_sse_kms": self._encrypts_results,
            "table_bucket_key": key,
            "objects": objects,
        }

    def _location(self, environment: Environment, database: str, table: str) -> str:
        for given in self._call.members("@location"):
            return str(given)
        found = environment.databases.get(database, {})
        return f"{str(found.get('LocationUri', 's3://unknown')).rstrip('/')}/{table}"
