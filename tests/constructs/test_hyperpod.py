"""What a cluster is made of, as a template has it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_platform import hyperpod
from sagemaker_platform.foundation import AccessLogBucket, DataBucket
from sagemaker_platform.network import INetwork

KEEP = RemovalPolicy.RETAIN
CLUSTER_ARN = "arn:aws:sagemaker:eu-west-1:123456789012:cluster/0a1b2c3d4e5f"
Properties = dict[str, Any]


@pytest.fixture
def logs(stack: Stack) -> s3.IBucket:
    return AccessLogBucket(stack, "Logs", retention_days=30, removal_policy=KEEP).bucket


def of_type(stack: Stack, name: str) -> list[Properties]:
    found = Template.from_stack(stack).find_resources(name)
    return [resource.get("Properties", {}) for resource in found.values()]


@pytest.fixture
def cluster(stack: Stack, network: INetwork, key: kms.IKey) -> Callable[..., Properties]:
    def make(*groups: hyperpod.InstanceGroup, **arguments: Any) -> Properties:
        nodes = hyperpod.ClusterSecurityGroup(stack, "Nodes", network=network)
        arguments.setdefault("orchestrator", hyperpod.SlurmOrchestrator())
        hyperpod.HyperPodCluster(
            stack,
            "Cluster",
            name="research",
            instance_groups=groups,
            subnet_id="subnet-a",
            security_group=nodes.security_group,
            role=iam.Role.from_role_name(stack, "Role", "nodes"),
            key=key,
            **arguments,
        )
        [found] = of_type(stack, "AWS::SageMaker::Cluster")
        return found

    return make


def group(**arguments: Any) -> hyperpod.InstanceGroup:
    given: dict[str, Any] = {
        "name": "gpu",
        "instance_types": ["ml.g5.xlarge"],
        "instance_count": 2,
    } | arguments
    return hyperpod.InstanceGroup(**given)


def test_slurm_is_named_even_without_settings(cluster: Callable[..., Properties]) -> None:
    """CloudFormation would otherwise not know what orchestrates the cluster."""
    found = cluster(group())

    assert found["Orchestrator"] == {"Slurm": {}}
    assert found["NodeProvisioningMode"] == "Continuous"
    assert found["NodeRecovery"] == "Automatic"


def test_volumes_have_the_key(cluster: Callable[..., Properties], stack: Stack) -> None:
    [made] = cluster(group(volume_gib=100))["InstanceGroups"]

    key = stack.resolve(stack.node.find_child("Key").key_arn)  # type: ignore[attr-defined]
    assert made["InstanceStorageConfigs"] == [
        # With a size, SageMaker would refuse it.
        {"EbsVolumeConfig": {"RootVolume": True, "VolumeKmsKeyId": key}},
        {"EbsVolumeConfig": {"VolumeSizeInGB": 100, "VolumeKmsKeyId": key}},
    ]


def test_one_type_or_several(cluster: Callable[..., Properties]) -> None:
    several = group(name="b", instance_types=["ml.g6.xlarge", "ml.g5.xlarge"], spot=True)

    one, other = cluster(group(), several)["InstanceGroups"]

    assert one["InstanceType"] == "ml.g5.xlarge"
    assert "InstanceRequirements" not in one
    # Capacity never changes, so a group on demand says nothing.
    assert "CapacityRequirements" not in one
    assert "InstanceType" not in other
    assert other["InstanceRequirements"] == {"InstanceTypes": ["ml.g6.xlarge", "ml.g5.xlarge"]}
    assert other["CapacityRequirements"] == {"Spot": {}}


def test_a_group_elsewhere_has_the_same_security_group(cluster: Callable[..., Properties]) -> None:
    found = cluster(group(), group(name="b", subnet_id="subnet-b"))

    here, there = found["InstanceGroups"]
    assert "OverrideVpcConfig" not in here
    assert there["OverrideVpcConfig"]["Subnets"] == ["subnet-b"]
    groups = there["OverrideVpcConfig"]["SecurityGroupIds"]
    assert groups == found["VpcConfig"]["SecurityGroupIds"]


def test_everything_of_a_group_is_said(cluster: Callable[..., Properties], stack: Stack) -> None:
    alarm = cloudwatch.CfnAlarm(
        stack,
        "Alarm",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
    )
    rollout = hyperpod.Rollout(
        batch_size=hyperpod.BatchSize(value=25, unit="CAPACITY_PERCENTAGE"),
        rollback_batch_size=hyperpod.BatchSize(value=2),
        wait_seconds=60,
        alarms=[alarm],
    )
    made = group(
        min_instance_count=1,
        training_plan_arn="plan",
        threads_per_core=1,
        deep_health_checks=["InstanceStress"],
        image_id="ami-12345678",
        interface_type="efa-only",
        mounts=[
            hyperpod.Mount(dns_name="fs-1.lustre", path="/fsx", lustre_mount_name="abc"),
            hyperpod.Mount(dns_name="fs-2.zfs", path="/home"),
        ],
        script=hyperpod.LifecycleScript(folder="s3://sagemaker-x/y", file="compute.sh"),
        scheduled_update=hyperpod.ScheduledUpdate(schedule="cron(0 3 ? * SUN *)", rollout=rollout),
        automatic_patching=hyperpod.AutomaticPatching(strategy="WhenIdle"),
        slurm=hyperpod.SlurmNode(kind="Compute", partition="gpu"),
    )

    [found] = cluster(made)["InstanceGroups"]

    assert found["InstanceStorageConfigs"][1:] == [
        {
            "FsxLustreConfig": {
                "DnsName": "fs-1.lustre",
                "MountName": "abc",
                "MountPath": "/fsx",
            }
        },
        {"FsxOpenZfsConfig": {"DnsName": "fs-2.zfs", "MountPath": "/home"}},
    ]
    expected = {
        "MinInstanceCount": 1,
        "TrainingPlanArn": "plan",
        "ThreadsPerCore": 1,
        "OnStartDeepHealthChecks": ["InstanceStress"],
        "ImageId": "ami-12345678",
        "NetworkInterface": {"InterfaceType": "efa-only"},
        "LifeCycleConfig": {"SourceS3Uri": "s3://sagemaker-x/y", "OnInitComplete": "compute.sh"},
        "ScheduledUpdateConfig": {
            "ScheduleExpression": "cron(0 3 ? * SUN *)",
            "DeploymentConfig": {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENTAGE", "Value": 25},
                    "RollbackMaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 2},
                },
                "WaitIntervalInSeconds": 60,
                "AutoRollbackConfiguration": [{"AlarmName": {"Ref": "Alarm"}}],
            },
        },
        "AutoPatchConfig": {"PatchingStrategy": "WhenIdle"},
        "SlurmConfig": {"NodeType": "Compute", "PartitionNames": ["gpu"]},
    }
    assert {name: found[name] for name in expected} == expected
    policies = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
    [rollback] = [one for one in policies if "DescribeAlarms" in str(one)]
    [statement] = rollback["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Fn::GetAtt": ["Alarm", "Arn"]}
    assert len(rollback["Properties"]["Roles"]) == 1


def test_kubernetes_autoscaling_and_tiers(cluster: Callable[..., Properties], stack: Stack) -> None:
    found = cluster(
        group(
            labels={"team": "vision"},
            taints=[hyperpod.Taint(key="gpu", effect="NoSchedule", value="yes")],
            image_release_version="1.2.3",
            script=hyperpod.LifecycleScript(folder="s3://x", file="a.sh", event="OnCreate"),
        ),
        orchestrator=hyperpod.EksOrchestrator(cluster_arn="arn:eks"),
        tiered_storage=hyperpod.TieredStorage(memory_percentage=30),
        autoscaler_role=iam.Role.from_role_name(stack, "Karpenter", "karpenter"),
        continuous=False,
        node_recovery=False,
    )

    assert found["Orchestrator"] == {"Eks": {"ClusterArn": "arn:eks"}}
    assert found["AutoScaling"] == {"Mode": "Enable", "AutoScalerType": "Karpenter"}
    assert "role/karpenter" in str(found["ClusterRole"])
    assert found["TieredStorageConfig"] == {
        "Mode": "Enable",
        "InstanceMemoryAllocationPercentage": 30,
    }
    assert found["NodeRecovery"] == "None"
    assert "NodeProvisioningMode" not in found
    [made] = found["InstanceGroups"]
    assert made["KubernetesConfig"] == {
        "Labels": {"team": "vision"},
        "Taints": [{"Key": "gpu", "Effect": "NoSchedule", "Value": "yes"}],
    }
    assert made["ImageReleaseVersion"] == "1.2.3"
    assert made["LifeCycleConfig"] == {"SourceS3Uri": "s3://x", "OnCreate": "a.sh"}


def test_restricted_groups_share_what_sagemaker_keeps(cluster: Callable[..., Properties]) -> None:
    nova = hyperpod.RestrictedInstanceGroup(
        name="nova",
        instance_type="ml.p5.48xlarge",
        instance_count=4,
        storage=hyperpod.RestrictedStorage(size_gib=1200),
        subnet_id="subnet-b",
        training_plan_arn="plan",
        threads_per_core=1,
        volume_gib=100,
        deep_health_checks=["InstanceStress"],
    )

    found = cluster(
        orchestrator=hyperpod.EksOrchestrator(cluster_arn="arn:eks"),
        restricted_groups=[nova],
        shared_storage=hyperpod.SharedRestrictedStorage(
            size_gib=2400, throughput_per_tib=500, keep=False
        ),
    )

    assert "InstanceGroups" not in found
    [made] = found["RestrictedInstanceGroups"]
    assert made["EnvironmentConfig"] == {
        "FSxLustreConfig": {"SizeInGiB": 1200, "PerUnitStorageThroughput": 250}
    }
    assert made["OverrideVpcConfig"]["Subnets"] == ["subnet-b"]
    [storage] = made["InstanceStorageConfigs"]
    assert storage["EbsVolumeConfig"]["VolumeSizeInGB"] == 100
    expected = {
        "InstanceType": "ml.p5.48xlarge",
        "TrainingPlanArn": "plan",
        "ThreadsPerCore": 1,
        "OnStartDeepHealthChecks": ["InstanceStress"],
    }
    assert {name: made[name] for name in expected} == expected
    assert found["RestrictedInstanceGroupsConfig"] == {
        "SharedEnvironmentConfig": {
            "FSxLustreDeletionPolicy": "DeleteIfNotUsed",
            "FSxLustreConfig": {"SizeInGiB": 2400, "PerUnitStorageThroughput": 500},
        }
    }


def test_nodes_reach_each_other_in_both_directions(stack: Stack, network: INetwork) -> None:
    nodes = hyperpod.ClusterSecurityGroup(
        stack, "Nodes", network=network, ports_in_vpc={3306: "Database"}
    )

    group_id = stack.resolve(nodes.security_group.security_group_id)
    [ingress] = of_type(stack, "AWS::EC2::SecurityGroupIngress")
    [egress] = of_type(stack, "AWS::EC2::SecurityGroupEgress")
    assert ingress["GroupId"] == ingress["SourceSecurityGroupId"] == group_id
    assert egress["GroupId"] == egress["DestinationSecurityGroupId"] == group_id
    # EFA is none of the protocols that have ports.
    assert ingress["IpProtocol"] == egress["IpProtocol"] == "-1"
    [made] = of_type(stack, "AWS::EC2::SecurityGroup")
    rules = {(rule["CidrIp"], rule["FromPort"]) for rule in made["SecurityGroupEgress"]}
    assert rules == {("0.0.0.0/0", 443), ("10.0.0.0/16", 3306)}


def lustre(
    stack: Stack, network: INetwork, key: kms.IKey, **arguments: Any
) -> hyperpod.LustreFileSystem:
    nodes = hyperpod.ClusterSecurityGroup(stack, "Nodes", network=network)
    return hyperpod.LustreFileSystem(
        stack,
        "Lustre",
        network=network,
        subnet_id="subnet-a",
        clients=nodes.security_group,
        key=key,
        storage_gib=2400,
        removal_policy=KEEP,
        **arguments,
    )


def ports(stack: Stack, resource: str, rule: str) -> set[tuple[int | None, int | None]]:
    template = Template.from_stack(stack).find_resources(resource)
    return {
        (found["Properties"].get("FromPort"), found["Properties"].get("ToPort"))
        for name, found in template.items()
        if rule in name
    }


def test_lustre_is_encrypted_and_reached_on_its_ports(
    stack: Stack, network: INetwork, key: kms.IKey
) -> None:
    lustre(stack, network, key)

    [made] = of_type(stack, "AWS::FSx::FileSystem")
    assert made["KmsKeyId"] == stack.resolve(key.key_arn)
    configuration = made["LustreConfiguration"]
    assert configuration["DeploymentType"] == "PERSISTENT_2"
    assert configuration["PerUnitStorageThroughput"] == 125
    expected = {(988, 988), (1018, 1023)}
    for callers, called in (("Nodes", "Servers"), ("Servers", "Nodes")):
        assert ports(stack, "AWS::EC2::SecurityGroupIngress", f"From{callers}") == expected
        assert ports(stack, "AWS::EC2::SecurityGroupEgress", f"To{called}") == expected


def test_lustre_with_efa_is_reached_on_everything(
    stack: Stack, network: INetwork, key: kms.IKey
) -> None:
    lustre(stack, network, key, efa=True)

    [made] = of_type(stack, "AWS::FSx::FileSystem")
    assert made["LustreConfiguration"]["EfaEnabled"] is True
    # FSx refuses EFA without it.
    assert made["LustreConfiguration"]["MetadataConfiguration"] == {"Mode": "AUTOMATIC"}
    assert ports(stack, "AWS::EC2::SecurityGroupIngress", "FromNodes") == {(None, None)}


def test_scratch_takes_no_key_and_no_throughput(
    stack: Stack, network: INetwork, key: kms.IKey
) -> None:
    lustre(stack, network, key, deployment_type="SCRATCH_2", metadata_iops=None)

    [made] = of_type(stack, "AWS::FSx::FileSystem")
    assert "KmsKeyId" not in made
    assert made["LustreConfiguration"].keys() == {"DeploymentType", "DataCompressionType"}


def test_only_what_is_written_is_exported(
    stack: Stack, network: INetwork, key: kms.IKey, logs: s3.IBucket
) -> None:
    made = lustre(stack, network, key)
    bucket = DataBucket(stack, "Data", key=key, access_logs=logs, removal_policy=KEEP).bucket
    made.show("Read", hyperpod.DataRepository(bucket=bucket, path="/data", prefix="a/"))
    made.show("Write", hyperpod.DataRepository(bucket=bucket, path="/results", write=True))

    found = {
        one["FileSystemPath"]: one for one in of_type(stack, "AWS::FSx::DataRepositoryAssociation")
    }
    assert found["/data"]["S3"].keys() == {"AutoImportPolicy"}
    assert found["/results"]["S3"].keys() == {"AutoImportPolicy", "AutoExportPolicy"}
    assert str(found["/data"]["DataRepositoryPath"]).endswith("'/a/']]}")


def test_homes_are_exported_to_the_vpc_only(stack: Stack, network: INetwork, key: kms.IKey) -> None:
    nodes = hyperpod.ClusterSecurityGroup(stack, "Nodes", network=network)
    hyperpod.HomeFileSystem(
        stack,
        "Homes",
        network=network,
        subnet_id="subnet-a",
        clients=nodes.security_group,
        key=key,
        storage_gib=64,
        throughput_mbps=64,
        removal_policy=KEEP,
    )

    [made] = of_type(stack, "AWS::FSx::FileSystem")
    root = made["OpenZFSConfiguration"]["RootVolumeConfiguration"]
    [export] = root["NfsExports"][0]["ClientConfigurations"]
    assert export["Clients"] == "10.0.0.0/16"
    assert ports(stack, "AWS::EC2::SecurityGroupIngress", "FromNodes") == {
        (111, 111),
        (2049, 2049),
        (20001, 20003),
    }


def scripts(
    stack: Stack, key: kms.IKey, logs: s3.IBucket, setups: Mapping[str, hyperpod.NodeSetup]
) -> hyperpod.LifecycleScripts:
    return hyperpod.LifecycleScripts(
        stack,
        "Scripts",
        name="sagemaker-dev",
        key=key,
        access_logs=logs,
        removal_policy=KEEP,
        log_retention_days=30,
        setups=setups,
    )


def test_a_change_of_scripts_changes_their_folder(
    stack: Stack, key: kms.IKey, logs: s3.IBucket
) -> None:
    ada = hyperpod.OsUser(name="ada", uid=10_001, account="vision")
    made = scripts(
        stack,
        key,
        logs,
        {
            "plain": hyperpod.NodeSetup(),
            "same": hyperpod.NodeSetup(),
            "users": hyperpod.NodeSetup(users=[ada]),
            "team": hyperpod.NodeSetup(team_script="#!/bin/bash\n"),
        },
    )

    def digest(cluster: str) -> str:
        return made.script(cluster, "compute.sh").folder.rsplit("/", 1)[1]

    assert digest("plain") == digest("same")
    assert len({digest("plain"), digest("users"), digest("team")}) == 3
    [written] = of_type(stack, "Custom::HyperPodLifecycleScripts")
    names = {name.split("/")[2] for name in written["Files"] if name.startswith("users/")}
    assert names == {
        "common.sh",
        "compute.sh",
        "controller.sh",
        "login.sh",
        "settings.json",
        "topology.sh",
    }
    settings = json.loads(written["Files"][f"users/{digest('users')}/settings.json"])
    assert settings["users"] == [{"name": "ada", "uid": 10_001, "account": "vision"}]
    assert f"team/{digest('team')}/team.sh" in written["Files"]
    # What AWS's custom resources take.
    assert len(json.dumps(written["Files"])) < 60_000


def test_the_bucket_is_named_as_aws_asks(stack: Stack, key: kms.IKey, logs: s3.IBucket) -> None:
    with pytest.raises(ValueError, match="expected a name that begins with sagemaker-, got dev"):
        hyperpod.LifecycleScripts(
            stack,
            "Scripts",
            name="dev",
            key=key,
            access_logs=logs,
            removal_policy=KEEP,
            log_retention_days=30,
            setups={},
        )


def test_nodes_have_only_their_own_logs_and_scripts(
    stack: Stack, key: kms.IKey, logs: s3.IBucket
) -> None:
    made = scripts(stack, key, logs, {})
    files = DataBucket(stack, "Files", key=key, access_logs=logs, removal_policy=KEEP).bucket
    hyperpod.InstanceRole(
        stack,
        "Nodes",
        cluster_name="research",
        key=key,
        files=files,
        scripts=made.bucket,
        secrets=["arn:secret"],
    )

    [policy] = [
        one
        for one in of_type(stack, "AWS::IAM::ManagedPolicy")
        if one["Description"] == "Nodes of a HyperPod cluster"
    ]
    statements = policy["PolicyDocument"]["Statement"]
    [log] = [one for one in statements if "logs:PutLogEvents" in one["Action"]]
    assert "/aws/sagemaker/Clusters/research/*" in str(log["Resource"])
    [secret] = [one for one in statements if "secretsmanager:GetSecretValue" in str(one["Action"])]
    assert secret["Resource"] == "arn:secret"
    scripts_id = stack.get_logical_id(made.bucket.node.default_child)  # type: ignore[arg-type]
    writing = [one for one in statements if "s3:PutObject" in one["Action"]]
    assert writing
    assert all(scripts_id not in str(one["Resource"]) for one in writing)


def test_events_are_counted_by_cluster_and_raise_alarms(stack: Stack, key: kms.IKey) -> None:
    hyperpod.ClusterEvents(
        stack,
        "Events",
        name="dev",
        cluster_names=["dev-research"],
        key=key,
        log_retention_days=30,
        removal_policy=KEEP,
    )
    topic = sns.Topic(stack, "Topic")
    alarms = hyperpod.ClusterAlarms(
        stack,
        "Alarms",
        cluster_name="dev-research",
        thresholds=hyperpod.Thresholds(replaced_nodes_per_day=7),
        topic=topic,
    )
    hyperpod.dashboard(stack, "Dashboard", name="dev-hyperpod", clusters=[alarms])

    [rule] = of_type(stack, "AWS::Events::Rule")
    assert rule["EventPattern"]["$or"] == [
        {"detail": {"ClusterName": ["dev-research"]}},
        {"detail": {"EventDetails": {"ClusterName": ["dev-research"]}}},
    ]
    counted = {
        transformation["MetricName"]: transformation["Dimensions"][0]["Value"]
        for one in of_type(stack, "AWS::Logs::MetricFilter")
        for transformation in one["MetricTransformations"]
    }
    watched = {
        one["MetricName"]: one["Threshold"] for one in of_type(stack, "AWS::CloudWatch::Alarm")
    }
    assert set(counted) == set(watched)
    assert watched["ReplacedNodes"] == 7
    assert counted["UnhealthyNodes"] == "$.detail.ClusterName"
    assert counted["FailedOperations"] == "$.detail.EventDetails.ClusterName"
    [board] = of_type(stack, "AWS::CloudWatch::Dashboard")
    assert "dev-research" in str(board["DashboardBody"])


def test_a_full_file_system_raises_an_alarm(stack: Stack, network: INetwork, key: kms.IKey) -> None:
    hyperpod.ClusterAlarms(
        stack,
        "Alarms",
        cluster_name="dev-research",
        thresholds=hyperpod.Thresholds(free_storage_percent=10),
        topic=sns.Topic(stack, "Topic"),
        lustre=lustre(stack, network, key),
    )

    [full] = [
        one
        for one in of_type(stack, "AWS::CloudWatch::Alarm")
        if one["MetricName"] == "FreeDataStorageCapacity"
    ]
    assert full["Threshold"] == 240 * 1024**3
    assert full["ComparisonOperator"] == "LessThanThreshold"
    # A target reports once a minute, and the sum is over targets.
    assert (full["Period"], full["Statistic"]) == (60, "Sum")


def test_sessions_are_of_one_document_and_one_cluster(stack: Stack) -> None:
    cluster = hyperpod.HyperPodCluster.from_cluster_attributes(
        stack, "Cluster", name="research", arn=CLUSTER_ARN
    )
    sessions = hyperpod.LoginSessions(stack, "Sessions", name="dev-research", default_user="ml")
    start, own = stack.resolve([one.to_json() for one in sessions.start_statements(cluster)])

    [document] = of_type(stack, "AWS::SSM::Document")
    assert document["Content"]["inputs"]["runAsEnabled"] is True
    assert document["Content"]["inputs"]["runAsDefaultUser"] == "ml"
    assert start["Resource"][0] == CLUSTER_ARN
    assert "document/dev-research" in str(start["Resource"][1])
    assert start["Condition"] == {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
    assert "${aws:userid}-*" in str(own["Resource"])
