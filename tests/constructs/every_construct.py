"""Every public construct with its required arguments only, each in an app of its own.

It uses nothing but the package and the CDK, so that it also runs where only the wheel is
installed: ``python every_construct.py`` synthesizes all of them.
"""

import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import cached_property

from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk import aws_aps as aps
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform import (
    access,
    audit,
    budget,
    delivery,
    events,
    feature_store,
    foundation,
    functions,
    hyperpod,
    inference,
    lakehouse,
    mlflow,
    model_registry,
    network,
    partner_apps,
    pipelines,
    recipes,
    security,
    sources,
    studio,
    unified_studio,
    warehouse,
)
from sagemaker_platform.hyperpod import eks_add_ons, kubernetes

KEEP = RemovalPolicy.RETAIN
SUBNETS = [f"subnet-0a1b2c3d4e5f6789{n}" for n in range(3)]
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/model:1"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:alarms"
_SERVERLESS = "arn:aws:redshift-serverless:eu-west-1:123456789012"
WORKGROUP_ARN = f"{_SERVERLESS}:workgroup/1a2b"
NAMESPACE_ARN = f"{_SERVERLESS}:namespace/3c4d"
CLUSTER_ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/research"
DATABASE_ARN = "arn:aws:rds:eu-west-1:123456789012:cluster:orders"


