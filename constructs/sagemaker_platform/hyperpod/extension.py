"""Extensions of HyperPod clusters with Slurm, such as observability."""

import json
import re
from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnResource
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.hyperpod.cluster import HyperPodCluster
from sagemaker_platform.security import acknowledge_new_type

_MOST_CONFIGURATION = 10_240


@checks_types
class ClusterExtension(Construct):
    """An extension that HyperPod installs on each node of a cluster with Slurm.

    The cluster must have continuous provisioning, and has one extension of a name. Source:
    SageMaker API (botocore 1.44), ``CreateClusterExtension``. The type AWS::SageMaker::Extension
    is in the CDK's documentation of 2.278.0, with these properties.

    Args:
        cluster: the cluster.
        name: name of the extension, such as ``sagemaker-observability``.
        version: major, minor and patch version. Defaults to the latest one at the installation.
        configuration: settings of the extension. Defaults to those of the version.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: HyperPodCluster,
        name: str,
        version: str | None = None,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(scope, id)
        if not re.fullmatch(r"[a-z]([a-z0-9]|-[a-z0-9])*", name):
            raise ValueError(f"name: got {name}; must have lower-case letters, digits and hyphens")
        values = json.dumps(configuration, sort_keys=True) if configuration else None
        if values is not None and len(values) > _MOST_CONFIGURATION:
            raise ValueError(
                f"configuration: got {len(values)} characters of JSON; must be at most "
                f"{_MOST_CONFIGURATION}"
            )
        # The CDK has no class of it yet.
        self.resource = CfnResource(
            self,
            "Resource",
            type="AWS::SageMaker::Extension",
            properties={
                "ClusterArn": cluster.arn,
                "ExtensionName": name,
                "ExtensionVersion": version,
                "ConfigurationValues": values,
            },
        )
        # cfn-lint does not know the type either.
        self.resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["E3006"]}})
        acknowledge_new_type(self.resource)
