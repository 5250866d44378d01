"""How each type of resource is drawn. To draw another type, add a function and a line to KINDS."""

from collections.abc import Iterator
from typing import Any

from operations.assembly import Json
from operations.picture.items import Item, Maker, StackView, count, references


def _item(icon: str, name: str, detail: str, view: StackView, *ids: str, kind: str = "") -> Item:
    return Item(icon, name, detail, frozenset((view.stack, one) for one in ids), kind)


def _simple(icon: str, detail: str, name: str = "", kind: str = "") -> Maker:
    """Draw a resource by a property that is its name, or by its construct."""

    def make(view: StackView, logical_id: str, properties: Json) -> Item:
        named = properties.get(name)
        text = view.text(named) if named else view.called(logical_id)
        return _item(icon, text, detail, view, logical_id, kind=kind or f"{detail}s")

    return make


def _key(view: StackView, logical_id: str, properties: Json) -> Item:
    aliases = [one for one, _ in view.referring("AWS::KMS::Alias", "TargetKeyId", logical_id)]
    rotated = ", rotated" if properties.get("EnableKeyRotation") else ""
    return _item("kms", "Encryption key", f"customer managed{rotated}", view, logical_id, *aliases)


def _topic(view: StackView, logical_id: str, properties: Json) -> Item:
    del properties
    subscribed = len(list(view.referring("AWS::SNS::Subscription", "TopicArn", logical_id)))
    detail = count(subscribed, "subscription") if subscribed else "topic"
    return _item("sns", view.called(logical_id), detail, view, logical_id, kind="topics")


def _database(view: StackView, logical_id: str, properties: Json) -> Item | None:
    location = properties.get("DatabaseInput", {}).get("LocationUri")
    if "TargetDatabase" in properties.get("DatabaseInput", {}):
        return _item(
            "glue",
            view.text(properties.get("DatabaseName", "")),
            "shared by another account",
            view,
            logical_id,
            kind="shared databases",
        )
    if not location:
        return None
    buckets = [one for one in references(location) if one in view.resources]
    name = view.text(properties["DatabaseName"])
    return _item(
        "lake-formation",
        name,
        "layer: bucket and database",
        view,
        logical_id,
        *buckets,
        kind="layers",
    )


def _table_bucket(view: StackView, logical_id: str, properties: Json) -> Item:
    tables = [
        one for one, _ in view.referring("AWS::S3Tables::Table", "TableBucketARN", logical_id)
    ]
    detail = "table bucket" + (f", {count(len(tables), 'table')}" if tables else "")
    name = view.text(properties["TableBucketName"])
    return _item("s3", name, detail, view, logical_id, *tables, kind="table buckets")


def _workgroup(view: StackView, logical_id: str, properties: Json) -> Item | None:
    every = [(one, view.text(each["Name"])) for one, each in view.of_type("AWS::Athena::WorkGroup")]
    if every[0][0] != logical_id:
        return None
    del properties
    detail = ", ".join(name for _, name in every)
    ids = [one for one, _ in every]
    return _item("athena", f"Athena: {count(len(every), 'workgroup')}", detail, view, *ids)


def _integration(view: StackView, logical_id: str, properties: Json) -> Item:
    source = view.text(properties["SourceArn"]).split(":")
    service = source[2] if len(source) > 2 else "a database"
    name = view.text(properties["IntegrationName"])
    return _item(
        "glue", name, f"zero-ETL from {service}", view, logical_id, kind="zero-ETL integrations"
    )


def _warehouse(view: StackView, logical_id: str, properties: Json) -> Item:
    base, most = properties.get("BaseCapacity"), properties.get("MaxCapacity")
    size = f"{base} to {most} RPU" if most else f"{base} RPU"
    return _item("redshift", "Warehouse", f"Redshift Serverless, {size}", view, logical_id)


def _domain(view: StackView, logical_id: str, properties: Json) -> Item:
    inside = properties.get("AppNetworkAccessType") == "VpcOnly"
    users = len(list(view.of_type("AWS::SageMaker::UserProfile")))
    detail = ("inside the VPC only" if inside else "reaches the internet") + (
        f", {count(users, 'user')}" if users else ""
    )
    return _item("sagemaker", "Studio domain", detail, view, logical_id)


def _user(view: StackView, logical_id: str, properties: Json) -> Item:
    return _item(
        "iam", view.text(properties["UserProfileName"]), "user", view, logical_id, kind="users"
    )


def _tracking_server(view: StackView, logical_id: str, properties: Json) -> Item:
    size = str(properties.get("TrackingServerSize", "")).lower()
    name = view.text(properties["TrackingServerName"])
    return _item("sagemaker", name, f"MLflow tracking server, {size}", view, logical_id)


def _partner_app(view: StackView, logical_id: str, properties: Json) -> Item:
    detail = f"partner app, {view.text(properties.get('Tier', '')) or 'no tier'}"
    return _item("sagemaker", view.text(properties["Type"]), detail, view, logical_id)


