"""What AWS answers about resources that were made outside of the platform."""

import json
from datetime import UTC, datetime
from typing import Any

ACCOUNT, REGION = "333333333333", "eu-west-1"
THEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SUBNETS = ("subnet-0a1b2c3d4e5f67891", "subnet-0a1b2c3d4e5f67892")
GROUP = "sg-0a1b2c3d4e5f67890"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/serve:1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/studio-users"


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"


def of_account(tags: dict[str, str] | None = None) -> dict[str, Any]:
    """Who asks, the network, and the tags of whatever is asked about."""
    return {
        "sts.GetCallerIdentity": {"Account": ACCOUNT},
        "ec2.DescribeSubnets": {
            "Subnets": [
                {"SubnetId": one, "AvailabilityZone": f"{REGION}{zone}", "VpcId": "vpc-0a1b2c3d"}
                for one, zone in zip(SUBNETS, "ab", strict=True)
            ]
        },
        "ec2.DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-0a1b2c3d", "CidrBlock": "10.20.0.0/16"}]},
        "sagemaker.ListTags": {
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        },
    }


def domain(name: str = "research") -> dict[str, Any]:
    """A domain with a profile that has a role of its own, and a private space."""
    app = {
        "DefaultResourceSpec": {"InstanceType": "ml.t3.large"},
        "AppLifecycleManagement": {
            "IdleSettings": {
                "LifecycleManagement": "ENABLED",
                "IdleTimeoutInMinutes": 120,
                "MinIdleTimeoutInMinutes": 60,
                "MaxIdleTimeoutInMinutes": 240,
            }
        },
    }
    return {
        **of_account({"owner": "research"}),
        "sagemaker.DescribeDomain": {
            "DomainId": "d-0123456789ab",
            "DomainArn": arn("domain", "d-0123456789ab"),
            "DomainName": name,
            "AuthMode": "IAM",
            "AppNetworkAccessType": "PublicInternetOnly",
            "KmsKeyId": KEY.rpartition("/")[2],
            "VpcId": "vpc-0a1b2c3d",
            "SubnetIds": list(SUBNETS),
            "DefaultUserSettings": {
                "ExecutionRole": ROLE,
                "SecurityGroups": [GROUP],
                "JupyterLabAppSettings": {
                    **app,
                    "LifecycleConfigArns": [arn("studio-lifecycle-config", "pip")],
                },
                "SpaceStorageSettings": {
                    "DefaultEbsStorageSettings": {
                        "DefaultEbsVolumeSizeInGb": 30,
                        "MaximumEbsVolumeSizeInGb": 300,
                    }
                },
                "StudioWebPortalSettings": {"HiddenAppTypes": ["Canvas", "JupyterServer"]},
                "CustomFileSystemConfigs": [
                    {
                        "EFSFileSystemConfig": {
                            "FileSystemId": "fs-0a1b2c3d4e5f67890",
                            "FileSystemPath": "/data",
                        }
                    }
                ],
            },
            "DomainSettings": {
                "DockerSettings": {
                    "EnableDockerAccess": "ENABLED",
                    "VpcOnlyTrustedAccounts": ["555555555555"],
                }
            },
        },
        "sagemaker.ListUserProfiles": {
            "UserProfiles": [{"UserProfileName": "ada"}, {"UserProfileName": "bob"}]
        },
        "sagemaker.DescribeUserProfile": lambda asked: {
            "DomainId": "d-0123456789ab",
            "UserProfileName": asked["UserProfileName"],
            "UserSettings": {"ExecutionRole": f"{ROLE}-{asked['UserProfileName']}"},
        },
        "sagemaker.ListSpaces": {"Spaces": [{"SpaceName": "churn"}, {"SpaceName": "orphan"}]},
        "sagemaker.DescribeSpace": lambda asked: {
            "DomainId": "d-0123456789ab",
            "SpaceName": asked["SpaceName"],
            "OwnershipSettings": {
                "OwnerUserProfileName": "ada" if asked["SpaceName"] == "churn" else "gone"
            },
            "SpaceSharingSettings": {"SharingType": "Private"},
            "SpaceSettings": {
                "AppType": "JupyterLab",
                "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 50}},
            },
        },
    }


