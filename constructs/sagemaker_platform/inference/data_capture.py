"""Keeping a sample of requests and responses."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class DataCapture:
    """Keeping a sample of requests and responses.

    Args:
        bucket: where they are kept, below ``<endpoint name>/``.
        sampling_percentage: share of the requests, from 1 to 100.
        csv_content_types: content types to keep as text. Defaults to SageMaker's choice.
        json_content_types: content types to keep as JSON. Defaults to SageMaker's choice.
        requests: whether requests are kept too. If not, only responses are.
        responses: whether responses are kept too. If not, only requests are.
    """

    bucket: s3.IBucket
    sampling_percentage: int
    csv_content_types: Sequence[str] = ()
    json_content_types: Sequence[str] = ()
    requests: bool = True
    responses: bool = True

    def to_property(
        self, name: str, key: kms.IKey
    ) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty:
        """Return the property of the configuration of the endpoint ``name``."""
        modes = [
            *(["Input"] if self.requests else []),
            *(["Output"] if self.responses else []),
        ]
        return sagemaker.CfnEndpointConfig.DataCaptureConfigProperty(
            enable_capture=True,
            initial_sampling_percentage=self.sampling_percentage,
            destination_s3_uri=f"s3://{self.bucket.bucket_name}/{name}",
            kms_key_id=key.key_arn,
            capture_options=[
                sagemaker.CfnEndpointConfig.CaptureOptionProperty(capture_mode=mode)
                for mode in modes
            ],
            capture_content_type_header=sagemaker.CfnEndpointConfig.CaptureContentTypeHeaderProperty(
                csv_content_types=list(self.csv_content_types) or None,
                json_content_types=list(self.json_content_types) or None,
            )
            if self.csv_content_types or self.json_content_types
            else None,
        )
