"""Applications of partners."""
