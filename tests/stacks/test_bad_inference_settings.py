"""Faults in the settings of endpoints."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, Bad, check, with_defaults

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.0"
DATA = "s3://example-models/churn/model.tar.gz"
DEFAULTS = {
    "real_time": {"image": IMAGE, "instance_type": "ml.m7i.large"},
    "asynchronous": {"image": IMAGE, "instance_type": "ml.m7i.large"},
    "serverless": {"image": IMAGE, "memory_mb": "2048", "max_concurrency": "10"},
    "multi_model": {
        "image": IMAGE,
        "model_data": "s3://example-models/shops/",
        "instance_type": "ml.m7i.large",
    },
    "multi_container": {"instance_type": "ml.m7i.large"},
    "inference_components": {"instance_type": "ml.g5.12xlarge"},
}


def endpoint(
    id: str, kind: str, lines: str, *, path: str, got: str | None, right: str, name: str = "churn"
) -> Bad:
    """Add an endpoint of a type; the lines replace its defaults or come after them."""
    body = dedent(lines).strip()
    given = {line.split(":")[0] for line in body.splitlines()}
    defaults = {"name": name, "type": kind, **DEFAULTS[kind]}
    if "instance_pools" in given and "instance_type" not in given:
        del defaults["instance_type"]
    head = [f"{key}: {value}" for key, value in defaults.items() if key not in given]
    block = indent("\n".join([*head, body]), "      ")
    text = f"{BASE}inference:\n  endpoints:\n    -\n{block}\n"
    where = f"inference.endpoints[0]{'.' if path else ''}{path}"
    return Bad(id, text, where, got, right)


def component(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add an endpoint of one component; the lines replace its defaults or come after them."""
    compute = "{accelerators: 1, min_memory_mb: 1024}"
    body = with_defaults(lines, name="chat", image=IMAGE, compute=compute)
    block = f"components:\n  -\n{indent(body, '    ')}"
    where = f"components[0]{'.' if path else ''}{path}"
    return endpoint(id, "inference_components", block, path=where, got=got, right=right)


COMPONENTS = f"""\
components:
  - name: chat
    image: {IMAGE}
    compute: {{accelerators: 1, min_memory_mb: 1024}}
"""
TO_ZERO = f"{COMPONENTS}    autoscaling: {{scale_to_zero: true, max_copies: 2, invocations_per_copy: 60}}\n"  # noqa: E501

