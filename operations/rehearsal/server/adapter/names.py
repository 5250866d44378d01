"""Replacements with an unchanged name, which CloudFormation refuses."""

from ministack.services.cloudformation import provisioners


def keep_names() -> None:
    """Refuse a replacement that keeps its custom name."""
    provisioners._CUSTOM_NAME_REPLACEMENT["AWS::EC2::SecurityGroup"] = {"name": "GroupName"}