def _endpoint(view: StackView, logical_id: str, properties: Json) -> Item:
    used = set(references(properties.get("EndpointConfigName")))
    ids, sizes = [logical_id], list[str]()
    for one, copy in view.of_type("Custom::CappedConfiguration"):
        if one in used:
            used |= set(references(copy["EndpointConfigName"]))
            sizes.append(f"{copy['Cap']['MaxCrossRegionPercentPerEndpoint']} % for other regions")
    for one, config in view.of_type("AWS::SageMaker::EndpointConfig"):
        if one not in used:
            continue
        ids += [one, *(model for model in references(config) if model in view.resources)]
        sizes += [_variant(view, logical_id, each) for each in config["ProductionVariants"]]
        if "AsyncInferenceConfig" in config:
            sizes.append("asynchronous")
        if config.get("ShadowProductionVariants"):
            sizes.append("with a shadow")
    name = view.text(properties.get("EndpointName") or view.called(logical_id))
    models = [one for one in ids if view.resources[one]["Type"].startswith("AWS::SageMaker::")]
    return _item(
        "sagemaker", name, "endpoint: " + ", ".join(sizes), view, *models, kind="endpoints"
    )


def _router(view: StackView, logical_id: str, properties: Json) -> Item:
    targets = properties["RoutingTargets"]
    places = sum(len(one["Destinations"]) for one in targets)
    detail = f"router: {count(len(targets), 'target')}, {count(places, 'destination')}"
    name = view.text(properties["InferenceRouterName"])
    return _item("sagemaker", name, detail, view, logical_id, kind="routers")


def _token_issuer(view: StackView, logical_id: str, properties: Json) -> Item | None:
    url = properties.get("Url")
    # That of an EKS cluster is part of the cluster.
    if not isinstance(url, str):
        return None
    name = url.removeprefix("https://")
    return _item("iam", name, "identity provider", view, logical_id, kind="identity providers")


def _variant(view: StackView, endpoint: str, variant: Json) -> str:
    if serverless := variant.get("ServerlessConfig"):
        return f"serverless, {serverless['MemorySizeInMB']} MB"
    pools = variant.get("InstancePools") or []
    instance = variant.get("InstanceType") or " or ".join(one["InstanceType"] for one in pools)
    low = high = variant.get("InitialInstanceCount", 1)
    managed = variant.get("ManagedInstanceScaling")
    if managed:
        low, high = managed.get("MinInstanceCount", low), managed.get("MaxInstanceCount", high)
    for target in _targets(view, endpoint, "DesiredInstanceCount"):
        low, high = target["MinCapacity"], target["MaxCapacity"]
    return f"{_range(low, high)} x {instance}"


def _targets(view: StackView, resource: str, dimension: str) -> Iterator[Json]:
    for _, target in view.referring(
        "AWS::ApplicationAutoScaling::ScalableTarget", "ResourceId", resource
    ):
        if str(target.get("ScalableDimension", "")).endswith(dimension):
            yield target


def _range(low: Any, high: Any) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _component(view: StackView, logical_id: str, properties: Json) -> Item:
    low = high = properties.get("RuntimeConfig", {}).get("CopyCount", 1)
    for target in _targets(view, logical_id, "DesiredCopyCount"):
        low, high = target["MinCapacity"], target["MaxCapacity"]
    copies = "1 copy" if (low, high) == (1, 1) else f"{_range(low, high)} copies"
    name = view.text(properties.get("InferenceComponentName") or view.called(logical_id))
    base = properties.get("Specification", {}).get("BaseInferenceComponentName")
    detail = "adapter" if base else f"component, {copies}"
    return _item("sagemaker", name, detail, view, logical_id, kind="components")


def _schedule(view: StackView, logical_id: str, properties: Json) -> Item:
    name = view.text(properties.get("Name") or view.called(logical_id))
    return _item(
        "eventbridge",
        name,
        str(properties.get("ScheduleExpression", "schedule")),
        view,
        logical_id,
        kind="schedules",
    )


def _cluster(view: StackView, logical_id: str, properties: Json) -> Item:
    groups = [
        f"{one.get('InstanceCount', 0)} x {one['InstanceType']}"
        for key in ("InstanceGroups", "RestrictedInstanceGroups")
        for one in properties.get(key) or []
        if isinstance(one, dict) and "InstanceType" in one
    ]
    name = view.text(properties["ClusterName"])
    kind = "HyperPod on EKS" if "Orchestrator" in properties else "HyperPod"
    if "Slurm" in str(properties.get("Orchestrator", "")):
        kind = "HyperPod with Slurm"
    return _item(
        "sagemaker",
        name,
        f"{kind}: {', '.join(groups)}",
        view,
        logical_id,
        kind="HyperPod clusters",
    )


def _file_system(view: StackView, logical_id: str, properties: Json) -> Item:
    name = {"LUSTRE": "Lustre", "OPENZFS": "OpenZFS"}.get(
        properties["FileSystemType"], properties["FileSystemType"]
    )
    detail = f"{properties['StorageCapacity']} GiB"
    return _item("fsx", f"FSx for {name}", detail, view, logical_id, kind="file systems")


