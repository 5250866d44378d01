"""An analyst queries what another account shares.

persona: analyst
clients: sagemaker3
environments: [lakehouse-consumer]
defaults: false
"""

# %% Select a granted column of a shared table with PyAthena -> allowed
import place
from pyathena import connect

SALES = "lakehouse_consumer_sales"
cursor = connect(work_group=place.workgroup).cursor()
cursor.execute(f"SELECT article FROM {SALES}.prices")

assert cursor.fetchall() == [(1,)]

# %% Select with awswrangler what a filter of the other account lets through -> allowed
import awswrangler as wr

frame = wr.athena.read_sql_query(
    "SELECT country, amount FROM orders",
    database=SALES,
    workgroup=place.workgroup,
    ctas_approach=False,
)

assert list(frame["n"]) == [1]

# %% See a shared table in the catalog -> allowed
import boto3

glue = boto3.client("glue")
glue.get_table(DatabaseName=SALES, Name="prices")

# %% Select a column that is not granted -> fails later
cursor.execute(f"SELECT price FROM {SALES}.prices")

# %% Select a column that the filter of the other account leaves out -> fails later
cursor.execute(f"SELECT email FROM {SALES}.orders")

# %% Select a table that is not granted -> fails later
cursor.execute(f"SELECT * FROM {SALES}.customers")

# %% See a table that is not granted in the catalog -> denied
glue.get_table(DatabaseName=SALES, Name="customers")

# %% Query the database of the other account without the link -> fails later
cursor.execute("SELECT article FROM lakehouse_rights_curated.prices")

# %% Insert into a shared table -> fails later
cursor.execute(f"INSERT INTO {SALES}.prices SELECT article FROM {SALES}.prices")

# %% Read the files of the other account -> denied
[bucket] = [
    one["bucket"]
    for one in place.other_buckets
    if one["environment"] == "lakehouse-rights" and one["name"].endswith("CuratedLayer/Bucket")
]
boto3.client("s3").get_object(Bucket=bucket, Key="tables/prices/data/part-0.parquet")

# %% Query in a workgroup of the other account -> denied
connect(work_group="lakehouse-rights-analyst").cursor().execute("SELECT 1")

# %% Grant the shared table to the own role -> denied
boto3.client("lakeformation").grant_permissions(
    Principal={"DataLakePrincipalIdentifier": place.role},
    Resource={
        "Table": {
            "CatalogId": "666666666666",
            "DatabaseName": "lakehouse_rights_curated",
            "Name": "orders",
        }
    },
    Permissions=["SELECT"],
)
