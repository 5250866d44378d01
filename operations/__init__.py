"""What a team runs in addition to `cdk deploy`."""
