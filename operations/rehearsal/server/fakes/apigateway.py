"""API Gateway: what outlives a stack."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="apigateway",
    types={
        "AWS::ApiGateway::Account": TypeFacts(
            why_kept="API Gateway keeps the settings of the account"
        ),
    },
)