class Given:
    """What other constructs are given: mostly resources that exist already."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.statement = iam.PolicyStatement(
            actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/key"]
        )
        self.instances = inference.Instances(types=["ml.m5.xlarge"])
        self.source = inference.ModelSource(image=IMAGE)
        self.table = lakehouse.IcebergTable(
            name="orders", columns=[lakehouse.IcebergColumn(name="id", type="long")]
        )

    @cached_property
    def key(self) -> kms.IKey:
        return kms.Key(self.stack, "Key")

    @cached_property
    def logs(self) -> s3.IBucket:
        return s3.Bucket.from_bucket_name(self.stack, "Logs", "logs")

    @cached_property
    def topic(self) -> sns.ITopic:
        return sns.Topic.from_topic_arn(self.stack, "Topic", TOPIC_ARN)

    @cached_property
    def role(self) -> iam.IRole:
        return iam.Role.from_role_name(self.stack, "Role", "people")

    @cached_property
    def network(self) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            self.stack,
            "Network",
            vpc_id="vpc-0a1b2c3d4e5f67890",
            vpc_cidr_block="10.0.0.0/16",
            availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
            private_subnet_ids=SUBNETS,
        )

    @cached_property
    def issuer(self) -> delivery.TokenIssuer:
        return delivery.TokenIssuer(
            self.stack,
            "Issuer",
            url=delivery.GitHubRepository.URL,
            audience=delivery.GitHubRepository.AUDIENCE,
        )

    @cached_property
    def workload(self) -> access.Workload:
        return access.Workload(
            self.stack, "Workload", network=self.network, key=self.key, prefix="pipelines-"
        )

    @cached_property
    def pipeline_role(self) -> pipelines.PipelineRole:
        return pipelines.PipelineRole(
            self.stack, "Role", workload=self.workload, jobs=["TrainingJob"], images=[IMAGE]
        )

    @cached_property
    def repository(self) -> delivery.GitHubRepository:
        return delivery.GitHubRepository(name="example/platform", owner_id="1", repository_id="2")

    @cached_property
    def unified_domain(self) -> unified_studio.UnifiedStudioDomain:
        domain = unified_studio.UnifiedStudioDomain(
            self.stack,
            "UnifiedStudio",
            name="dev",
            key=self.key,
            log_retention_days=90,
            removal_policy=KEEP,
        )
        admin = domain.enroll_role("Admin", role_arn="arn:aws:iam::123456789012:role/admin")
        domain.add_owner("Owner", admin, unit_id=domain.add_unit("Unit", name="Research"))
        return domain

    @cached_property
    def project_waiter(self) -> unified_studio.ProjectWaiter:
        return unified_studio.ProjectWaiter(
            self.stack,
            "Projects",
            domain=self.unified_domain,
            administrators=[],
            keep=True,
            key=self.key,
            log_retention_days=90,
            catalog=True,
        )

    @cached_property
    def bucket(self) -> s3.IBucket:
        return s3.Bucket.from_bucket_name(self.stack, "Bucket", "data")

    @cached_property
    def artifacts(self) -> mlflow.ArtifactStore:
        return mlflow.ArtifactStore(
            self.stack, "Artifacts", key=self.key, access_logs=self.logs, removal_policy=KEEP
        )

    @cached_property
    def nodes(self) -> hyperpod.ClusterSecurityGroup:
        return hyperpod.ClusterSecurityGroup(self.stack, "Nodes", network=self.network)

    @cached_property
    def cluster(self) -> sagemaker.CfnCluster:
        return sagemaker.CfnCluster(self.stack, "Cluster")

    @cached_property
    def workspace(self) -> aps.CfnWorkspace:
        return aps.CfnWorkspace(self.stack, "Workspace")

    @cached_property
    def target(self) -> eks_add_ons.AddOnTarget:
        return eks_add_ons.AddOnTarget(
            name="research",
            arn=CLUSTER_ARN,
            issuer_url="https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            cluster=self.cluster,
            cluster_name="research",
            security_group_ids=["sg-0a1b2c3d4e5f67890"],
        )

    @cached_property
    def context(self) -> inference.EndpointContext:
        return inference.EndpointContext(
            network=self.network,
            key=self.key,
            alarm_topic=self.topic,
            log_retention_days=30,
            removal_policy=KEEP,
        )

    @cached_property
    def endpoint(self) -> inference.RealTimeEndpoint:
        return inference.RealTimeEndpoint(
            self.stack,
            "Endpoint",
            name="churn",
            variants=[inference.Variant(sources=[self.source], instances=self.instances)],
            context=self.context,
        )

    def slurm_cluster(self, scope: Construct, id: str) -> hyperpod.HyperPodCluster:
        group = hyperpod.InstanceGroup(
            name="gpu", instance_types=["ml.g5.xlarge"], instance_count=2
        )
        return hyperpod.HyperPodCluster(
            scope,
            id,
            name="research",
            orchestrator=hyperpod.SlurmOrchestrator(),
            instance_groups=[group],
            subnet_id=SUBNETS[0],
            security_group=self.nodes.security_group,
            role=self.role,
            key=self.key,
        )

    def router(self, scope: Construct, id: str) -> inference.InferenceRouter:
        arn = "arn:aws:sagemaker:us-east-1:222222222222:endpoint/chat"
        destinations = [inference.Destination(endpoint_arn=arn)]
        return inference.InferenceRouter(
            scope,
            id,
            name="models",
            targets=[inference.RoutingTarget(name="chat", destinations=destinations)],
            key=self.key,
            log_retention_days=30,
        )

    @cached_property
    def layer(self) -> lakehouse.LakehouseLayer:
        return lakehouse.LakehouseLayer(
            self.stack,
            "Layer",
            database_name="raw",
            key=self.key,
            access_logs=self.logs,
            removal_policy=KEEP,
        )

    @cached_property
    def table_bucket(self) -> lakehouse.TableBucket:
        return lakehouse.TableBucket(
            self.stack, "TableBucket", name="tables", key=self.key, removal_policy=KEEP
        )

    @cached_property
    def connection(self) -> sources.DatabaseConnection:
        return sources.DatabaseConnection(
            self.stack,
            "Connection",
            name="sales",
            database=sources.Database(
                type="POSTGRESQL", host="db.example.com", port=5432, database="sales"
            ),
            network=self.network,
            zone="eu-west-1a",
            key=self.key,
            removal_policy=KEEP,
        )

    @cached_property
    def application(self) -> sources.ApplicationConnection:
        return sources.ApplicationConnection(
            self.stack,
            "Application",
            name="crm",
            application=sources.Application(
                type="SALESFORCE",
                instance_url="https://example.my.salesforce.com",
                token_url="https://login.salesforce.com/services/oauth2/token",
                grant_type="CLIENT_CREDENTIALS",
                client_id="id",
                secret_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:crm",
            ),
            key=self.key,
        )

    @cached_property
    def warehouse(self) -> warehouse.Warehouse:
        return warehouse.Warehouse(
            self.stack,
            "Warehouse",
            name="team",
            database_name="dev",
            admin_username="administrator",
            capacity=warehouse.Capacity(base=8),
            network=self.network,
            key=self.key,
            audit_logs=["userlog"],
            log_retention_days=30,
            removal_policy=KEEP,
        )

    @cached_property
    def domain(self) -> studio.StudioDomain:
        return studio.StudioDomain(
            self.stack,
            "Domain",
            name="team",
            network=self.network,
            key=self.key,
            auth_mode="IAM",
            execution_role=self.role,
            idle_shutdown=studio.IdleShutdown(default_minutes=60, min_minutes=60, max_minutes=120),
            space_storage=studio.SpaceStorage(default_gib=10, max_gib=50),
            jupyter_lab=studio.AppDefaults(),
            removal_policy=KEEP,
        )

    @cached_property
    def user(self) -> studio.UserProfile:
        return studio.UserProfile(self.stack, "User", domain=self.domain, name="ada")


Maker = Callable[[Stack, Given], Construct]


EVERY_CONSTRUCT: dict[type[Construct], Maker] = {
    access.GlueJobConnection: lambda s, g: access.GlueJobConnection(
        s,
        "One",
        name="dev-glue_jobs",
        workload=access.Workload(s, "Workload", network=g.network, key=g.key, prefix="dev-user-"),
        zone="eu-west-1a",
    ),
    access.Persona: lambda s, g: access.Persona(s, "One", activities=[], passes_itself=False),
    access.Workload: lambda s, g: access.Workload(
        s, "One", network=g.network, key=g.key, prefix="dev-user-"
    ),
    foundation.AccessLogBucket: lambda s, g: foundation.AccessLogBucket(
        s, "One", retention_days=30, removal_policy=KEEP
    ),
    foundation.AlarmTopic: lambda s, g: foundation.AlarmTopic(s, "One", key=g.key, emails=[]),
    foundation.DataBucket: lambda s, g: foundation.DataBucket(
        s, "One", key=g.key, access_logs=g.logs, removal_policy=KEEP
    ),
    foundation.ImageRepository: lambda s, g: foundation.ImageRepository(
        s, "One", name="dev/training", key=g.key, removal_policy=KEEP
    ),
    foundation.EnvironmentKey: lambda s, g: foundation.EnvironmentKey(
        s, "One", alias="dev", removal_policy=KEEP
    ),
    functions.HandlerFunction: lambda s, g: functions.HandlerFunction(
        s,
        "One",
        folder="mlflow_default",
        handler="index.is_complete",
        statements=[],
        logs=foundation.encrypted_log_group(
            s, "LogGroup", key=g.key, retention_days=30, removal_policy=KEEP
        ),
        description="A handler",
    ),
    functions.HandledResources: lambda s, g: functions.HandledResources(
        s,
        "One",
        folder="mlflow_default",
        statements=[g.statement],
        key=g.key,
        log_retention_days=30,
        description="Resources",
    ),
    functions.WaitingResource: lambda s, g: functions.WaitingResource(
        s,
        "One",
        folder="mlflow_default",
        resource_type="DefaultMlflowApp",
        properties={"AppArn": "arn", "DomainId": "d-1"},
        is_complete_statements=[g.statement],
        key=g.key,
        log_retention_days=30,
        description="A resource",
    ),
    hyperpod.ClusterAlarms: lambda s, g: hyperpod.ClusterAlarms(
        s, "One", cluster_name="research", thresholds=hyperpod.Thresholds(), topic=g.topic
    ),
    hyperpod.ClusterEvents: lambda s, g: hyperpod.ClusterEvents(
        s,
        "One",
        name="research",
        cluster_names=["research"],
        key=g.key,
        log_retention_days=30,
        removal_policy=KEEP,
    ),
    hyperpod.ClusterExtension: lambda s, g: hyperpod.ClusterExtension(
        s, "One", cluster=g.slurm_cluster(s, "Cluster"), name="sagemaker-observability"
    ),
    hyperpod.HyperPodCluster: lambda s, g: g.slurm_cluster(s, "One"),
    hyperpod.ClusterSecurityGroup: lambda s, g: g.nodes,
    hyperpod.HomeFileSystem: lambda s, g: hyperpod.HomeFileSystem(
        s,
        "One",
        network=g.network,
        subnet_id=SUBNETS[0],
        clients=g.nodes.security_group,
        key=g.key,
        storage_gib=64,
        throughput_mbps=160,
        removal_policy=KEEP,
    ),
    hyperpod.LustreFileSystem: lambda s, g: hyperpod.LustreFileSystem(
        s,
        "One",
        network=g.network,
        subnet_id=SUBNETS[0],
        clients=g.nodes.security_group,
        key=g.key,
        storage_gib=1200,
        removal_policy=KEEP,
    ),
    hyperpod.ExistingLustreFileSystem: lambda s, g: hyperpod.ExistingLustreFileSystem(
        s,
        "One",
        file_system_id="fs-0a1b2c3d",
        mount_name="abcdefgh",
        security_group_id="sg-0a1b2c3d",
        network=g.network,
        clients=g.nodes.security_group,
    ),
    hyperpod.InstanceRole: lambda s, g: hyperpod.InstanceRole(
        s, "One", cluster_name="research", key=g.key, files=g.bucket
    ),
    hyperpod.LifecycleScripts: lambda s, g: hyperpod.LifecycleScripts(
        s,
        "One",
        name="sagemaker-dev-scripts",
        key=g.key,
        access_logs=g.logs,
        removal_policy=KEEP,
        log_retention_days=30,
        setups={"nodes": hyperpod.NodeSetup()},
    ),
    hyperpod.LoginSessions: lambda s, g: hyperpod.LoginSessions(
        s, "One", name="research", default_user="ml"
    ),
    eks_add_ons.AddOn: lambda s, g: eks_add_ons.AddOn(s, "One", target=g.target, name="vpc-cni"),
    eks_add_ons.ContainerInsights: lambda s, g: eks_add_ons.ContainerInsights(
        s, "One", target=g.target, key=g.key, log_retention_days=30
    ),
    eks_add_ons.GrafanaWorkspace: lambda s, g: eks_add_ons.GrafanaWorkspace(
        s, "One", name="research", network=g.network, workspace=g.workspace
    ),
    eks_add_ons.InferenceOperator: lambda s, g: eks_add_ons.InferenceOperator(
        s,
        "One",
        target=g.target,
        vpc=g.network,
        key=g.key,
        access_logs=g.logs,
        removal_policy=KEEP,
    ),
    eks_add_ons.Observability: lambda s, g: eks_add_ons.Observability(
        s, "One", target=g.target, workspace=g.workspace
    ),
    eks_add_ons.PodRole: lambda s, g: eks_add_ons.PodRole(
        s,
        "One",
        cluster_arn=CLUSTER_ARN,
        namespace="team",
        service_account="jobs",
        description="Pods",
        statements=[g.statement],
    ),
    eks_add_ons.WebIdentityProvider: lambda s, g: eks_add_ons.WebIdentityProvider(
        s, "One", issuer_url=g.target.issuer_url
    ),
    eks_add_ons.WebIdentityRole: lambda s, g: eks_add_ons.WebIdentityRole(
        s,
        "One",
        provider=eks_add_ons.WebIdentityProvider(s, "Provider", issuer_url=g.target.issuer_url),
        service_account="team:jobs",
        description="Pods",
        statements=[g.statement],
    ),
    eks_add_ons.PrometheusWorkspace: lambda s, g: eks_add_ons.PrometheusWorkspace(
        s,
        "One",
        name="research",
        key=g.key,
        topic=g.topic,
        log_retention_days=30,
        metric_retention_days=150,
        waiting_minutes=45,
        removal_policy=KEEP,
    ),
    eks_add_ons.Spaces: lambda s, g: eks_add_ons.Spaces(s, "One", target=g.target),
    eks_add_ons.TaskGovernance: lambda s, g: eks_add_ons.TaskGovernance(
        s,
        "One",
        name="research",
        cluster=g.cluster,
        scheduler=eks_add_ons.Scheduler(),
        teams=[],
        after=[],
    ),
    eks_add_ons.TaskMetrics: lambda s, g: eks_add_ons.TaskMetrics(
        s, "One", kubernetes_name="research", teams=["vision"], waiting_minutes=45, topic=g.topic
    ),
    eks_add_ons.TrainingOperator: lambda s, g: eks_add_ons.TrainingOperator(
        s, "One", target=g.target
    ),
    kubernetes.KubernetesCluster: lambda s, g: kubernetes.KubernetesCluster(
        s,
        "One",
        name="research",
        version="1.34",
        network=g.network,
        nodes=g.nodes.security_group,
        key=g.key,
        log_retention_days=30,
    ),
    kubernetes.ExistingKubernetesCluster: lambda s, g: kubernetes.ExistingKubernetesCluster(
        s,
        "One",
        arn="arn:aws:eks:eu-west-1:111122223333:cluster/research",
        security_group_id="sg-0a1b2c3d",
        network=g.network,
        nodes=g.nodes.security_group,
        key=g.key,
        log_retention_days=30,
    ),
    kubernetes.AutoscalerRole: lambda s, g: kubernetes.AutoscalerRole(s, "One", key=g.key),
    kubernetes.Kubectl: lambda s, g: kubernetes.Kubectl(
        s, "One", cluster_name="research", network=g.network, key=g.key, log_retention_days=30
    ),
    inference.AsynchronousEndpoint: lambda s, g: inference.AsynchronousEndpoint(
        s,
        "One",
        name="texts",
        sources=[g.source],
        instances=g.instances,
        data=g.bucket,
        context=g.context,
    ),
    inference.BatchTransform: lambda s, g: inference.BatchTransform(
        s,
        "One",
        name="scores",
        source=g.source,
        instance_type="ml.m5.xlarge",
        instance_count=1,
        input=inference.TransformInput(uri="s3://data/input/"),
        output=inference.TransformOutput(bucket=g.bucket),
        context=g.context,
    ),
    inference.ComponentEndpoint: lambda s, g: inference.ComponentEndpoint(
        s,
        "One",
        name="models",
        components=[inference.Component(name="a", source=g.source)],
        instances=g.instances,
        context=g.context,
    ),
    inference.EndpointPolicies: lambda s, g: inference.EndpointPolicies(
        s,
        "One",
        name="dev",
        routers={g.endpoint: ["arn:aws:sagemaker:us-east-1:222222222222:inference-router/models"]},
        prefix="dev-",
        key=g.key,
        log_retention_days=30,
    ),
    inference.InferenceRouter: lambda s, g: g.router(s, "One"),
    inference.NamedEndpoint: lambda s, g: inference.NamedEndpoint(s, "One", name="churn"),
    inference.RealTimeEndpoint: lambda s, g: g.endpoint,
    inference.EndpointMonitoring: lambda s, g: inference.EndpointMonitoring(
        s,
        "One",
        endpoint=g.endpoint,
        capture=inference.DataCapture(bucket=g.bucket, sampling_percentage=10),
        monitors=[inference.Monitor(kind="data_quality")],
        reports=g.bucket,
        region="eu-west-1",
    ),
    inference.RouterDashboard: lambda s, g: inference.RouterDashboard(
        s, "One", router=g.router(s, "Router"), alarms=[]
    ),
    inference.ServerlessEndpoint: lambda s, g: inference.ServerlessEndpoint(
        s,
        "One",
        name="small",
        source=g.source,
        serverless=inference.Serverless(memory_mb=2048, max_concurrency=5),
        context=g.context,
    ),
    inference.ShadowExperiment: lambda s, g: inference.ShadowExperiment(
        s,
        "One",
        name="experiment",
        endpoint=g.endpoint,
        variant=inference.Variant(sources=[g.source], instances=g.instances),
        source=g.source,
        instances=g.instances,
        sampling_percentage=10,
    ),
    lakehouse.DataLocation: lambda s, g: lakehouse.DataLocation(
        s,
        "One",
        name="raw",
        arn="arn:aws:s3:::raw",
        statements=[g.statement],
        hybrid=True,
    ),
    lakehouse.GlueIcebergTable: lambda s, g: lakehouse.GlueIcebergTable(
        s,
        "One",
        database=glue.CfnDatabase(
            s, "Database", catalog_id=s.account, database_input={"name": "raw"}
        ),
        location="s3://raw/tables",
        table=g.table,
        optimizers=lakehouse.TableOptimizers(),
        role=g.role,
        removal_policy=KEEP,
    ),
    lakehouse.TableMaintenanceRole: lambda s, g: lakehouse.TableMaintenanceRole(
        s, "One", database_name="raw", bucket=g.bucket, key=g.key
    ),
    lakehouse.LakeFormation: lambda s, g: lakehouse.LakeFormation(
        s, "One", name="dev", key=g.key, log_retention_days=30
    ),
    lakehouse.LakehouseLayer: lambda s, g: g.layer,
    lakehouse.QueryWorkgroup: lambda s, g: lakehouse.QueryWorkgroup(
        s,
        "One",
        name="team",
        key=g.key,
        access_logs=g.logs,
        scan_limit_gib=100,
        result_days=30,
        removal_policy=KEEP,
    ),
    lakehouse.ExistingS3TablesCatalog: lambda s, g: lakehouse.ExistingS3TablesCatalog(
        s, "One", role_name="s3tables", keys=[g.key]
    ),
    lakehouse.S3TablesCatalog: lambda s, g: lakehouse.S3TablesCatalog(
        s, "One", role_name="s3tables", keys=[g.key], removal_policy=KEEP
    ),
    lakehouse.SparkWorkgroup: lambda s, g: lakehouse.SparkWorkgroup(
        s,
        "One",
        name="spark",
        key=g.key,
        access_logs=g.logs,
        result_days=30,
        statements=[],
        removal_policy=KEEP,
    ),
    lakehouse.TableBucket: lambda s, g: g.table_bucket,
    unified_studio.UnifiedStudioDomain: lambda s, g: g.unified_domain,
    unified_studio.BlueprintAccount: lambda s, g: unified_studio.BlueprintAccount(
        s,
        "One",
        domain_id="dzd-0123456789abcd",
        domain_account="123456789012",
        name="dev",
        network=g.network,
        availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        key=g.key,
        access_logs=g.logs,
        iam_sign_in=True,
        removal_policy=KEEP,
    ),
    unified_studio.CustomBlueprints: lambda s, g: unified_studio.CustomBlueprints(
        s,
        "One",
        domain=g.unified_domain,
        blueprints={
            "Own": unified_studio.CustomBlueprint(
                name="Own",
                template="Resources: {Topic: {Type: AWS::SNS::Topic}}",
                parameters=[unified_studio.BlueprintParameter(name="days", default="3")],
                policy_arns=["arn:aws:iam::123456789012:policy/own"],
            ),
            "Features": unified_studio.feature_group_blueprint(
                s,
                domain_id="dzd-0123456789abcd",
                name="Features",
                prefix="features",
                features=[
                    feature_store.Feature(name="id", type="String"),
                    feature_store.Feature(name="at", type="String"),
                ],
                record_identifier="id",
                event_time="at",
                online=feature_store.OnlineStore(),
                key=g.key,
            ),
        },
        key=g.key,
        log_retention_days=90,
        removal_policy=KEEP,
    ),
    unified_studio.Connection: lambda s, g: unified_studio.Connection(
        s,
        "One",
        domain_id="dzd-0123456789abcd",
        environment_id="0123456789abcd",
        name="queries",
        target=unified_studio.athena_workgroup("dev"),
    ),
    unified_studio.ConnectionRole: lambda s, g: unified_studio.ConnectionRole(
        s,
        "One",
        project_role_arn="arn:aws:iam::123456789012:role/project",
        statements=[
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=["arn:aws:s3:::amzn-s3-demo-bucket/a.csv"]
            )
        ],
    ),
    unified_studio.GlueDataSource: lambda s, g: unified_studio.GlueDataSource(
        s,
        "One",
        domain_id="dzd-0123456789abcd",
        project_id="0123456789abcd",
        connection_id="0123456789abcd",
        name="curated",
        database="dev_curated",
        include=["*"],
        data_access_role_arn="arn:aws:iam::123456789012:role/manage-access",
    ),
    unified_studio.CatalogRule: lambda s, g: unified_studio.CatalogRule(
        s,
        "One",
        waiter=g.project_waiter,
        key="steward",
        unit_id="0123456789abcd",
        name="Name a steward",
        before="publishing",
        term_ids=["0123456789abcd"],
    ),
    unified_studio.Glossary: lambda s, g: unified_studio.Glossary(
        s,
        "One",
        waiter=g.project_waiter,
        project_id="0123456789abcd",
        key="business",
        name="Business terms",
        terms={"customer": unified_studio.GlossaryTerm(name="Customer")},
    ),
    unified_studio.MetadataForm: lambda s, g: unified_studio.MetadataForm(
        s,
        "One",
        domain_id="dzd-0123456789abcd",
        project_id="0123456789abcd",
        name="Stewardship",
        title="Stewardship",
        fields=[unified_studio.FormField(name="steward", title="Steward")],
        removal_policy=KEEP,
    ),
    unified_studio.JoinedAccounts: lambda s, g: unified_studio.JoinedAccounts(
        s,
        "One",
        domain=g.unified_domain,
        name="dev",
        accounts={"Sales": "222222222222"},
        key=g.key,
        log_retention_days=90,
    ),
    unified_studio.PolicyGrant: lambda s, g: unified_studio.PolicyGrant(
        s,
        "One",
        domain_id="dzd-0123456789abcd",
        policy="be_members",
        entity_id="0123456789abcd",
        grantee=unified_studio.Everyone(),
    ),
    unified_studio.ProjectProfile: lambda s, g: unified_studio.ProjectProfile(
        s,
        "One",
        domain_id="dzd-0123456789abcd",
        unit_id="0123456789abcd",
        name="SQL analytics",
        parts=[
            unified_studio.ProfilePart(name="Tooling", blueprint_id="b", account="123456789012")
        ],
        removal_policy=KEEP,
    ),
    unified_studio.Project: lambda s, g: unified_studio.Project(
        s,
        "One",
        domain_id="dzd-0123456789abcd",
        unit_id="0123456789abcd",
        name="Sales",
        profile_id="profile",
        removal_policy=KEEP,
    ),
    unified_studio.ProjectRole: lambda s, g: unified_studio.ProjectRole(s, "One", key=g.key),
    unified_studio.ProjectWaiter: lambda s, g: g.project_waiter,
    unified_studio.ServiceRole: lambda s, g: unified_studio.ServiceRole(
        s,
        "One",
        services=["datazone.amazonaws.com"],
        actions=["sts:AssumeRole"],
        conditions={"StringEquals": {"aws:SourceAccount": "123456789012"}},
        managed=["service-role/SageMakerStudioDomainServiceRolePolicy"],
        description="A service",
    ),
    delivery.TokenIssuer: lambda s, g: g.issuer,
    delivery.ApprovalDispatch: lambda s, g: delivery.ApprovalDispatch(
        s,
        "One",
        name="promotion",
        repository="example/platform",
        workflow="promote.yml",
        branch="main",
        token_secret="github/promotion",
        groups=["churn"],
        key=g.key,
        topic=g.topic,
    ),
    delivery.DeliveryRole: lambda s, g: delivery.DeliveryRole(
        s,
        "One",
        name="deploy",
        description="Deploys",
        issuer=g.issuer,
        claims=g.repository.environment_claims("prod", branch="main"),
        bootstrap_roles=["deploy"],
    ),
    pipelines.Pipeline: lambda s, g: pipelines.Pipeline(
        s,
        "One",
        name="train",
        definition='{"Version": "2020-12-01", "Steps": []}',
        role=g.pipeline_role,
        key=g.key,
        topic=g.topic,
    ),
    pipelines.PipelineCode: lambda s, g: pipelines.PipelineCode(
        s, "One", bucket=g.bucket, folders=["code"], key=g.key, log_retention_days=30
    ),
    pipelines.PipelineRole: lambda s, g: g.pipeline_role,
    mlflow.MlflowApp: lambda s, g: mlflow.MlflowApp(
        s,
        "One",
        name="team",
        artifacts=g.artifacts,
        folder="app",
        registers_models=True,
        maintenance_window_start="Sun:03:00",
        removal_policy=KEEP,
    ),
    mlflow.ArtifactStore: lambda s, g: g.artifacts,
    lakehouse.ExistingLakehouseLayer: lambda s, g: lakehouse.ExistingLakehouseLayer(
        s, "One", database_name="raw", bucket=g.bucket, key=g.key
    ),
    lakehouse.ExistingTableBucket: lambda s, g: lakehouse.ExistingTableBucket(
        s, "One", name="tables", key=g.key
    ),
    hyperpod.ExistingHyperPodCluster: lambda s, g: hyperpod.ExistingHyperPodCluster(
        s,
        "One",
        name="research",
        arn="arn:aws:sagemaker:eu-west-1:123456789012:cluster/0a1b2c3d4e5f",
    ),
    studio.ExistingStudioDomain: lambda s, g: studio.ExistingStudioDomain(
        s, "One", domain_id="d-0a1b2c3d4e5f", network=g.network
    ),
    budget.MonthlyBudget: lambda s, g: budget.MonthlyBudget(
        s, "One", usd=100, cost_tags={"environment": "dev"}, topic=g.topic
    ),
    budget.DenyNewCompute: lambda s, g: budget.DenyNewCompute(
        s,
        "One",
        budget=budget.MonthlyBudget(
            s, "Budget", usd=100, cost_tags={"environment": "dev"}, topic=g.topic
        ),
        roles=[g.role],
        topic=g.topic,
    ),
    budget.AnomalyDetection: lambda s, g: budget.AnomalyDetection(
        s, "One", name="dev", min_usd=100, topic=g.topic
    ),
    budget.BillBucket: lambda s, g: budget.BillBucket(
        s, "One", name="dev-bill", access_logs=g.logs, removal_policy=KEEP
    ),
    budget.BillCatalog: lambda s, g: budget.BillCatalog(
        s,
        "One",
        database_name="dev_bill",
        bucket_name="dev-bill",
        export_name="dev-bill",
        removal_policy=KEEP,
    ),
    budget.LineageExport: lambda s, g: budget.LineageExport(
        s,
        "One",
        bucket=g.bucket,
        endpoints="dev-",
        tables={"s3://lake/tables": "dev_raw"},
        topic=g.topic,
        key=g.key,
        log_retention_days=30,
    ),
    budget.BillExport: lambda s, g: budget.BillExport(
        Stack(s, "Exports", env=Environment(account="123456789012", region="us-east-1")),
        "One",
        name="dev-bill",
        bucket_name="dev-bill",
        bucket_region="eu-west-1",
    ),
    budget.UsageDashboard: lambda s, g: budget.UsageDashboard(s, "One", name="dev_usage"),
    lakehouse.ResourceLink: lambda s, g: lakehouse.ResourceLink(
        s, "One", name="sales", account="210987654321", database="orders"
    ),
    lakehouse.NamedQueryWorkgroup: lambda s, g: lakehouse.NamedQueryWorkgroup(
        s, "One", name="team", key=g.key, results=None
    ),
    mlflow.NamedMlflowApp: lambda s, g: mlflow.NamedMlflowApp(
        s, "One", arn="arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-ABC"
    ),
    warehouse.NamedWarehouse: lambda s, g: warehouse.NamedWarehouse(
        s, "One", name="team", workgroup_arn=WORKGROUP_ARN, namespace_arn=NAMESPACE_ARN
    ),
    mlflow.NamedTrackingServer: lambda s, g: mlflow.NamedTrackingServer(s, "One", name="team"),
    mlflow.MlflowTrackingServer: lambda s, g: mlflow.MlflowTrackingServer(
        s,
        "One",
        name="team",
        artifacts=g.artifacts,
        folder="server",
        size="Small",
        registers_models=True,
        maintenance_window_start="Sun:03:00",
        removal_policy=KEEP,
    ),
    audit.AuditTrail: lambda s, g: audit.AuditTrail(
        s,
        "Trail",
        name="dev-audit",
        key=g.key,
        access_logs=g.logs,
        retention_days=90,
        log_group_days=90,
        data_events=["s3"],
        bucket_prefixes=["dev-"],
    ),
    audit.SensitiveData: lambda s, g: audit.SensitiveData(
        s,
        "One",
        topic=g.topic,
        key=g.key,
        bucket_prefix="dev-",
        create=True,
        removal_policy=KEEP,
    ),
    audit.ExternalAccess: lambda s, g: audit.ExternalAccess(
        s, "ExternalAccess", topic=g.topic, key=g.key, name="dev-external-access"
    ),
    audit.SensitiveData: lambda s, g: audit.SensitiveData(
        s,
        "SensitiveData",
        topic=g.topic,
        key=g.key,
        bucket_prefix="dev-",
        create=True,
        removal_policy=RemovalPolicy.RETAIN,
    ),
    events.EventNotices: lambda s, g: events.EventNotices(
        s, "One", states={"training_jobs": ["Failed"]}, topic=g.topic, key=g.key
    ),
    feature_store.FeatureGroup: lambda s, g: feature_store.FeatureGroup(
        s,
        "Group",
        name="dev-customers",
        features=[
            feature_store.Feature(name="id", type="String"),
            feature_store.Feature(name="at", type="String"),
        ],
        record_identifier="id",
        event_time="at",
        key=g.key,
        removal_policy=KEEP,
        offline=feature_store.OfflineStore(layer=g.layer, table="customers"),
    ),
    network.ImportedNetwork: lambda s, g: network.ImportedNetwork(
        s,
        "One",
        vpc_id="vpc-0a1b2c3d4e5f67890",
        cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        private_subnet_ids=SUBNETS,
    ),
    network.Network: lambda s, g: network.Network(
        s,
        "One",
        cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        nat_gateways="none",
        interface_endpoints=[],
        flow_logs=g.logs,
    ),
    model_registry.ModelPackageGroup: lambda s, g: model_registry.ModelPackageGroup(
        s, "Group", name="dev-churn", removal_policy=KEEP
    ),
    partner_apps.PartnerApp: lambda s, g: partner_apps.PartnerApp(
        s,
        "One",
        name="comet",
        app_type="comet",
        tier="small",
        key=g.key,
        maintenance_window_start="Sun:03:00",
        removal_policy=KEEP,
    ),
    recipes.LauncherConfiguration: lambda s, g: recipes.LauncherConfiguration(
        s,
        "One",
        name="dev-research",
        recipes=recipes.Recipes(commit="0" * 40, image=IMAGE),
        target=recipes.KubernetesTarget(instance_type="ml.p5.48xlarge", namespace="team"),
    ),
    security.ExecutionRole: lambda s, g: security.ExecutionRole(
        s, "One", description="A role", statements=[g.statement]
    ),
    security.AccessPolicy: lambda s, g: security.AccessPolicy(
        s, "One", statements=[g.statement], description="A policy"
    ),
    sources.ApplicationConnection: lambda s, g: g.application,
    sources.DatabaseConnection: lambda s, g: g.connection,
    sources.CatalogPolicy: lambda s, g: sources.CatalogPolicy(
        s, "One", sid="Dev", statements=[], key=g.key, log_retention_days=30
    ),
    sources.Crawler: lambda s, g: sources.Crawler(
        s,
        "One",
        layer=g.layer,
        connection=g.connection,
        path="sales/public/%",
        key=g.key,
        encryption=sources.CrawlerEncryption(s, "Encryption", name="dev", key=g.key),
    ),
    sources.CrawlerEncryption: lambda s, g: sources.CrawlerEncryption(
        s, "One", name="dev", key=g.key
    ),
    sources.DataQuality: lambda s, g: sources.DataQuality(
        s, "One", name="orders", layer=g.layer, table="orders", rules=["RowCount > 0"], key=g.key
    ),
    sources.FederatedCatalog: lambda s, g: sources.FederatedCatalog(
        s, "One", name="sales", connection=g.connection, spill=g.bucket, key=g.key
    ),
    sources.IngestionBucket: lambda s, g: sources.IngestionBucket(
        s, "One", accounts=["210987654321"], key=g.key, access_logs=g.logs, removal_policy=KEEP
    ),
    sources.DataPlaneMonitoring: lambda s, g: sources.DataPlaneMonitoring(
        s, "One", name="dev", key=g.key, log_retention_days=30, topic=g.topic
    ),
    sources.ApplicationSource: lambda s, g: sources.ApplicationSource(
        s, "One", connection=g.application, key=g.key
    ),
    sources.LakehouseIntegration: lambda s, g: sources.LakehouseIntegration(
        s,
        "One",
        name="orders",
        source=DATABASE_ARN,
        target_arn="arn:aws:glue:eu-west-1:123456789012:database/raw",
        after=[],
        key=g.key,
    ),
    sources.LakehouseTarget: lambda s, g: sources.LakehouseTarget(
        s, "One", layer=g.layer, key=g.key
    ),
    sources.TableBucketTarget: lambda s, g: sources.TableBucketTarget(
        s, "One", bucket=g.table_bucket, key=g.key
    ),
    sources.WarehouseIntegration: lambda s, g: sources.WarehouseIntegration(
        s,
        "One",
        name="orders",
        source_arn=DATABASE_ARN,
        namespace_arn="arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/1",
    ),
    sources.ZeroEtlTarget: lambda s, g: sources.ZeroEtlTarget(
        s,
        "One",
        arn="arn:aws:glue:eu-west-1:123456789012:database/raw",
        statements=[g.statement],
        kms_arn=None,
        key=g.key,
    ),
    studio.StudioDomain: lambda s, g: g.domain,
    studio.CustomImage: lambda s, g: studio.CustomImage(
        s, "One", name="team", base_image=IMAGE, apps=["JupyterLab"]
    ),
    studio.LifecycleConfig: lambda s, g: studio.LifecycleConfig(
        s, "One", name="start", app_type="JupyterLab", content="#!/bin/bash\n"
    ),
    studio.Space: lambda s, g: studio.Space(
        s, "One", owner=g.user, name="own", sharing="Private", app="JupyterLab"
    ),
    studio.UserProfile: lambda s, g: g.user,
    warehouse.ManagedStorageCatalog: lambda s, g: warehouse.ManagedStorageCatalog(
        s,
        "One",
        name="team",
        warehouse=g.warehouse,
        read_elsewhere=True,
        key=g.key,
        log_retention_days=30,
    ),
    warehouse.ScheduledSnapshots: lambda s, g: warehouse.ScheduledSnapshots(
        s, "One", warehouse=g.warehouse, schedule="cron(0 3 * * ? *)", retention_days=7, key=g.key
    ),
    warehouse.UsageLimits: lambda s, g: warehouse.UsageLimits(
        s,
        "One",
        warehouse=g.warehouse,
        limits=[warehouse.UsageLimit(period="daily", rpu_hours=10, action="log")],
        key=g.key,
        log_retention_days=30,
    ),
    warehouse.Warehouse: lambda s, g: g.warehouse,
    warehouse.WarehouseAlarms: lambda s, g: warehouse.WarehouseAlarms(
        s,
        "One",
        warehouse=g.warehouse,
        failed_queries=1,
        queued_queries=10,
        max_capacity=None,
        topic=g.topic,
    ),
}


def synthesize(construct: type[Construct]) -> None:
    """Create a construct in an app without this repository's context, and synthesize it."""
    with tempfile.TemporaryDirectory() as outdir:
        app = App(outdir=outdir)
        stack = Stack(app, "Stack")
        EVERY_CONSTRUCT[construct](stack, Given(stack))
        app.synth()


def main() -> int:
    """Synthesize every construct; print what fails."""
    failed = 0
    for construct in EVERY_CONSTRUCT:
        try:
            synthesize(construct)
        except Exception:
            failed += 1
            last = traceback.format_exc(limit=-2)
            print(f"{construct.__module__}.{construct.__name__}: {last}", file=sys.stderr)
    print(f"{len(EVERY_CONSTRUCT) - failed} of {len(EVERY_CONSTRUCT)} constructs")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
