"""Regions of Unified Studio."""

from stacks.regions import Feature, regions_of

UNIFIED_STUDIO = Feature(
    name="Unified Studio",
    # Domains alone exist in more regions, without project profiles and connections.
    resource_type="AWS::DataZone::ProjectProfile",
    regions=regions_of("AWS::DataZone::ProjectProfile"),
)
