"""Settings of resource links: databases that other accounts share with this one."""

from typing import Annotated

from pydantic import Field

from stacks.fields import AccountId, Name, Settings


class ResourceLinkSettings(Settings):
    """A database of another account, under a name in this account's Glue catalog."""

    name: Annotated[Name, Field(max_length=20)]
    """Name for grants. Queries call the database `<environment>_<name>`, with underscores in
    place of hyphens."""
    account: AccountId
    """Account that shares the database. It must share the database before you deploy this
    environment."""
    database: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,255}$")]
    """Name of the database in that account's catalog, such as `prod_curated`."""
    hybrid: bool = False
    """Whether that account shares from hybrid mode. Each persona with a grant then opts in to Lake
    Formation for the shared data."""
