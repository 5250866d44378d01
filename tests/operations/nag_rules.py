"""Reads the rules of the installed cdk-nag: which controls, and which resource types."""

import csv
import io
import re
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import aws_cdk
import cdk_nag

PACKS = {
    "AwsSolutions": "aws-solutions",
    "NIST.800.53.R5": "nist-800-53-r5",
    "HIPAA.Security": "hipaa-security",
    "PCI.DSS.321": "pci-dss-321",
}
_RULE = re.compile(r"this\.applyRule\(\{(.*?)\n\s+\}\);", re.DOTALL)
_INFO = re.compile(r"info: (['\"])(.*?)\1,\n", re.DOTALL)
_NAME = re.compile(r"rule: \w+\.(\w+)")
_SUFFIX = re.compile(r"ruleSuffixOverride: '([^']+)'")
_CONTROLS = re.compile(r"\s*-?\s*\(Control IDs?: (.*)\)\.?$")
_CLASS = re.compile(r"node instanceof (\w+)_\d+\.(Cfn\w+)")
_MODULE = re.compile(r'const (\w+)_\d+ = require\("aws-cdk-lib/(aws-[\w-]+)"\)')
_TYPE = re.compile(
    r"\nclass (Cfn\w+)\((?:(?!\nclass ).)*?:cloudformationResource: (\S+)", re.DOTALL
)


def rules_table() -> str:
    """Return the table of rules as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["pack", "rule", "controls", "types", "title"])
    writer.writerows(sorted(_rows()))
    return text.getvalue()


def _rows() -> Iterator[tuple[str, str, str, str, str]]:
    files = _files()
    looked_at = {
        Path(name).stem: " ".join(sorted(_types(text)))
        for name, text in files.items()
        if "/rules/" in name
    }
    for pack, file in PACKS.items():
        for block in _RULE.findall(files[f"package/lib/packs/{file}.js"]):
            info = _INFO.search(block)
            name = _NAME.search(block)
            assert info, block
            assert name, block
            suffix = _SUFFIX.search(block)
            title = info[2].replace("\\'", "'")
            controls = _CONTROLS.search(title)
            yield (
                pack,
                f"{pack}-{suffix[1] if suffix else name[1]}",
                " ".join(controls[1].split(", ")) if controls else "",
                looked_at[name[1]],
                _CONTROLS.sub("", title).rstrip("."),
            )


def _types(text: str) -> set[str]:
    modules = dict(_MODULE.findall(text))
    return {_type(modules[module], name) for module, name in _CLASS.findall(text)}


def _type(module: str, name: str) -> str:
    return _types_of(module)[name]


@cache
def _types_of(module: str) -> dict[str, str]:
    folder = Path(aws_cdk.__file__).parent / module.replace("-", "_")
    return dict(_TYPE.findall((folder / "__init__.py").read_text("utf-8")))


def _files() -> dict[str, str]:
    [package] = (Path(cdk_nag.__file__).parent / "_jsii").glob("*.tgz")
    with tarfile.open(package) as archive:
        return {
            member.name: file.read().decode("utf-8")
            for member in archive
            if member.name.endswith(".js") and (file := archive.extractfile(member))
        }
