"""Domains of SageMaker Unified Studio, the blueprints of accounts, and project profiles."""

from sagemaker_platform.unified_studio.blueprint_account import (
    QUERY_ROLE,
    BlueprintAccount,
    projects_bucket_name,
    provisioning_role_name,
)
from sagemaker_platform.unified_studio.catalog_rule import CatalogRule, RuleAction
from sagemaker_platform.unified_studio.connection import (
    Connection,
    ConnectionRole,
    athena_workgroup,
    glue_sessions,
    hyperpod_cluster,
    lakehouse_catalog,
    mlflow_tracking,
    redshift_workgroup,
    s3_bucket,
)
from sagemaker_platform.unified_studio.custom_blueprint import (
    BlueprintParameter,
    CustomBlueprint,
    CustomBlueprints,
)
from sagemaker_platform.unified_studio.data_source import GlueDataSource
from sagemaker_platform.unified_studio.domain import (
    Assignment,
    Enrolled,
    IdentityCenterSignIn,
    UnifiedStudioDomain,
)
from sagemaker_platform.unified_studio.glossary import Glossary, GlossaryTerm
from sagemaker_platform.unified_studio.joined_accounts import JoinedAccounts, share_domain_key
from sagemaker_platform.unified_studio.key_access import grant_key_to_projects
from sagemaker_platform.unified_studio.metadata_form import (
    FieldType,
    FormField,
    FormValues,
    MetadataForm,
)
from sagemaker_platform.unified_studio.offered_blueprints import (
    feature_group_blueprint,
    mlflow_app_blueprint,
)
from sagemaker_platform.unified_studio.permissions import use_of_unified_studio
from sagemaker_platform.unified_studio.policy_grant import (
    Everyone,
    Grantee,
    OneProject,
    PolicyGrant,
    ProjectsOf,
)
from sagemaker_platform.unified_studio.project import Designation, Project, ProjectRole
from sagemaker_platform.unified_studio.project_profile import ProfilePart, ProjectProfile
from sagemaker_platform.unified_studio.project_waiter import ProjectWaiter
from sagemaker_platform.unified_studio.service_role import ServiceRole

__all__ = [
    "QUERY_ROLE",
    "Assignment",
    "BlueprintAccount",
    "BlueprintParameter",
    "CatalogRule",
    "Connection",
    "ConnectionRole",
    "CustomBlueprint",
    "CustomBlueprints",
    "Designation",
    "Enrolled",
    "Everyone",
    "FieldType",
    "FormField",
    "FormValues",
    "Glossary",
    "GlossaryTerm",
    "GlueDataSource",
    "Grantee",
    "IdentityCenterSignIn",
    "JoinedAccounts",
    "MetadataForm",
    "OneProject",
    "PolicyGrant",
    "ProfilePart",
    "Project",
    "ProjectProfile",
    "ProjectRole",
    "ProjectWaiter",
    "ProjectsOf",
    "RuleAction",
    "ServiceRole",
    "UnifiedStudioDomain",
    "athena_workgroup",
    "feature_group_blueprint",
    "glue_sessions",
    "grant_key_to_projects",
    "hyperpod_cluster",
    "lakehouse_catalog",
    "mlflow_app_blueprint",
    "mlflow_tracking",
    "projects_bucket_name",
    "provisioning_role_name",
    "redshift_workgroup",
    "s3_bucket",
    "share_domain_key",
    "use_of_unified_studio",
]
