"""Types of the fields: names, keys and IDs of Amazon DataZone."""

from stacks.fields import matches

# Patterns of AWS::DataZone::UserProfile and AWS::DataZone::GroupProfile.
IdentityId = matches(
    r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}",
    "must be an ID in the identity store, such as 1234567890-12345678-1234-1234-1234-123456789012",
)
# AWS::DataZone::DomainUnit, pattern of Name.
UnitName = matches(
    r"[\w -]{1,128}", "must be up to 128 letters, digits, spaces, _ and -, such as Research"
)
# Keys become part of construct IDs.
Key = matches(
    r"(?=.{1,40}$)[a-z](_?[a-z0-9])*",
    "must start with a lower-case letter, followed by lower-case letters, digits and single "
    "underscores, at most 40",
)
