"""An administrator reads the bill of the account with PyAthena.

persona: administrator
clients: sagemaker3
environments: [budget-complete]
defaults: false
"""

# %% Read what each team costs -> allowed
import place
from pyathena import connect

bill = place.bill
cursor = connect(work_group=bill["workgroup"]).cursor()
cursor.execute(f"SELECT * FROM {bill['database']}.cost_by_team")

assert cursor.fetchall() == [(1,)]

# %% Read the lines behind it -> allowed
cursor.execute(f"SELECT * FROM {bill['database']}.line_items")

# %% Change the bill -> denied
import boto3

boto3.client("s3").put_object(Bucket=bill["bucket"], Key="cur2/lines.parquet", Body=b"")
