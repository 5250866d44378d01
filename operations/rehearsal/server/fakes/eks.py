"""EKS: custom resources that need the API of Kubernetes, or a chart of the team."""

from operations.rehearsal.server.fake import Fake

FAKE = Fake(service="eks", only_recorded=("Custom::AWSCDK-EKS-", "Custom::PinnedChart"))