TYPES = [
    endpoint(
        "time zone that is none",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          schedules:
            - name: night
              expression: cron(0 20 * * ? *)
              time_zone: Europe/Dublinn # HERE
              min_capacity: 1
              max_capacity: 1
        """,
        path="autoscaling.schedules[0].time_zone",
        got='"Europe/Dublinn"',
        right="must be a time zone; did you mean Europe/Dublin",
    ),
    component(
        "copy with more accelerators than an instance",
        "compute: {accelerators: 8, min_memory_mb: 1024} # HERE",
        path="compute.accelerators",
        got="8",
        right="is more than ml.g5.12xlarge has (4): no copy would fit",
    ),
    component(
        "copy with more memory than an instance",
        "compute: {accelerators: 1, min_memory_mb: 500000} # HERE",
        path="compute.min_memory_mb",
        got="500000",
        right="is more than ml.g5.12xlarge has (196608): no copy would fit",
    ),
    component(
        "first copies that the instances cannot hold",
        "copies: 5 # HERE",
        path="copies",
        got="5",
        right="raises the first copies to 5 accelerators, but 1 x ml.g5.12xlarge have 4",
    ),
    Bad(
        "two roles with one output",
        f"""{BASE}inference:
  endpoints:
    - name: a
      type: real_time
      image: {IMAGE}
      instance_type: ml.m7i.large
      invokers: [{{name: b-c, account: "210987654321"}}]
    - name: a-b
      type: real_time
      image: {IMAGE}
      instance_type: ml.m7i.large
      invokers: [{{name: c, account: "210987654321"}}] # HERE
""",
        "inference.endpoints[1].invokers[0].name",
        '"c"',
        "must be another name, because an earlier one also creates the output a-b-c-role",
    ),
    endpoint(
        "unknown type",
        "real_time",
        "type: realtime # HERE",
        path="type",
        got='"realtime"',
        right="must be one of real_time, inference_components, asynchronous, serverless,",
    ),
    endpoint(
        "type that is no text",
        "real_time",
        "type: [serverless] # HERE",
        path="type",
        got='["serverless"]',
        right="must be one of real_time,",
    ),
    endpoint(
        "key of another type",
        "serverless",
        "instance_type: ml.m7i.large # HERE",
        path="instance_type",
        got=None,
        right="no such key",
    ),
    endpoint(
        "misspelt key of a type",
        "serverless",
        "provisioned_concurency: 1 # HERE",
        path="provisioned_concurency",
        got=None,
        right="no such key; did you mean provisioned_concurrency?",
    ),
    component(
        "misspelt key below a type",
        "autoscaling: {max_copies: 2, invocations_per_cop: 60} # HERE",
        path="autoscaling.invocations_per_cop",
        got=None,
        right="no such key; did you mean invocations_per_copy?",
    ),
    endpoint(
        "missing key of a type",
        "serverless",
        "max_concurrency: 10\nmemory_mb: # HERE",
        path="memory_mb",
        got=None,
        right="must have a value",
    ),
]

INSTANCES = [
    Bad(
        "no instances",
        f"{BASE}inference:\n  endpoints:\n    - name: churn # HERE\n      image: {IMAGE}\n",
        "inference.endpoints[0].instance_type",
        None,
        "must be given, unless instance_pools names several types",
    ),
    endpoint(
        "type and pools",
        "real_time",
        "instance_type: ml.m7i.large # HERE\ninstance_pools: [ml.m7i.large, ml.m6i.large]",
        path="instance_type",
        got='"ml.m7i.large"',
        right="must not be combined with instance_pools. Remove one of them",
    ),
    endpoint(
        "a pool of one",
        "inference_components",
        f"instance_pools: [ml.g5.12xlarge] # HERE\n{COMPONENTS}",
        path="instance_pools",
        got='["ml.g5.12xlarge"]',
        right="must have at least 2 entries",
    ),
    endpoint(
        "pools that mix disks",
        "inference_components",
        f"instance_pools: [ml.m7i.large, ml.g5.xlarge] # HERE\n{COMPONENTS}",
        path="instance_pools",
        got='["ml.m7i.large", "ml.g5.xlarge"]',
        right=(
            "must not mix types with local disks, which support no encryption key, and types "
            "without, which require one"
        ),
    ),
    endpoint(
        "volume of local disks",
        "real_time",
        "instance_type: ml.g5.xlarge\nvolume_size_gb: 100 # HERE",
        path="volume_size_gb",
        got="100",
        right="must be omitted for ml.g5.xlarge, which has local disks",
    ),
    endpoint(
        "prefix without its length",
        "real_time",
        "routing:\n  strategy: prefix_aware # HERE\n  concurrency_threshold: 8",
        path="routing.strategy",
        got='"prefix_aware"',
        right="requires prefix_length. Add it",
    ),
    endpoint(
        "prefix at random",
        "real_time",
        "routing:\n  strategy: random\n  prefix_length: 4096 # HERE",
        path="routing.prefix_length",
        got="4096",
        right="applies only to strategy prefix_aware. Remove it",
    ),
    endpoint(
        "reservation that is none",
        "real_time",
        "capacity_reservation_arn: cr-0123456789abcdef0 # HERE",
        path="capacity_reservation_arn",
        got='"cr-0123456789abcdef0"',
        right="must be the ARN of a training plan",
    ),
]

SCALING = [
    endpoint(
        "zero of a real-time endpoint",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          invocations_per_instance: 60
          scale_to_zero: true # HERE
        """,
        path="autoscaling.scale_to_zero",
        got="true",
        right="must be false, because SageMaker keeps an instance of every variant",
    ),
    endpoint(
        "zero of a multi-model endpoint",
        "multi_model",
        """
        autoscaling:
          max_instances: 2
          min_instances: 0 # HERE
          invocations_per_instance: 60
        """,
        path="autoscaling.min_instances",
        got="0",
        right="must be false, because SageMaker keeps an instance of every variant",
    ),
    endpoint(
        "zero of provisioned concurrency",
        "serverless",
        """
        provisioned_concurrency: 1
        autoscaling:
          max_concurrency: 2
          utilization_percent: 70
          scale_to_zero: true # HERE
        """,
        path="autoscaling.scale_to_zero",
        got="true",
        right="must be false, because provisioned concurrency is at least 1",
    ),
    endpoint(
        "zero that nothing wakes",
        "asynchronous",
        """
        autoscaling:
          min_instances: 0 # HERE
          max_instances: 2
          backlog_per_instance: 5
        """,
        path="autoscaling.min_instances",
        got="0",
        right="requires scale_to_zero: true, because nothing else starts capacity again",
    ),
    endpoint(
        "zero and one",
        "asynchronous",
        """
        autoscaling:
          scale_to_zero: true
          min_instances: 1 # HERE
          max_instances: 2
          backlog_per_instance: 5
        """,
        path="autoscaling.min_instances",
        got="1",
        right="must not be combined with scale_to_zero. Remove one of them",
    ),
    endpoint(
        "zero with nothing to track",
        "asynchronous",
        """
        autoscaling:
          scale_to_zero: true # HERE
          max_instances: 2
          schedules:
            - {name: day, expression: cron(0 8 * * ? *), min_capacity: 0, max_capacity: 2}
        """,
        path="autoscaling.scale_to_zero",
        got="true",
        right="requires a metric to track, because steps only scale out",
    ),
    component(
        "zero of copies on instances that stay",
        """
        autoscaling:
          scale_to_zero: true # HERE
          max_copies: 2
          invocations_per_copy: 60
        """,
        path="autoscaling.scale_to_zero",
        got="true",
        right="requires instance_scaling, because instances would keep running",
    ),
    endpoint(
        "zero instances under copies that stay",
        "inference_components",
        f"instance_scaling:\n  min_instances: 0 # HERE\n  max_instances: 2\n{COMPONENTS}",
        path="instance_scaling.min_instances",
        got="0",
        right=(
            "requires scale_to_zero: true in the autoscaling of every component, because "
            "nothing else wakes the endpoint up"
        ),
    ),
    endpoint(
        "nothing to scale a queue by",
        "asynchronous",
        "autoscaling: {max_instances: 2} # HERE",
        path="autoscaling",
        got='{"max_instances": 2}',
        right="must have backlog_per_instance, custom_metric, steps or schedules",
    ),
    endpoint(
        "schedule of five fields",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          schedules:
            - name: day
              expression: cron(0 8 * * *) # HERE
              min_capacity: 1
              max_capacity: 2
        """,
        path="autoscaling.schedules[0].expression",
        got='"cron(0 8 * * *)"',
        right="must be cron(...) with six fields",
    ),
    endpoint(
        "time zone by its abbreviation",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          schedules:
            - name: day
              expression: cron(0 8 ? * * *)
              time_zone: CET # HERE
              min_capacity: 1
              max_capacity: 2
        """,
        path="autoscaling.schedules[0].time_zone",
        got='"CET"',
        right="must be the name of a time zone",
    ),
    endpoint(
        "schedule upside down",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          schedules:
            - {name: day, expression: cron(0 8 ? * * *), min_capacity: 3, max_capacity: 2} # HERE
        """,
        path="autoscaling.schedules[0].min_capacity",
        got="3",
        right="must be at most max_capacity (2)",
    ),
    endpoint(
        "schedule to zero",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          schedules:
            - {name: night, expression: cron(0 8 ? * * *), min_capacity: 0, max_capacity: 2} # HERE
        """,
        path="autoscaling.schedules[0].min_capacity",
        got="0",
        right="must be false, because SageMaker keeps an instance of every variant",
    ),
    endpoint(
        "steps that begin late",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          steps:
            metric: {namespace: Shop, name: Backlog}
            threshold: 10
            steps: [{above: 5, change: 1}] # HERE
        """,
        path="autoscaling.steps.steps[0].above",
        got="5",
        right="must be 0 for the first step",
    ),
    endpoint(
        "steps out of order",
        "real_time",
        """
        autoscaling:
          max_instances: 2
          steps:
            metric: {namespace: Shop, name: Backlog}
            threshold: 10
            steps:
              - {above: 0, change: 1}
              - {above: 0, change: 2} # HERE
        """,
        path="autoscaling.steps.steps[1].above",
        got="0",
        right="must be more than in the previous step (0.0)",
    ),
]

REAL_TIME = [
    endpoint(
        "weight of one",
        "real_time",
        "weight: 2 # HERE",
        path="weight",
        got="2",
        right="must be omitted without variants. Remove the line",
    ),
    endpoint(
        "variants and a shadow",
        "real_time",
        f"""
        variants: [{{name: b, weight: 1, image: "{IMAGE}", instance_type: ml.m7i.large}}] # HERE
        shadow: {{image: "{IMAGE}", instance_type: ml.m7i.large}}
        """,
        path="variants",
        got='["b"]',
        right=(
            "must not be combined with a shadow, because SageMaker copies only the requests of "
            "a single variant"
        ),
    ),
    endpoint(
        "two variants of a name",
        "real_time",
        f"""
        variants:
          - {{name: b, weight: 1, image: "{IMAGE}", instance_type: ml.m7i.large}}
          - {{name: b, weight: 1, image: "{IMAGE}", instance_type: ml.m7i.large}} # HERE
        """,
        path="variants[1].name",
        got='"b"',
        right="is the name of an earlier variant",
    ),
    endpoint(
        "variant with other disks",
        "real_time",
        f"""
        variants: # HERE
          - {{name: b, weight: 1, image: "{IMAGE}", instance_type: ml.g5.xlarge}}
        """,
        path="variants",
        got='"ml.g5.xlarge"',
        right=(
            "must have local disks if and only if ml.m7i.large has, because all volumes of an "
            "endpoint have the same encryption key, or no key"
        ),
    ),
    endpoint(
        "rolling of several variants",
        "real_time",
        f"""
        instance_count: 2
        variants: [{{name: b, weight: 1, image: "{IMAGE}", instance_type: ml.m7i.large}}]
        deployment: {{strategy: rolling, wait_seconds: 60}} # HERE
        """,
        path="deployment.strategy",
        got='"rolling"',
        right=(
            "must be another strategy, because SageMaker supports no rolling update of several "
            "variants"
        ),
    ),
    endpoint(
        "rolling a single instance",
        "real_time",
        "deployment: {strategy: rolling, wait_seconds: 60} # HERE",
        path="deployment.strategy",
        got='"rolling"',
        right="requires at least 2 instances, because a step is at most half of them",
    ),
    endpoint(
        "canary on Inferentia",
        "real_time",
        "instance_type: ml.inf1.xlarge\ninstance_count: 2\ndeployment: {strategy: canary} # HERE",
        path="deployment.strategy",
        got='"canary"',
        right="must be all-at-once, because SageMaker cannot shift traffic in parts on ml.inf1",
    ),
    endpoint(
        "batch of a rollback that is no rolling one",
        "real_time",
        "deployment: {rollback_percent: 50} # HERE",
        path="deployment.rollback_percent",
        got="50",
        right="applies only to strategy rolling. Remove the line",
    ),
    endpoint(
        "content type that is none",
        "real_time",
        "data_capture: {csv_content_types: [csv]} # HERE",
        path="data_capture.csv_content_types[0]",
        got='"csv"',
        right="must be a content type, such as text/csv",
    ),
    endpoint(
        "one file of many models",
        "multi_model",
        f"model_data: {DATA} # HERE",
        path="model_data",
        got=f'"{DATA}"',
        right="must be the prefix of the models, s3://bucket/prefix/",
    ),
    endpoint(
        "one of several containers",
        "multi_container",
        f'containers: [{{name: one, image: "{IMAGE}"}}] # HERE',
        path="containers",
        got="[",
        right="must have at least 2 entries",
    ),
    endpoint(
        "two containers of a name",
        "multi_container",
        f"""
        containers:
          - {{name: one, image: "{IMAGE}"}}
          - {{name: one, image: "{IMAGE}"}} # HERE
        """,
        path="containers[1].name",
        got='"one"',
        right="is the name of an earlier container",
    ),
    endpoint(
        "image of another region in a container",
        "multi_container",
        f"""
        containers:
          - {{name: one, image: "{IMAGE}"}}
          - {{name: two, image: "{IMAGE.replace("eu-west-1", "us-east-1")}"}} # HERE
        """,
        path="containers[1].image",
        got='"123456789012.dkr.ecr.us-east-1',
        right="must be in eu-west-1",
    ),
]

OTHERS = [
    endpoint(
        "prefix of a serverless endpoint",
        "serverless",
        "model_data: s3://example-models/churn/ # HERE",
        path="model_data",
        got='"s3://example-models/churn/"',
        right="must be a file s3://bucket/key.tar.gz",
    ),
    endpoint(
        "memory between the steps",
        "serverless",
        "memory_mb: 1500 # HERE",
        path="memory_mb",
        got="1500",
        right="must be one of 1024, 2048",
    ),
    endpoint(
        "more provisioned than there is",
        "serverless",
        "provisioned_concurrency: 20 # HERE",
        path="provisioned_concurrency",
        got="20",
        right="must be at most max_concurrency (10)",
    ),
    endpoint(
        "scaling of nothing provisioned",
        "serverless",
        "autoscaling: {max_concurrency: 5, utilization_percent: 70} # HERE",
        path="autoscaling.max_concurrency",
        got="5",
        right="requires provisioned_concurrency, because serverless capacity scales automatically",
    ),
    endpoint(
        "canary of a serverless endpoint",
        "serverless",
        "deployment: {strategy: canary} # HERE",
        path="deployment.strategy",
        got='"canary"',
        right="must be all-at-once",
    ),
    endpoint(
        "notifications without a topic",
        "asynchronous",
        "notifications: {} # HERE",
        path="notifications",
        got="{}",
        right="must have sns or eventbridge",
    ),
    endpoint(
        "answers in no message",
        "asynchronous",
        "notifications: {eventbridge: true, include_response: true} # HERE",
        path="notifications.include_response",
        got="true",
        right="needs sns: true",
    ),
    endpoint(
        "more instances than the queue may have",
        "asynchronous",
        "instance_count: 3 # HERE\nautoscaling: {max_instances: 2, backlog_per_instance: 5}",
        path="instance_count",
        got="3",
        right="must be from autoscaling.min_instances (1) to autoscaling.max_instances (2)",
    ),
]

COMPONENT = [
    component(
        "compute twice",
        """
        name: chat # HERE
        compute_by_type:
          - {instance_type: ml.g5.12xlarge, accelerators: 1, min_memory_mb: 1024}
          - {instance_type: ml.g6.12xlarge, accelerators: 1, min_memory_mb: 1024}
        """,
        path="name",
        got='"chat"',
        right="must have one of compute and compute_by_type",
    ),
    endpoint(
        "no compute",
        "inference_components",
        COMPONENTS.replace("name: chat", "name: chat # HERE").replace(
            "    compute: {accelerators: 1, min_memory_mb: 1024}\n", ""
        ),
        path="components[0].name",
        got='"chat"',
        right="requires compute or compute_by_type. Only a large_model has a default",
    ),
    component(
        "memory and nothing to compute with",
        "compute: {min_memory_mb: 1024} # HERE",
        path="compute",
        got='{"min_memory_mb": 1024}',
        right="requires accelerators or cpu_cores. Add one of them",
    ),
    component(
        "more memory at least than at most",
        "compute: {accelerators: 1, min_memory_mb: 2048, max_memory_mb: 1024} # HERE",
        path="compute.max_memory_mb",
        got="1024",
        right="must be at least min_memory_mb (2048)",
    ),
    component(
        "more copies than there may be",
        "copies: 3 # HERE\nautoscaling: {max_copies: 2, invocations_per_copy: 60}",
        path="copies",
        got="3",
        right="must be from autoscaling.min_copies (1) to autoscaling.max_copies (2)",
    ),
    component(
        "adapter that is a prefix",
        "adapters: [{name: legal, model_data: s3://example-models/legal/}] # HERE",
        path="adapters[0].model_data",
        got='"s3://example-models/legal/"',
        right="an adapter is one compressed file",
    ),
    component(
        "two adapters of a name",
        f"""
        adapters:
          - {{name: legal, model_data: "{DATA}"}}
          - {{name: legal, model_data: "{DATA}"}} # HERE
        """,
        path="adapters[1].name",
        got='"legal"',
        right="is the name of an earlier adapter",
    ),
    component(
        "no time for the batches",
        "deployment: {step_percent: 5, wait_seconds: 600, max_minutes: 60} # HERE",
        path="deployment.wait_seconds",
        got="600",
        right="is too long: 20 times wait_seconds (600) must be less than max_minutes (60)",
    ),
    endpoint(
        "compute of other types than there are",
        "inference_components",
        f"""
        instance_pools: [ml.g5.12xlarge, ml.g6.12xlarge]
        components:
          - name: chat
            image: {IMAGE}
            compute_by_type: # HERE
              - {{instance_type: ml.g5.12xlarge, accelerators: 1, min_memory_mb: 1024}}
              - {{instance_type: ml.p5.48xlarge, accelerators: 1, min_memory_mb: 1024}}
        """,
        path="components[0].compute_by_type",
        got='["ml.g5.12xlarge", "ml.p5.48xlarge"]',
        right="must name each of the instance_pools once (ml.g5.12xlarge, ml.g6.12xlarge)",
    ),
    endpoint(
        "names that are too long together",
        "inference_components",
        COMPONENTS.replace("name: chat", f"name: {'c' * 30} # HERE"),
        path="components[0].name",
        got='"ccc',
        right="endpoint, component and adapter may have 41 characters together",
        name="a-rather-long-name",
    ),
    endpoint(
        "canary of components",
        "inference_components",
        f"instance_count: 2\ndeployment: {{strategy: canary}} # HERE\n{COMPONENTS}",
        path="deployment.strategy",
        got='"canary"',
        right="must be all-at-once or rolling",
    ),
    endpoint(
        "more instances than may be",
        "inference_components",
        f"instance_count: 3 # HERE\ninstance_scaling: {{max_instances: 2}}\n{TO_ZERO}",
        path="instance_count",
        got="3",
        right="must be from instance_scaling.min_instances (0) to instance_scaling.max_instances (2)",  # noqa: E501
    ),
    endpoint(
        "steps of idle instances",
        "inference_components",
        f"""\
        instance_scaling:
          max_instances: 2
          scale_in: {{strategy: idle_release, max_step: 2}} # HERE
        {COMPONENTS.replace(chr(10), chr(10) + "        ")}""",
        path="instance_scaling.scale_in.max_step",
        got="2",
        right="applies only to strategy consolidation. Remove the line",
    ),
]


def transform(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    """Add a batch transform; the lines replace its defaults or come after them."""
    body = with_defaults(
        lines,
        name="scores",
        image=IMAGE,
        instance_type="ml.m5.xlarge",
        input="{uri: s3://example-customers/features/}",
    )
    text = f"{BASE}inference:\n  batch_transforms:\n    -\n{indent(body, '      ')}"
    return Bad(id, text, f"inference.batch_transforms[0].{path}", got, right)


TRANSFORMS = [
    Bad(
        "must have endpoints, batch_transforms or routers",
        f"{BASE}inference: {{}} # HERE\n",
        "inference",
        "{}",
        "must have endpoints, batch_transforms or routers",
    ),
    Bad(
        "two jobs of a name",
        BASE
        + dedent(f"""\
        inference:
          batch_transforms:
            - name: a-b
              image: {IMAGE}
              instance_type: ml.m5.xlarge
              input: {{uri: s3://example-customers/features/}}
            - name: ab # HERE
              image: {IMAGE}
              instance_type: ml.m5.xlarge
              input: {{uri: s3://example-customers/features/}}
        """),
        "inference.batch_transforms[1].name",
        '"ab"',
        "must be unique: an earlier job has the same name if hyphens are ignored",
    ),
    transform(
        "type for endpoints only",
        "instance_type: ml.t2.medium # HERE",
        path="instance_type",
        got='"ml.t2.medium"',
        right="must be an instance type for batch transform",
    ),
    transform(
        "input that is a file",
        "input: {uri: s3://example-customers/features.csv} # HERE",
        path="input.uri",
        got='"s3://example-customers/features.csv"',
        right="must end in / with type prefix",
    ),
    transform(
        "manifest that is a prefix",
        "input: {uri: s3://example-customers/features/, type: manifest} # HERE",
        path="input.uri",
        got='"s3://example-customers/features/"',
        right="must be one object with type manifest",
    ),
    transform(
        "records of whole files",
        "requests: {batch_strategy: multi_record} # HERE",
        path="requests.batch_strategy",
        got='"multi_record"',
        right="requires input.split_type, because a file without it is one record",
    ),
    transform(
        "too much at the same time",
        "requests: {max_payload_mb: 20, max_concurrent_transforms: 6} # HERE",
        path="requests.max_concurrent_transforms",
        got="6",
        right="must be at most 5: times max_payload_mb (20) it may be 100",
    ),
    transform(
        "schedule in words",
        "schedule: {expression: daily} # HERE",
        path="schedule.expression",
        got='"daily"',
        right="must be cron(...) with six fields, such as cron(0 3 * * ? *), or rate(...)",
    ),
    transform(
        "filter that is no path",
        "output: {input_filter: 'features'} # HERE",
        path="output.input_filter",
        got='"features"',
        right="must match",
    ),
    transform(
        "key of another region",
        f"model_data: {DATA}\nmodel_data_key_arn: "
        "arn:aws:kms:us-east-1:555555555555:key/1234abcd-12ab-34cd-56ef-1234567890ab # HERE",
        path="model_data_key_arn",
        got='"arn:aws:kms:us-east-1',
        right="must be in eu-west-1, as the environment is",
    ),
]

AROUND = [
    endpoint(
        "invoker without a principal",
        "real_time",
        "invokers: [{name: shop}] # HERE",
        path="invokers[0].name",
        got='"shop"',
        right="must have one of role_arn and account",
    ),
    endpoint(
        "invoker that is a user",
        "real_time",
        "invokers: [{name: shop, role_arn: arn:aws:iam::555555555555:user/alice}] # HERE",
        path="invokers[0].role_arn",
        got='"arn:aws:iam::555555555555:user/alice"',
        right="must be the ARN of an IAM role",
    ),
    endpoint(
        "two invokers of a name",
        "real_time",
        """
        invokers:
          - {name: a-b, account: "555555555555"}
          - {name: ab, account: "666666666666"} # HERE
        """,
        path="invokers[1].name",
        got='"ab"',
        right="must be unique: an earlier invoker has the same name if hyphens are ignored",
    ),
    endpoint(
        "experiment that ends before it starts",
        "real_time",
        f"""
        shadow_experiment:
          name: v2
          image: {IMAGE}
          instance_type: ml.m7i.large
          start: "2027-02-15T08:00:00Z"
          end: "2027-02-01T08:00:00Z" # HERE
        """,
        path="shadow_experiment.end",
        got='"2027-02-01T08:00:00Z"',
        right="must be later than start (2027-02-15T08:00:00Z)",
    ),
    endpoint(
        "experiment of more than 30 days",
        "real_time",
        f"""
        shadow_experiment:
          name: v2
          image: {IMAGE}
          instance_type: ml.m7i.large
          start: "2027-02-15T08:00:00Z"
          end: "2027-03-18T08:00:00Z" # HERE
        """,
        path="shadow_experiment.end",
        got='"2027-03-18T08:00:00Z"',
        right="must be at most 30 days after start (2027-02-15T08:00:00Z)",
    ),
    endpoint(
        "time without a zone",
        "real_time",
        f"""
        shadow_experiment:
          name: v2
          image: {IMAGE}
          instance_type: ml.m7i.large
          start: "2027-02-15 08:00" # HERE
        """,
        path="shadow_experiment.start",
        got='"2027-02-15 08:00"',
        right='must be a valid time in UTC, in quotes, such as "2027-01-31T08:00:00Z"',
    ),
    endpoint(
        "experiment on what scales",
        "real_time",
        f"""
        autoscaling: {{max_instances: 2, invocations_per_instance: 60}}
        shadow_experiment:
          name: v2 # HERE
          image: {IMAGE}
          instance_type: ml.m7i.large
        """,
        path="shadow_experiment.name",
        got='"v2"',
        right=(
            "must not be combined with autoscaling, because SageMaker compares two variants of "
            "fixed size"
        ),
    ),
]


@pytest.mark.parametrize(
    "bad",
    [*TYPES, *INSTANCES, *SCALING, *REAL_TIME, *OTHERS, *COMPONENT, *TRANSFORMS, *AROUND],
    ids=lambda bad: bad.id,
)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)
