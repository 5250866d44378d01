"""The budget of an environment."""
