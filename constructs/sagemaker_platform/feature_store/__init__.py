"""SageMaker Feature Store: feature groups, and the permissions to read and write their records."""

from sagemaker_platform.feature_store.feature_group import FeatureGroup
from sagemaker_platform.feature_store.permissions import (
    list_feature_groups,
    use_any_feature_group,
    use_feature_groups,
    use_of_online_stores,
)
from sagemaker_platform.feature_store.stores import (
    Feature,
    OfflineStore,
    OnlineStore,
    ProvisionedThroughput,
    TimeToLive,
)

__all__ = [
    "Feature",
    "FeatureGroup",
    "OfflineStore",
    "OnlineStore",
    "ProvisionedThroughput",
    "TimeToLive",
    "list_feature_groups",
    "use_any_feature_group",
    "use_feature_groups",
    "use_of_online_stores",
]
