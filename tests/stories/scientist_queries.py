"""A data scientist queries with awswrangler and PyAthena.

persona: data_scientist
clients: sagemaker3
environments: [dev, prod]
"""

# %% Select with awswrangler -> allowed
import awswrangler as wr
import place

[analytics] = [layer for layer in place.layers if layer["name"] == "analytics"]
TABLE = f"{analytics['database']}.visits"

frame = wr.athena.read_sql_query(f"SELECT * FROM {TABLE}")

assert list(frame["n"]) == [1]

# %% Select with PyAthena -> allowed
from pyathena import connect

cursor = connect().cursor()
cursor.execute(f"SELECT * FROM {TABLE}")

assert cursor.fetchall() == [(1,)]

# %% Unload into the bucket of artifacts -> allowed
to = f"s3://{place.artifacts}/unloaded/"
cursor.execute(f"UNLOAD (SELECT * FROM {TABLE}) TO '{to}' WITH (format = 'PARQUET')")

# %% Create a table as a select -> allowed
cursor.execute(f"CREATE TABLE {analytics['database']}.mine AS SELECT * FROM {TABLE}")

# %% Query in the workgroup primary, where nothing limits scans -> denied
import boto3

athena = boto3.client("athena")
athena.start_query_execution(QueryString=f"SELECT * FROM {TABLE}", WorkGroup="primary")

# %% Query in another persona's workgroup -> denied
other = f"{place.environment}-data_engineer"
athena.start_query_execution(QueryString=f"SELECT * FROM {TABLE}", WorkGroup=other)

# %% Read another persona's results -> denied
own = athena.get_work_group(WorkGroup=place.workgroup)["WorkGroup"]["Configuration"]
bucket = own["ResultConfiguration"]["OutputLocation"].split("/")[2]
boto3.client("s3").get_object(Bucket=bucket, Key="data_engineer/any.csv")
