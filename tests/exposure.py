"""Resources that are public, unencrypted, over-trusted or carry a credential, and safe ones."""

import json
from collections.abc import Mapping
from typing import Any

Resource = tuple[str, Mapping[str, Any]]
Cases = tuple[list[Resource], list[Resource]]

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = "{{resolve:secretsmanager:orders:SecretString:password}}"
PASSWORD = "Hunter22"
ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
EVERYONE: list[Any] = ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::123456789012:root", "*"]}]


def trust(statement: Any) -> Resource:
    return "AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Statement": statement}}


def resource_policy(type_name: str, key: str, **statement: Any) -> Resource:
    return type_name, {key: {"Statement": [READ | statement]}}


# For each type: the property of its resource policy.
POLICY_PROPERTIES = {
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3Tables::TableBucketPolicy": "ResourcePolicy",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::ApiGateway::RestApi": "Policy",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
}


def keyed(type_name: str, key: str, **others: Any) -> Cases:
    """Return the cases of a type that needs a key of the customer in a property."""
    return [(type_name, {"Thing": "x", **others})], [
        (type_name, {key: KEY}),
        (type_name, {key: {"Ref": "Key"}}),
    ]


def monitoring(name: str, output: str) -> Cases:
    type_name = f"AWS::SageMaker::{name}JobDefinition"
    cluster = {"ClusterConfig": {"VolumeKmsKeyId": KEY}}
    network = {"VpcConfig": {"Subnets": ["s"]}}
    right = {output: {"KmsKeyId": KEY}, "JobResources": cluster, "NetworkConfig": network}
    return (
        [
            (type_name, {key: value for key, value in right.items() if key != gone})
            for gone in right
        ],
        [(type_name, right)],
    )


def kubernetes(**vpc: Any) -> Resource:
    return "AWS::EKS::Cluster", {"ResourcesVpcConfig": {"SubnetIds": ["s"], **vpc}}


def workgroup(**properties: Any) -> Resource:
    return "AWS::RedshiftServerless::Workgroup", {"EnhancedVpcRouting": True, **properties}


def connection(**properties: Any) -> Resource:
    return "AWS::Glue::Connection", {"ConnectionInput": properties}


def bucket(**block: Any) -> Resource:
    every = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    access = dict.fromkeys(every, True) | block
    return "AWS::S3::Bucket", {"PublicAccessBlockConfiguration": access}


def glue_security(s3: str) -> Resource:
    return "AWS::Glue::SecurityConfiguration", {
        "EncryptionConfiguration": {
            "S3Encryptions": [{"S3EncryptionMode": s3}],
            "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
            "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS"},
        }
    }


def function(**variables: Any) -> Resource:
    return "AWS::Lambda::Function", {"Environment": {"Variables": variables}}


