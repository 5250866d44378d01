"""An account that answers as a test says; calls and answers must fit AWS's API models."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from boto3.session import Session
from botocore.config import Config
from botocore.validate import ParamValidator

Answers = Mapping[str, Any]
"""By `service.Operation`: an answer, `Code: message` of an error, or a function of parameters."""


class FakeSession:
    """Stands for `boto3.Session`.

    Args:
        answers: what the account answers, `*` to all else; a call without an answer fails.
        region: of its clients.
    """

    def __init__(self, answers: Answers, region: str = "eu-west-1") -> None:
        self.answers = answers
        self.calls: list[str] = []
        self._parameters: Mapping[str, Any] = {}
        self._session = Session("x", "x", region_name=region)

    def client(self, service: str, config: Config | None = None) -> Any:
        client = self._session.client(cast(Any, service), config=config)

        def answer(model: Any, params: Mapping[str, Any], **others: Any) -> Any:
            del params, others
            name = f"{service}.{model.name}"
            self.calls.append(name)
            given = self.answers.get(name, self.answers.get("*"))
            assert given is not None, f"{name} has no answer"
            if callable(given):
                given = given(self._parameters)
            if isinstance(given, str):
                code, _, message = given.partition(": ")
                error = {"Code": code, "Message": message or "said the fake"}
                return SimpleNamespace(status_code=400, headers={}), {"Error": error}
            fault = ParamValidator().validate(given, model.output_shape)
            assert not fault.has_errors(), f"{name}: {fault.generate_report()}"
            return SimpleNamespace(status_code=200, headers={}), given

        def remember(params: Mapping[str, Any], **others: Any) -> None:
            del others
            self._parameters = dict(params)

        client.meta.events.register("provide-client-params", remember)
        client.meta.events.register("before-call", answer)
        return client
