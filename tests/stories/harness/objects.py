"""Amazon S3 as far as clients of stories use it: parsing of calls, and objects in memory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from operations.rehearsal.server.wire import service_model

Response = tuple[int, dict[str, str], bytes]

# Method, whether the path has a key, and a parameter of the query that tells operations apart.
_OPERATIONS = {
    ("GET", False, "list-type"): "ListObjectsV2",
    ("GET", False, "location"): "GetBucketLocation",
    ("GET", False, "uploads"): "ListMultipartUploads",
    ("POST", False, "delete"): "DeleteObjects",
    ("POST", True, "uploads"): "CreateMultipartUpload",
    ("POST", True, "uploadId"): "CompleteMultipartUpload",
    ("PUT", True, "partNumber"): "UploadPart",
    ("DELETE", True, "uploadId"): "AbortMultipartUpload",
    ("GET", False, ""): "ListObjects",
    ("HEAD", False, ""): "HeadBucket",
    ("PUT", False, ""): "CreateBucket",
    ("DELETE", True, ""): "DeleteObject",
    ("GET", True, ""): "GetObject",
    ("HEAD", True, ""): "HeadObject",
    ("PUT", True, ""): "PutObject",
}


@dataclass(frozen=True)
class ObjectCall:
    """A call of Amazon S3."""

    operation: str
    parameters: Mapping[str, Any]
    body: bytes


def parse(
    method: str, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes
) -> ObjectCall | None:
    """Return the call of a request with the bucket in its path; None if it is unknown."""
    bucket, _, key = unquote(path.lstrip("/")).partition("/")
    if not bucket:
        return ObjectCall("ListBuckets", {}, body) if method == "GET" else None
    operation = next(
        (
            name
            for (verb, has_key, part), name in _OPERATIONS.items()
            if (verb, has_key) == (method, bool(key)) and (not part or part in query)
        ),
        None,
    )
    if operation is None:
        return None
    if operation == "PutObject" and "x-amz-copy-source" in headers:
        operation = "CopyObject"
    if "aws-chunked" in headers.get("content-encoding", ""):
        body = _unchunked(body)
    parameters: dict[str, Any] = {"Bucket": bucket} | ({"Key": key} if key else {})
    shape = service_model("s3").operation_model(operation).input_shape
    for name, member in shape.members.items():
        wire_name = str(member.serialization.get("name", name))
        location = member.serialization.get("location")
        if location == "header" and wire_name.lower() in headers:
            parameters[name] = headers[wire_name.lower()]
        elif location == "querystring" and wire_name in query:
            parameters[name] = query[wire_name][0]
    if operation == "CopyObject":
        source, _, copied = unquote(headers["x-amz-copy-source"].lstrip("/")).partition("/")
        parameters["CopySource"] = {"Bucket": source, "Key": copied}
    if operation == "DeleteObjects":
        keys = [one.text for one in ElementTree.fromstring(body).iter() if one.tag.endswith("Key")]
        parameters["Delete"] = {"Objects": [{"Key": one} for one in keys]}
    return ObjectCall(operation, parameters, body)


def _unchunked(body: bytes) -> bytes:
    """Return the content of a body in chunks (Amazon S3 API Reference, "aws-chunked")."""
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.partition(b";")[0] or b"0", 16)
        if length == 0:
            break
        found, body = found + rest[:length], rest[length + 2 :]
    return found


@dataclass
class Objects:
    """Objects of all buckets.

    Attributes:
        buckets: names of buckets that exist.
        content: content of objects by bucket and key.
    """

    buckets: frozenset[str]
    content: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def answer(self, call: ObjectCall) -> Response:
        """Return the response of an authorized call."""
        bucket, key = call.parameters.get("Bucket", ""), call.parameters.get("Key", "")
        if bucket and bucket not in self.buckets and not call.operation.startswith("Create"):
            return failure(call.operation, 404, "NoSuchBucket", "The bucket does not exist")
        match call.operation:
            case "ListBuckets":
                names = "".join(
                    f"<Bucket><Name>{one}</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate>"
                    "</Bucket>"
                    for one in sorted(self.buckets)
                )
                return _xml("ListAllMyBucketsResult", f"<Buckets>{names}</Buckets>")
            case "GetBucketLocation":
                return _xml("LocationConstraint", "eu-west-1")
            case "ListObjectsV2" | "ListObjects":
                return self._list(bucket, str(call.parameters.get("Prefix", "")))
            case "PutObject" | "UploadPart":
                self.content[bucket, key] = call.body
            case "CopyObject":
                source = call.parameters["CopySource"]
                self.content[bucket, key] = self.content.get((source["Bucket"], source["Key"]), b"")
                return _xml("CopyObjectResult", '<ETag>"0"</ETag>')
            case "CreateMultipartUpload":
                return _xml("InitiateMultipartUploadResult", "<UploadId>1</UploadId>")
            case "CompleteMultipartUpload":
                return _xml("CompleteMultipartUploadResult", '<ETag>"0"</ETag>')
            case "GetObject" | "HeadObject":
                return self._read(call, (bucket, key))
            case "DeleteObjects":
                return _xml("DeleteResult", "")
            case "DeleteObject" | "AbortMultipartUpload":
                self.content.pop((bucket, key), None)
                return 204, {}, b""
        return 200, {"ETag": '"0"'}, b""

    def _list(self, bucket: str, prefix: str) -> Response:
        found = [
            f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>0</ETag>"
            "<LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
            for (owner, key), content in self.content.items()
            if owner == bucket and key.startswith(prefix)
        ]
        inner = f"<Name>{bucket}</Name><IsTruncated>false</IsTruncated>{''.join(found)}"
        return _xml("ListBucketResult", f"{inner}<KeyCount>{len(found)}</KeyCount>")

    def _read(self, call: ObjectCall, place: tuple[str, str]) -> Response:
        content = self.content.get(place)
        if content is None:
            return failure(call.operation, 404, "NoSuchKey", "The key does not exist")
        headers = {"ETag": '"0"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", str(call.parameters.get("Range", "")))
        if match and call.operation == "GetObject":
            start, end = int(match[1]), int(match[2] or len(content) - 1)
            part = content[start : end + 1]
            last = start + len(part) - 1
            headers["Content-Range"] = f"bytes {start}-{last}/{len(content)}"
            return 206, headers, part
        return 200, headers, content


def failure(operation: str, status: int, code: str, message: str) -> Response:
    """Return the response of a call that fails; those to HEAD have no body."""
    if operation.startswith("Head"):
        return status, {}, b""
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return status, {"Content-Type": "application/xml"}, body.encode()


def _xml(tag: str, inner: str) -> Response:
    return 200, {"Content-Type": "application/xml"}, f"<{tag}>{inner}</{tag}>".encode()