def endpoint(name: str = "prod-churn", **variant: Any) -> dict[str, Any]:
    """A real-time endpoint of one variant, scaled, with capture."""
    resource = f"endpoint/{name}/variant/main"
    return {
        **of_account(),
        "sagemaker.DescribeEndpoint": {
            "EndpointName": name,
            "EndpointArn": arn("endpoint", name),
            "EndpointConfigName": f"{name}-7",
            "EndpointStatus": "InService",
            "CreationTime": THEN,
            "LastModifiedTime": THEN,
            "ProductionVariants": [{"VariantName": "main", "DesiredInstanceCount": 3}],
        },
        "sagemaker.DescribeEndpointConfig": {
            "EndpointConfigName": f"{name}-7",
            "EndpointConfigArn": arn("endpoint-config", f"{name}-7"),
            "CreationTime": THEN,
            "KmsKeyId": KEY,
            "ProductionVariants": [
                {
                    "VariantName": "main",
                    "ModelName": "churn-model",
                    "InstanceType": "ml.c7i.large",
                    "InitialInstanceCount": 1,
                    "InitialVariantWeight": 1,
                    "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
                    **variant,
                }
            ],
            "DataCaptureConfig": {
                "EnableCapture": True,
                "InitialSamplingPercentage": 25,
                "DestinationS3Uri": "s3://captures/churn",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            },
        },
        "sagemaker.DescribeModel": {
            "ModelName": "churn-model",
            "ModelArn": arn("model", "churn-model"),
            "CreationTime": THEN,
            "PrimaryContainer": {
                "Image": IMAGE,
                "ModelDataUrl": "s3://models/churn/model.tar.gz",
                "Environment": {"WORKERS": "2"},
            },
            "VpcConfig": {"SecurityGroupIds": [GROUP], "Subnets": list(SUBNETS)},
        },
        "application-autoscaling.DescribeScalableTargets": {
            "ScalableTargets": [
                {
                    "ServiceNamespace": "sagemaker",
                    "ResourceId": resource,
                    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                    "MinCapacity": 2,
                    "MaxCapacity": 6,
                    "RoleARN": ROLE,
                    "CreationTime": THEN,
                }
            ]
        },
        "application-autoscaling.DescribeScalingPolicies": {
            "ScalingPolicies": [
                {
                    "PolicyARN": "arn:aws:autoscaling:policy",
                    "PolicyName": "requests",
                    "ServiceNamespace": "sagemaker",
                    "ResourceId": resource,
                    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                    "PolicyType": "TargetTrackingScaling",
                    "CreationTime": THEN,
                    "TargetTrackingScalingPolicyConfiguration": {
                        "TargetValue": 600.0,
                        "ScaleOutCooldown": 30,
                        "PredefinedMetricSpecification": {
                            "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                        },
                    },
                }
            ]
        },
        "application-autoscaling.DescribeScheduledActions": {"ScheduledActions": []},
    }


def components(name: str = "prod-language") -> dict[str, Any]:
    """An endpoint with a component that has an adapter."""
    specification = {
        "Container": {
            "DeployedImage": {"SpecifiedImage": IMAGE},
            "ArtifactUrl": "s3://models/chat/model.tar.gz",
        },
        "ComputeResourceRequirements": {
            "NumberOfAcceleratorDevicesRequired": 1.0,
            "MinMemoryRequiredInMb": 8192,
        },
        "SchedulingConfig": {"PlacementStrategy": "SPREAD"},
    }
    adapter = {
        "BaseInferenceComponentName": f"{name}-chat",
        "Container": {"ArtifactUrl": "s3://models/chat/legal.tar.gz"},
    }

    def component(asked: dict[str, Any]) -> dict[str, Any]:
        own = asked["InferenceComponentName"]
        return {
            "InferenceComponentName": own,
            "InferenceComponentArn": arn("inference-component", own),
            "EndpointName": name,
            "EndpointArn": arn("endpoint", name),
            "CreationTime": THEN,
            "LastModifiedTime": THEN,
            "Specification": adapter if own.endswith("legal") else specification,
            "RuntimeConfig": {"DesiredCopyCount": 2, "CurrentCopyCount": 2},
        }

    variant = {
        "ModelName": None,
        "InstanceType": "ml.g5.12xlarge",
        "ManagedInstanceScaling": {
            "Status": "ENABLED",
            "MinInstanceCount": 1,
            "MaxInstanceCount": 3,
        },
    }
    answers = endpoint(name, **variant)
    del answers["sagemaker.DescribeEndpointConfig"]["ProductionVariants"][0]["ModelName"]
    answers["sagemaker.DescribeEndpointConfig"]["VpcConfig"] = {
        "SecurityGroupIds": [GROUP],
        "Subnets": list(SUBNETS),
    }
    names = (f"{name}-chat", f"{name}-chat-legal")
    return {
        **answers,
        "application-autoscaling.DescribeScalableTargets": {"ScalableTargets": []},
        "sagemaker.ListInferenceComponents": {
            "InferenceComponents": [
                {
                    "InferenceComponentName": one,
                    "InferenceComponentArn": arn("inference-component", one),
                    "EndpointName": name,
                    "EndpointArn": arn("endpoint", name),
                    "VariantName": "main",
                    "CreationTime": THEN,
                    "LastModifiedTime": THEN,
                }
                for one in names
            ]
        },
        "sagemaker.DescribeInferenceComponent": component,
    }


def group(name: str = "prod-churn") -> dict[str, Any]:
    """A group of the model registry that another account reads."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::777777777777:root"}}],
    }
    return {
        **of_account(),
        "sagemaker.DescribeModelPackageGroup": {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": arn("model-package-group", name),
            "ModelPackageGroupDescription": "Churn of customers",
            "ModelPackageGroupStatus": "Completed",
            "CreationTime": THEN,
            "CreatedBy": {},
        },
        "sagemaker.GetModelPackageGroupPolicy": {"ResourcePolicy": json.dumps(policy)},
    }


def cluster(name: str = "prod-research", **members: Any) -> dict[str, Any]:
    """A cluster with Slurm: a controller and two nodes."""

    def nodes(own: str, kind: str, instance: str, count: int) -> dict[str, Any]:
        return {
            "InstanceGroupName": own,
            "InstanceType": instance,
            "TargetCount": count,
            "CurrentCount": count,
            "ExecutionRole": ROLE,
            "LifeCycleConfig": {"SourceS3Uri": "s3://scripts/", "OnCreate": "on_create.sh"},
            "SlurmConfig": {"NodeType": kind}
            | ({"PartitionNames": ["gpu"]} if kind == "Compute" else {}),
        }

    return {
        **of_account(),
        "sagemaker.DescribeCluster": {
            "ClusterArn": arn("cluster", "abcdefghijkl"),
            "ClusterName": name,
            "ClusterStatus": "InService",
            "NodeRecovery": "Automatic",
            "NodeProvisioningMode": "Continuous",
            "InstanceGroups": [
                nodes("controller", "Controller", "ml.m5.xlarge", 1),
                nodes("gpu", "Compute", "ml.g5.xlarge", 2),
            ],
            "VpcConfig": {"SecurityGroupIds": [GROUP], "Subnets": list(SUBNETS)},
            "Orchestrator": {"Slurm": {}},
            **members,
        },
    }


def bucket() -> dict[str, Any]:
    """A bucket with a policy, a database over it, and objects that expire."""
    return {
        **of_account(),
        "s3.HeadBucket": {},
        "s3.GetBucketEncryption": {
            "ServerSideEncryptionConfiguration": {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": KEY,
                        }
                    }
                ]
            }
        },
        "s3.GetBucketVersioning": {},
        "s3.GetBucketLifecycleConfiguration": {
            "Rules": [
                {
                    "ID": "all",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": 400},
                    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
                },
                {
                    "ID": "scratch",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "scratch/"},
                    "Expiration": {"Days": 7},
                },
            ]
        },
        "s3.GetBucketReplication": "ReplicationConfigurationNotFoundError",
        "s3.GetBucketPolicy": {"Policy": json.dumps({"Statement": [{"Effect": "Allow"}]})},
        "s3.GetBucketTagging": "NoSuchTagSet",
        "glue.GetDatabase": {
            "Database": {
                "Name": "prod_raw",
                "CatalogId": ACCOUNT,
                "LocationUri": "s3://prod-raw/",
            }
        },
    }
