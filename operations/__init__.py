"""What a team runs beside `cdk deploy`."""