NAMESPACE = "AWS::RedshiftServerless::Namespace"
GROUP, INGRESS = "AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"
EXPERIMENT = "AWS::SageMaker::InferenceExperiment"
SCHEDULE = "AWS::SageMaker::MonitoringSchedule"
PERMISSION = "AWS::Lambda::Permission"
METHOD = "AWS::ApiGateway::Method"
URL = "AWS::Lambda::Url"
PROFILE = "AWS::SageMaker::UserProfile"
UNIFIED = "AWS::DataZone::Domain"
SUBSCRIPTION = "AWS::SNS::Subscription"
SUBNET = "AWS::EC2::Subnet"
ADD_ON = "AWS::EKS::Addon"
PARAMETER = "AWS::SSM::Parameter"
FEDERATED = {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.example.com"}
NAMED_FEDERATION = {"StringEquals": {"token.actions.example.com:sub": "repo:team/project"}}


def schedule(**parts: Any) -> Resource:
    definition = {
        "MonitoringOutputConfig": {"KmsKeyId": KEY},
        "MonitoringResources": {"ClusterConfig": {"VolumeKmsKeyId": KEY}},
        **parts,
    }
    return SCHEDULE, {"MonitoringScheduleConfig": {"MonitoringJobDefinition": definition}}


# For each rule: what it refuses, and what it lets pass.
EXPOSURE: dict[str, Cases] = {
    "ROLE_TRUST_NAMED": (
        [trust([ASSUME | {"Principal": principal}]) for principal in EVERYONE]
        + [
            trust(ASSUME | {"Principal": "*"}),
            trust(ASSUME | {"Principal": {"AWS": "*"}, "Condition": ORGANIZATION}),
            trust([ASSUME | {"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}}]),
            trust({"Fn::If": ["Open", ASSUME | {"Principal": "*"}, {"Ref": "AWS::NoValue"}]}),
        ],
        [
            trust([ASSUME | {"Principal": {"Service": "sagemaker.amazonaws.com"}}]),
            trust(ASSUME | {"Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}}),
            trust([ASSUME | {"Effect": "Deny", "Principal": "*"}]),
        ],
    ),
    "ROLE_FEDERATION_CONDITIONED": (
        [trust(ASSUME | {"Principal": FEDERATED})],
        [trust([ASSUME | {"Principal": FEDERATED, "Condition": NAMED_FEDERATION}])],
    ),
    "RESOURCE_POLICY_NAMED": (
        [
            resource_policy(type_name, key, Principal=principal)
            for type_name, key in POLICY_PROPERTIES.items()
            for principal in EVERYONE
        ]
        + [
            ("AWS::S3::BucketPolicy", {"PolicyDocument": {"Statement": READ | {"Principal": "*"}}}),
            (
                "AWS::Logs::ResourcePolicy",
                {"PolicyDocument": json.dumps({"Statement": READ | {"Principal": "*"}})},
            ),
        ],
        [
            resource_policy(type_name, key, Principal="*", Condition=ORGANIZATION)
            for type_name, key in POLICY_PROPERTIES.items()
        ]
        + [
            resource_policy("AWS::KMS::Key", "KeyPolicy", Principal={"AWS": {"Ref": "Role"}}),
            resource_policy(
                "AWS::S3::BucketPolicy", "PolicyDocument", Principal="*", Effect="Deny"
            ),
        ],
    ),
    "NO_PLAIN_CREDENTIAL": (
        [
            function(DB_PASSWORD=PASSWORD),
            function(dbPassword=PASSWORD),
            function(HF_TOKEN="abc"),
            function(X="AKIA" + "ABCDEFGHIJKLMNOP"),
            function(URL="postgresql://app:" + PASSWORD + "@db.example.com/shop"),
            function(X="-----BEGIN RSA " + "PRIVATE KEY-----\nabc"),
            ("AWS::SageMaker::Model", {"Containers": [{"Environment": {"API_KEY": PASSWORD}}]}),
            ("AWS::SageMaker::InferenceComponent", {"Environment": {"CLIENT_SECRET": PASSWORD}}),
            ("AWS::Glue::Job", {"DefaultArguments": {"--db_password": PASSWORD}}),
            ("AWS::ECS::TaskDefinition", {"Env": [{"Name": "PASSWORD", "Value": PASSWORD}]}),
            ("AWS::SageMaker::ProcessingJob", {"Args": ["--password", PASSWORD]}),
            (ADD_ON, {"ConfigurationValues": json.dumps({"a": {"adminPassword": PASSWORD}})}),
            ("AWS::StepFunctions::StateMachine", {"DefinitionString": '{"ApiKey": "abc"}'}),
            (PARAMETER, {"Type": "String", "Value": "ghp_" + "a" * 36}),
        ],
        [
            function(DB_PASSWORD=SECRET),
            function(DB_PASSWORD={"Ref": "Secret"}),
            function(DB_PASSWORD_SECRET_ARN="arn:aws:secretsmanager:eu-west-1:1:secret:a-a1B2c3"),
            function(MAX_TOKENS="4096", TOKENIZER="fast", PAD_TOKEN="<pad>", EOS_TOKEN="end"),
            function(SORT_KEY="order_id", MONKEY="george", PARTITION_KEY="day"),
            function(SECRET_NAME="orders", PASSWORD_LENGTH="32", TOKEN="/run/token"),
            (ADD_ON, {"ConfigurationValues": json.dumps({"imagePullSecret": "registry"})}),
            (PARAMETER, {"Type": "String", "Value": "/datasets/orders"}),
        ],
    ),
    "LOG_GROUP_ENCRYPTED": keyed("AWS::Logs::LogGroup", "KmsKeyId"),
    "TOPIC_ENCRYPTED": keyed("AWS::SNS::Topic", "KmsMasterKeyId"),
    "QUEUE_ENCRYPTED": keyed("AWS::SQS::Queue", "KmsMasterKeyId"),
    "SECRET_ENCRYPTED": keyed("AWS::SecretsManager::Secret", "KmsKeyId"),
    "SCHEDULE_ENCRYPTED": keyed("AWS::Scheduler::Schedule", "KmsKeyArn"),
    "GLUE_INTEGRATION_ENCRYPTED": keyed("AWS::Glue::Integration", "KmsKeyId"),
    "TRAIL_ENCRYPTED": keyed("AWS::CloudTrail::Trail", "KMSKeyId", EnableLogFileValidation=True),
    "TRAIL_VALIDATED": (
        [
            ("AWS::CloudTrail::Trail", {"KMSKeyId": KEY}),
            ("AWS::CloudTrail::Trail", {"KMSKeyId": KEY, "EnableLogFileValidation": False}),
        ],
        [("AWS::CloudTrail::Trail", {"KMSKeyId": KEY, "EnableLogFileValidation": "true"})],
    ),
    "CRAWLER_ENCRYPTED": keyed("AWS::Glue::Crawler", "CrawlerSecurityConfiguration"),
    "WAREHOUSE_ENCRYPTED": keyed(NAMESPACE, "KmsKeyId"),
    "SECRET_NOT_PLAIN": (
        [("AWS::SecretsManager::Secret", {"SecretString": PASSWORD})],
        [("AWS::SecretsManager::Secret", {"GenerateSecretString": {}})],
    ),
    "BUCKET_PRIVATE": (
        [
            ("AWS::S3::Bucket", {"BucketName": "b"}),
            bucket(BlockPublicPolicy=False),
            bucket(RestrictPublicBuckets="false"),
            ("AWS::S3::Bucket", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}),
        ],
        [bucket(), bucket(BlockPublicAcls="true")],
    ),
    "BUCKET_ENCRYPTED": (
        [("AWS::S3::Bucket", {"BucketName": "b"})],
        [("AWS::S3::Bucket", {"BucketEncryption": {}})],
    ),
    "TABLE_BUCKET_ENCRYPTED": (
        [("AWS::S3Tables::TableBucket", {"EncryptionConfiguration": {"SSEAlgorithm": "AES256"}})],
        [("AWS::S3Tables::TableBucket", {"EncryptionConfiguration": {"KMSKeyArn": KEY}})],
    ),
    "REPOSITORY_ENCRYPTED": (
        [("AWS::ECR::Repository", {"EncryptionConfiguration": {"EncryptionType": "AES256"}})],
        [("AWS::ECR::Repository", {"EncryptionConfiguration": {"KmsKey": KEY}})],
    ),
    "KUBERNETES_API_NOT_PUBLIC": (
        [
            kubernetes(),
            kubernetes(EndpointPublicAccess=True),
            kubernetes(EndpointPublicAccess="true", PublicAccessCidrs=["0.0.0.0/0"]),
            kubernetes(PublicAccessCidrs=["192.0.2.0/24", "0.0.0.0/0"]),
            kubernetes(PublicAccessCidrs=["0.0.0.0/1", "128.0.0.0/1"]),
        ],
        [
            kubernetes(EndpointPublicAccess=False),
            kubernetes(EndpointPublicAccess="false"),
            kubernetes(EndpointPublicAccess=True, PublicAccessCidrs=["192.0.2.0/24"]),
        ],
    ),
    "KUBERNETES_SECRETS_ENCRYPTED": (
        [kubernetes()],
        [("AWS::EKS::Cluster", {"EncryptionConfig": [{"Provider": {"KeyArn": KEY}}]})],
    ),
    "WAREHOUSE_NOT_PUBLIC": (
        [
            workgroup(PubliclyAccessible=True),
            workgroup(PubliclyAccessible="true"),
            workgroup(EnhancedVpcRouting=False),
        ],
        [workgroup(), workgroup(PubliclyAccessible=False), workgroup(PubliclyAccessible="false")],
    ),
    "WAREHOUSE_PASSWORD_NOT_PLAIN": (
        [
            (NAMESPACE, {"AdminUserPassword": PASSWORD}),
            (NAMESPACE, {"AdminUserPassword": {"Ref": "Password"}}),
        ],
        [
            (NAMESPACE, {"ManageAdminPassword": True}),
            (NAMESPACE, {"AdminUserPassword": SECRET}),
        ],
    ),
    "DATA_QUALITY_JOBS_ENCRYPTED": monitoring("DataQuality", "DataQualityJobOutputConfig"),
    "MODEL_QUALITY_JOBS_ENCRYPTED": monitoring("ModelQuality", "ModelQualityJobOutputConfig"),
    "BIAS_JOBS_ENCRYPTED": monitoring("ModelBias", "ModelBiasJobOutputConfig"),
    "EXPLAINABILITY_JOBS_ENCRYPTED": monitoring(
        "ModelExplainability", "ModelExplainabilityJobOutputConfig"
    ),
    "MONITORING_SCHEDULES_ENCRYPTED": (
        [schedule(MonitoringOutputConfig={}), schedule(MonitoringResources={"ClusterConfig": {}})],
        [schedule(), (SCHEDULE, {"MonitoringScheduleConfig": {"MonitoringType": "DataQuality"}})],
    ),
    "EXPERIMENT_ENCRYPTED": (
        [(EXPERIMENT, {"Name": "a"}), (EXPERIMENT, {"KmsKey": KEY, "DataStorageConfig": {}})],
        [(EXPERIMENT, {"KmsKey": KEY, "DataStorageConfig": {"KmsKey": KEY}})],
    ),
    "CONNECTION_PASSWORD_NOT_PLAIN": (
        [
            connection(ConnectionProperties={"PASSWORD": PASSWORD}),
            connection(AuthenticationConfiguration={"BasicAuthenticationCredentials": {}}),
        ],
        [
            connection(ConnectionProperties={"SECRET_ID": "orders"}),
            connection(AuthenticationConfiguration={"SecretArn": "arn"}),
        ],
    ),
    "GLUE_ENCRYPTED": (
        [glue_security("DISABLED"), glue_security("SSE-S3")],
        [glue_security("SSE-KMS")],
    ),
    "API_METHOD_AUTHORIZED": (
        [(METHOD, {"HttpMethod": "POST"}), (METHOD, {"AuthorizationType": "NONE"})],
        [(METHOD, {"AuthorizationType": "AWS_IAM"})],
    ),
    "FUNCTION_PERMISSION_NAMED": (
        [(PERMISSION, {"Principal": "*"}), (PERMISSION, {"Principal": "s3.amazonaws.com"})],
        [
            (PERMISSION, {"Principal": "s3.amazonaws.com", "SourceAccount": "123456789012"}),
            (PERMISSION, {"Principal": "123456789012"}),
        ],
    ),
    "FUNCTION_URL_AUTHORIZED": ([(URL, {"AuthType": "NONE"})], [(URL, {"AuthType": "AWS_IAM"})]),
    "SUBSCRIPTION_ENCRYPTED": (
        [(SUBSCRIPTION, {"Protocol": "http"})],
        [(SUBSCRIPTION, {"Protocol": "https"}), (SUBSCRIPTION, {"Protocol": "email"})],
    ),
    "SUBNET_WITHOUT_PUBLIC_ADDRESSES": (
        [(SUBNET, {"MapPublicIpOnLaunch": True}), (SUBNET, {"MapPublicIpOnLaunch": "true"})],
        [(SUBNET, {"MapPublicIpOnLaunch": False}), (SUBNET, {"CidrBlock": "10.0.0.0/24"})],
    ),
    "SECURITY_GROUP_NOT_OPEN": (
        [
            (GROUP, {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0"}]}),
            (GROUP, {"SecurityGroupIngress": {"CidrIpv6": "::/0"}}),
        ],
        [(GROUP, {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/16"}]}), (GROUP, {"VpcId": "v"})],
    ),
    "SECURITY_GROUP_RULE_NOT_OPEN": (
        [(INGRESS, {"CidrIp": "0.0.0.0/0"}), (INGRESS, {"CidrIpv6": "::/0"})],
        [(INGRESS, {"CidrIp": "10.0.0.0/16"}), (INGRESS, {"CidrIp": {"Ref": "Cidr"}})],
    ),
    "UNIFIED_STUDIO_DOMAIN": (
        [
            (UNIFIED, {"DomainVersion": "V2"}),
            (UNIFIED, {"KmsKeyIdentifier": KEY}),
            (UNIFIED, {"DomainVersion": "V1", "KmsKeyIdentifier": KEY}),
        ],
        [(UNIFIED, {"DomainVersion": "V2", "KmsKeyIdentifier": {"Ref": "Key"}})],
    ),
    "UNIFIED_STUDIO_PROFILE_STATUS": (
        [
            ("AWS::DataZone::GroupProfile", {"GroupIdentifier": "x"}),
            ("AWS::DataZone::ProjectProfile", {"Name": "x"}),
        ],
        [
            ("AWS::DataZone::GroupProfile", {"Status": "ASSIGNED"}),
            ("AWS::DataZone::ProjectProfile", {"Status": "DISABLED"}),
        ],
    ),
    "OIDC_PROVIDER_NAMES_CLIENTS": (
        [("AWS::IAM::OIDCProvider", {"Url": "https://example.com", "ClientIdList": []})],
        [("AWS::IAM::OIDCProvider", {"ClientIdList": ["sts.amazonaws.com"]})],
    ),
    "SHARED_OUTPUT_ENCRYPTED": (
        [(PROFILE, {"UserSettings": {"SharingSettings": {"NotebookOutputOption": "Allowed"}}})],
        [
            (PROFILE, {"UserSettings": {"SharingSettings": {"S3KmsKeyId": KEY}}}),
            (PROFILE, {"UserSettings": {}}),
        ],
    ),
}

_NOTHING = "has no property that makes it public, unencrypted or trusted"
_ADDRESS = "public addresses are for the NAT gateways; security groups decide who comes in"
# Types without a rule of their own, and why.
REASONS: dict[str, str] = {
    "AWS::AccessAnalyzer::Analyzer": _NOTHING,
    "AWS::Macie::Session": _NOTHING,
    "AWS::BCMDataExports::Export": "names a bucket of the account, which has a rule",
    "AWS::CE::AnomalySubscription": "names a topic of the environment, or its alarm_emails",
    "AWS::Budgets::Budget": "names an amount, and a topic of the environment that it alerts",
    "AWS::Budgets::BudgetsAction": "names a policy that denies, roles, and a topic that is told",
    "AWS::APS::RuleGroupsNamespace": _NOTHING,
    "AWS::DataZone::Connection": "names what a project reaches, and the role of the project",
    "AWS::DataZone::DataSource": "names a database, which has grants of its own",
    "AWS::RAM::ResourceShare": "its construct shares with accounts of the organization only",
    "AWS::DataZone::DomainUnit": _NOTHING,
    "AWS::DataZone::EnvironmentBlueprintConfiguration": "names a bucket, key and network",
    "AWS::DataZone::FormType": "names fields that people fill in",
    "AWS::DataZone::Owner": "names an owner; settings say who",
    "AWS::DataZone::Project": _NOTHING,
    "AWS::DataZone::ProjectMembership": "names a member; settings say who",
    "AWS::DataZone::PolicyGrant": "its construct checks that its parts belong together",
    "AWS::ApiGateway::Account": _NOTHING,
    "AWS::ApiGateway::Deployment": _NOTHING,
    "AWS::ApiGateway::RequestValidator": _NOTHING,
    "AWS::ApiGateway::Resource": _NOTHING,
    "AWS::ApiGateway::Stage": "cdk-nag refuses a stage without access logs",
    "AWS::ApplicationAutoScaling::ScalableTarget": _NOTHING,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _NOTHING,
    "AWS::Athena::DataCatalog": _NOTHING,
    "AWS::CloudWatch::Alarm": _NOTHING,
    "AWS::CloudWatch::Dashboard": _NOTHING,
    "AWS::EC2::EIP": _ADDRESS,
    "AWS::EC2::FlowLog": _NOTHING,
    "AWS::EC2::InternetGateway": _ADDRESS,
    "AWS::EC2::NatGateway": _ADDRESS,
    "AWS::EC2::Route": "cdk-nag asks for a reason for a route to an internet gateway",
    "AWS::EC2::RouteTable": _NOTHING,
    "AWS::EC2::SubnetRouteTableAssociation": _NOTHING,
    "AWS::EC2::VPC": "cdk-nag refuses a VPC without flow logs or with an open default group",
    "AWS::EC2::VPCGatewayAttachment": _ADDRESS,
    "AWS::EKS::AccessEntry": "names one principal of the account",
    "AWS::EKS::PodIdentityAssociation": "names one role, whose trust has a rule",
    "AWS::Events::ApiDestination": "calls the address in the settings, with the connection",
    "AWS::Events::Connection": "takes its token from a secret",
    "AWS::Events::Rule": _NOTHING,
    "AWS::FSx::DataRepositoryAssociation": _NOTHING,
    "AWS::Glue::Catalog": "Lake Formation grants access to it; nothing is granted by default",
    "AWS::Glue::DataQualityRuleset": _NOTHING,
    "AWS::Glue::Database": "Lake Formation or IAM grants access to it",
    "AWS::Glue::IntegrationResourceProperty": _NOTHING,
    "AWS::Glue::Table": "Lake Formation or IAM grants access to it",
    "AWS::Glue::TableOptimizer": _NOTHING,
    "AWS::Grafana::Workspace": "always signs users in; reachable from where users are",
    "AWS::KMS::Alias": _NOTHING,
    "AWS::LakeFormation::Resource": _NOTHING,
    "AWS::Lambda::LayerVersion": "sharing one takes a LayerVersionPermission",
    "AWS::Logs::MetricFilter": _NOTHING,
    "AWS::RDS::Integration": "takes the key of the warehouse, which has a rule",
    "AWS::S3Tables::Namespace": _NOTHING,
    "AWS::S3Tables::Table": "takes the key of its bucket, which has a rule",
    "AWS::SSM::Document": "CloudFormation cannot share one",
    "AWS::SageMaker::AppImageConfig": _NOTHING,
    "AWS::SageMaker::ClusterSchedulerConfig": _NOTHING,
    "AWS::SageMaker::ComputeQuota": _NOTHING,
    "AWS::SageMaker::Endpoint": "its configuration has the rules",
    "AWS::SageMaker::Image": _NOTHING,
    "AWS::SageMaker::ImageVersion": _NOTHING,
    "AWS::SageMaker::MlflowApp": "takes no key; its artifacts are in a bucket with one",
    "AWS::SageMaker::Extension": "names the cluster and an extension of AWS",
    "AWS::SageMaker::ModelPackageGroup": (
        "takes no key; its policy names the followers' accounts and the roles there"
    ),
    "AWS::SageMaker::MlflowTrackingServer": "takes no key in CloudFormation",
    "AWS::SageMaker::Pipeline": "its definition is held to the network and key of the environment",
    "AWS::SageMaker::Space": "takes the key and the network of its domain",
    "AWS::SageMaker::StudioLifecycleConfig": "a script of the team's repository",
    "AWS::Scheduler::ScheduleGroup": _NOTHING,
}  # fmt: skip
