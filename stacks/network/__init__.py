"""The environment's network: made here, or an existing VPC."""