def _quota(view: StackView, logical_id: str, properties: Json) -> Item:
    resources = properties.get("ComputeQuotaConfig", {}).get("ComputeQuotaResources", [])
    sizes = ", ".join(
        f"{one['Count']} x {one['InstanceType']}" if "Count" in one else one["InstanceType"]
        for one in resources
    )
    team = view.text(properties["ComputeQuotaTarget"]["TeamName"])
    return _item("sagemaker", f"Team {team}", sizes or "quota", view, logical_id, kind="teams")


def _unified_domain(view: StackView, logical_id: str, properties: Json) -> Item:
    center = properties.get("SingleSignOn", {}).get("Type") == "IAM_IDC"
    units = len(list(view.of_type("AWS::DataZone::DomainUnit")))
    detail = f"sign-in with {'IAM Identity Center' if center else 'IAM roles'}" + (
        f", {count(units, 'unit')}" if units else ""
    )
    return _item("sagemaker", "Unified Studio", detail, view, logical_id)


KINDS: dict[str, Maker] = {
    "AWS::AccessAnalyzer::Analyzer": _simple(
        "iam", "analyzer of external access", "AnalyzerName", "analyzers of external access"
    ),
    "AWS::APS::Workspace": _simple("prometheus", "Prometheus workspace"),
    "AWS::ApiGateway::RestApi": _simple("api-gateway", "API", "Name"),
    "AWS::Athena::DataCatalog": _simple("athena", "federated catalog", "Name"),
    "AWS::Athena::WorkGroup": _workgroup,
    "AWS::BCMDataExports::Export": _simple("s3", "export of the bill"),
    "AWS::CloudTrail::Trail": _simple("iam", "trail", "TrailName"),
    "AWS::Macie::Session": _simple("iam", "session of Macie"),
    "AWS::DataZone::Domain": _unified_domain,
    "AWS::DataZone::EnvironmentBlueprintConfiguration": _simple(
        "sagemaker", "blueprint", "EnvironmentBlueprintIdentifier"
    ),
    "AWS::DataZone::Project": _simple("sagemaker", "project", "Name"),
    "AWS::DataZone::ProjectProfile": _simple("sagemaker", "project profile", "Name"),
    "AWS::ECR::Repository": _simple(
        "ecr", "image repository", "RepositoryName", "image repositories"
    ),
    "AWS::EKS::Cluster": _simple("eks", "EKS cluster", "Name"),
    "AWS::FSx::FileSystem": _file_system,
    "AWS::Glue::Crawler": _simple("glue", "crawler", "Name"),
    "AWS::Glue::DataQualityRuleset": _simple("glue", "data quality", "Name", "quality rulesets"),
    "AWS::Glue::Database": _database,
    "AWS::Glue::Integration": _integration,
    "AWS::Grafana::Workspace": _simple("grafana", "Grafana workspace"),
    "AWS::IAM::OIDCProvider": _token_issuer,
    "AWS::KMS::Key": _key,
    "AWS::RDS::Integration": _integration,
    "AWS::RedshiftServerless::Workgroup": _warehouse,
    "AWS::S3::Bucket": _simple("s3", "bucket"),
    "AWS::S3Tables::TableBucket": _table_bucket,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _simple("sqs", "queue"),
    "AWS::SageMaker::Cluster": _cluster,
    "AWS::SageMaker::ComputeQuota": _quota,
    "AWS::SageMaker::Domain": _domain,
    "AWS::SageMaker::Endpoint": _endpoint,
    "Custom::InferenceRouter": _router,
    "AWS::SageMaker::Image": _simple(
        "sagemaker", "image for Studio", "ImageName", "images for Studio"
    ),
    "AWS::SageMaker::InferenceComponent": _component,
    "AWS::SageMaker::FeatureGroup": _simple("sagemaker", "feature group", "FeatureGroupName"),
    "AWS::SageMaker::InferenceExperiment": _simple("sagemaker", "shadow test", "Name"),
    "AWS::SageMaker::MlflowApp": _simple("sagemaker", "MLflow App", "Name"),
    "AWS::SageMaker::MlflowTrackingServer": _tracking_server,
    "AWS::SageMaker::MonitoringSchedule": _simple("sagemaker", "monitor", "MonitoringScheduleName"),
    "AWS::SageMaker::ModelPackageGroup": _simple(
        "sagemaker", "model package group", "ModelPackageGroupName"
    ),
    "AWS::SageMaker::PartnerApp": _partner_app,
    "AWS::SageMaker::Pipeline": _simple("sagemaker", "pipeline", "PipelineName"),
    "AWS::SageMaker::Space": _simple("sagemaker", "shared space", "SpaceName"),
    "AWS::SageMaker::UserProfile": _user,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::SecretsManager::Secret": _simple("secrets-manager", "secret", "Name"),
}
