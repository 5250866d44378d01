"""Names of services with interface endpoints."""

import difflib

from aws_cdk import aws_ec2 as ec2

# Services for which the CDK has no constant: name and prefix of their endpoints.
_WITHOUT_CONSTANT = {
    "SAGEMAKER_MLFLOW": ("mlflow", "aws.sagemaker"),
    # Named as the host of the service, like that of SageMaker Runtime (botocore 1.44:
    # inferencerouter-runtime.sagemaker). `preflight` asks whether the region has it.
    "SAGEMAKER_INFERENCE_ROUTER_RUNTIME": (
        "sagemaker.inferencerouter-runtime",
        "com.amazonaws",
    ),
}


def is_endpoint(name: str) -> bool:
    """Return whether the CDK, or this module, knows the name of an interface endpoint."""
    return name in _WITHOUT_CONSTANT or name in _constants()


def close_to_endpoint(name: str) -> str:
    """Return a hint at the closest names of interface endpoints."""
    known = [*_constants(), *_WITHOUT_CONSTANT]
    close = difflib.get_close_matches(name.upper(), known, n=3, cutoff=0.3)
    return f"; did you mean {', '.join(close) or 'SAGEMAKER_API'}?"


def _constants() -> list[str]:
    return [name for name in dir(ec2.InterfaceVpcEndpointAwsService) if name.isupper()]


def endpoint_service(name: str) -> ec2.IInterfaceVpcEndpointService:
    """Return the service of an interface endpoint.

    Args:
        name: a constant of `ec2.InterfaceVpcEndpointAwsService`, a name of this module, or the
            full name of a service, which has dots.

    Raises:
        ValueError: the name is unknown.
    """
    if "." in name:
        # Names of the service's hosts belong to its provider and are not taken over.
        return ec2.InterfaceVpcEndpointService(name, 443)
    if name in _WITHOUT_CONSTANT:
        return ec2.InterfaceVpcEndpointAwsService(*_WITHOUT_CONSTANT[name])
    if not is_endpoint(name):
        raise ValueError(
            f"expected a constant of ec2.InterfaceVpcEndpointAwsService, got interface endpoint "
            f"{name}{close_to_endpoint(name)}"
        )
    service = getattr(ec2.InterfaceVpcEndpointAwsService, name)
    assert isinstance(service, ec2.InterfaceVpcEndpointAwsService)
    return service
