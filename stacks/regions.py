"""Features that AWS offers in some regions only. Each capability declares its own."""

from dataclasses import dataclass

from stacks.fields import validation_error


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature that some regions lack.

    Attributes:
        name: what an error calls it, such as "HyperPod clusters".
        regions: regions that have it. Source: for a resource type, the resource schemas of
            CloudFormation, because a deploy needs them; a test compares both. For others, the
            service's page of endpoints.
        resource_type: type of its resources in CloudFormation. Defaults to none that depends
            on the region.
    """

    name: str
    regions: frozenset[str]
    resource_type: str | None = None

    def check(self, region: str, *, at: str, fix: str = "remove it, or use another region") -> None:
        """Refuse a region that lacks the feature.

        Args:
            region: region of the environment.
            at: path of the key that asks for the feature.
            fix: what to do.
        """
        if region not in self.regions:
            lacks = (
                "CloudFormation does not support" if self.resource_type else "AWS does not offer"
            )
            raise validation_error(f"asks for {self.name}, which {lacks} in {region}: {fix}", at=at)
