"""Where the data of an environment comes from, and whether it is any good."""
