"""Who may do what: the roles of the environment's personas."""
