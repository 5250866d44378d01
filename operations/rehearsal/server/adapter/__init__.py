"""Everything that depends on ministack: only this package uses its private names.

`install` puts this project's extension into ministack's CloudFormation, and `serve` runs it.
Another emulator takes ministack's place by another package with the same functions.
"""

import asyncio
from typing import Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app as ministack_app
from ministack.core import router
from ministack.services.cloudformation import changesets, engine, provisioners, stacks

from operations.rehearsal.server.adapter import callers, custom_resources, names, templates
from operations.rehearsal.server.adapter.custom_resources import answer, expect_answer
from operations.rehearsal.server.adapter.handlers import Handlers, ReplacingProperties
from operations.rehearsal.server.adapter.labels import label_of
from operations.rehearsal.server.adapter.services import Services
from operations.rehearsal.server.adapter.states import stack_states, unprotect
from operations.rehearsal.server.extension import Extension

__all__ = [
    "answer",
    "application",
    "expect_answer",
    "install",
    "label_of",
    "serve",
    "stack_states",
    "unprotect",
]


def install(extension: Extension) -> None:
    """Add the resource types and API services that ministack lacks."""
    handlers = Handlers(provisioners._RESOURCE_HANDLERS, extension)
    provisioners._RESOURCE_HANDLERS = handlers
    changesets._RESOURCE_HANDLERS = handlers
    provisioners._REPLACING_PROPERTIES = ReplacingProperties(provisioners._REPLACING_PROPERTIES)
    engine._validate_template_statics = templates.refuse_before(engine._validate_template_statics)
    names.keep_names()
    custom_resources.record(extension, handlers)
    custom_resources.fail_with_the_function()
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: blocks(kind) or extension.faults.delays()
    # ministack would load all models of botocore to check the service name of a signature.
    router._is_aws_service_name = lambda name: True
    ministack_app.SERVICE_HANDLERS = Services(ministack_app.SERVICE_HANDLERS, extension)
    callers.act_as_roles()


def application() -> Any:
    """Return the ASGI application of ministack."""
    return ministack_app.app


def serve(application: Any, host: str, port: int) -> None:
    """Serve an ASGI application that wraps ministack's until the process stops."""
    config = Config()
    config.bind = [f"{host}:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(hypercorn_serve(application, config))
