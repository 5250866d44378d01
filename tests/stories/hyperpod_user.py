"""A data scientist sets up kubectl for a cluster, with the calls of `hyp set-cluster-context`.

persona: data_scientist
clients: sagemaker3
environments: [open, closed]
"""

# %% List clusters, as `hyp list-cluster` does -> allowed
import boto3
import place

sagemaker = boto3.client("sagemaker")
eks = boto3.client("eks")
[CLUSTER], [KUBERNETES] = place.clusters, place.kubernetes_clusters

boto3.client("sts").get_caller_identity()
sagemaker.list_clusters()

# %% Set the context of kubectl, as `hyp set-cluster-context` does -> allowed
sagemaker.describe_cluster(ClusterName=CLUSTER)
eks.describe_cluster(name=KUBERNETES)
eks.describe_access_entry(clusterName=KUBERNETES, principalArn=place.role)

# %% Give themselves more rights in the cluster -> denied
eks.associate_access_policy(
    clusterName=KUBERNETES,
    principalArn=place.role,
    policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    accessScope={"type": "cluster"},
)

# %% Add another principal to the cluster -> denied
eks.create_access_entry(clusterName=KUBERNETES, principalArn=place.other_role)

# %% Delete the cluster -> denied
sagemaker.delete_cluster(ClusterName=CLUSTER)

# %% Describe another cluster -> denied
eks.describe_cluster(name="elsewhere")
