"""Classes of data that do not fit: unknown, missing, or in the wrong place."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, HERE, Bad, added, check, faults, write

REQUIRED = "data_classes: {required: true, default: internal}\n"
BAD = [
    added(
        "unknown_class",
        """\
        lakehouse:
          layers:
            - name: raw
              data_class: confidental # HERE
        """,
        path="lakehouse.layers[0].data_class",
        got='"confidental"',
        right="must be one of data_classes.names; did you mean confidential?",
    ),
    added(
        "own_vocabulary",
        """\
        data_classes:
          names: [green, red]
        lakehouse:
          layers:
            - name: raw
              data_class: internal # HERE
        """,
        path="lakehouse.layers[0].data_class",
        got='"internal"',
        right="must be one of data_classes.names; there are: green, red",
    ),
    added(
        "layer_without_class",
        """\
        data_classes: {required: true, default: internal}
        foundation: {artifact_data_class: internal}
        lakehouse:
          layers:
            - name: raw # HERE
        """,
        path="lakehouse.layers[0].data_class",
        got=None,
        right="must be given, because data_classes.required is true. Add one of public, internal",
    ),
    added(
        "namespace_without_class",
        """\
        data_classes: {required: true, default: internal}
        foundation: {artifact_data_class: internal}
        lakehouse:
          layers: [{name: raw, data_class: internal}]
          catalog: {s3_tables: create}
          permissions: {}
          table_buckets:
            - name: events
              namespaces:
                - name: web # HERE
        """,
        path="lakehouse.table_buckets[0].namespaces[0].data_class",
        got=None,
        right="must be given, because data_classes.required is true",
    ),
    added(
        "capture_without_class",
        """\
        data_classes: {required: true, default: internal}
        foundation: {artifact_data_class: internal}
        inference:
          endpoints:
            - name: churn
              image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.4.0
              instance_type: ml.c7i.xlarge
              data_capture: # HERE
                sampling_percentage: 20
        """,
        path="inference.endpoints[0].data_capture.data_class",
        got=None,
        right="must be given, because data_classes.required is true",
    ),
    added(
        "group_without_class",
        """\
        data_classes: {required: true, default: internal}
        foundation: {artifact_data_class: internal}
        feature_store:
          groups:
            - name: customers # HERE
              features: [{name: id, type: string}, {name: at, type: string}]
              record_identifier: id
              event_time: at
              online: {}
        """,
        path="feature_store.groups[0].data_class",
        got=None,
        right="must be given, because data_classes.required is true",
    ),
    added(
        "features_more_protected_than_their_layer",
        """\
        lakehouse:
          layers: [{name: curated, data_class: internal}]
        feature_store:
          groups:
            - name: customers
              data_class: restricted # HERE
              features: [{name: id, type: string}, {name: at, type: string}]
              record_identifier: id
              event_time: at
              offline: {layer: curated}
        """,
        path="feature_store.groups[0].data_class",
        got='"restricted"',
        right="must not be more protected than internal, the class of the layer",
    ),
    added(
        "required_without_default",
        """\
        data_classes:
          required: true # HERE
        """,
        path="data_classes.required",
        got="true",
        right="must come with default, the class of stores that have no key of their own",
    ),
    added(
        "default_that_is_no_class",
        """\
        data_classes:
          default: secret # HERE
        """,
        path="data_classes.default",
        got='"secret"',
        right="must be one of data_classes.names; there are: public, internal",
    ),
    added(
        "class_twice",
        """\
        data_classes:
          names:
            - public
            - internal
            - public # HERE
        """,
        path="data_classes.names[2]",
        got='"public"',
        right="must not name a class twice",
    ),
    added(
        "class_in_capitals",
        """\
        data_classes:
          names: [Public] # HERE
        """,
        path="data_classes.names[0]",
        got='"Public"',
        right="lower-case letters",
    ),
    added(
        "class_as_a_tag",
        """\
        tags:
          data-class: internal # HERE
        """,
        path="tags.data-class",
        got='"internal"',
        right="Use `data_classes: {default: internal}`",
    ),
    added(
        "class_as_an_lf_tag_of_a_layer",
        """\
        lakehouse:
          permissions: {}
          layers:
            - name: raw
              tags: {data-class: internal} # HERE
        """,
        path="lakehouse.layers[0].tags.data-class",
        got='"internal"',
        right="must be given as a key of its own: `data_class: internal`",
    ),
    added(
        "class_declared_as_an_lf_tag",
        """\
        lakehouse:
          layers: [{name: raw, data_class: internal}]
          permissions:
            tags:
              data-class: [internal] # HERE
        """,
        path="lakehouse.permissions.tags.data-class",
        got='["internal"]',
        right="is reserved for data_classes.names, and the platform adds it",
    ),
    added(
        "grant_on_a_class_that_is_none",
        """\
        lakehouse:
          layers: [{name: raw, data_class: internal}]
          permissions:
            grants:
              - personas: [data_scientist]
                tags: {data-class: [internal, secret]} # HERE
        personas: {data_scientist: {}}
        """,
        path="lakehouse.permissions.grants[0].tags.data-class[1]",
        got='"secret"',
        right="must be one of data_classes.names",
    ),
    added(
        "grant_on_classes_without_any",
        """\
        lakehouse:
          layers: [{name: raw}]
          permissions:
            grants:
              - personas: [data_scientist]
                tags: {data-class: [internal]} # HERE
        personas: {data_scientist: {}}
        """,
        path="lakehouse.permissions.grants[0].tags.data-class",
        got='"data-class"',
        right="must be a key of permissions.tags",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_is_refused_in_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_every_store_without_a_class_is_named(tmp_path: Path) -> None:
    found = faults(write(tmp_path, f"{BASE}{REQUIRED}lakehouse: {{}}\n"))

    assert [one.split(": ")[1] for one in found] == [
        "foundation.artifact_data_class",
        *(f"lakehouse.layers[{index}].data_class" for index in range(3)),
    ]


def test_classes_without_permissions_are_tags_of_buckets_only(tmp_path: Path) -> None:
    text = f"{BASE}lakehouse: {{layers: [{{name: raw, data_class: internal}}]}}\n"
    assert HERE not in text

    [environment] = load_environments(files=[write(tmp_path, text)])

    assert environment.data_classes.names == ["public", "internal", "confidential", "restricted"]
