"""Which resources ministack replaces under the name that they keep, and CloudFormation does not."""

from ministack.services.cloudformation import provisioners


def keep_names() -> None:
    """Refuse what CloudFormation refuses: a replacement that keeps its custom name."""
    provisioners._CUSTOM_NAME_REPLACEMENT["AWS::EC2::SecurityGroup"] = {"name": "GroupName"}
