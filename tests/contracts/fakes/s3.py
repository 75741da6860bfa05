"""S3 as far as a store needs it: objects with ETags, conditional writes, listing in pages, deleting many at once."""

from __future__ import annotations

import re
from hashlib import md5
from xml.sax.saxutils import escape

from tests.contracts.fakes.server import Answer, FakeService, Request, route

_PAGE = 3  # keys; small, so that every listing of the tests has several pages


class FakeS3(FakeService):
    """One bucket, `bucket`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        super().__init__()

    @route("GET", r"/bucket/(.+)")
    def get_object(self, request: Request, key: str) -> Answer:
        data = self.objects.get(key)
        return _error(404, "NoSuchKey") if data is None else Answer(data=data, headers={"ETag": _etag(data)})

    @route("PUT", r"/bucket/(.+)")
    def put_object(self, request: Request, key: str) -> Answer:
        there = self.objects.get(key)
        wanted = request.headers.get("if-match")
        if wanted is not None and there is None:
            return _error(404, "NoSuchKey")
        if (wanted is not None and there is not None and _etag(there) != wanted) or (
            request.headers.get("if-none-match") == "*" and there is not None
        ):
            return _error(412, "PreconditionFailed")
        self.objects[key] = request.body
        return Answer(headers={"ETag": _etag(request.body)})

    @route("GET", r"/bucket/?")
    def list_objects(self, request: Request) -> Answer:
        after = request.query.get("continuation-token", "")
        keys = sorted(key for key in self.objects if key.startswith(request.query.get("prefix", "")) and key > after)
        page = keys[:_PAGE]
        more = (
            f"<IsTruncated>true</IsTruncated><NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if len(keys) > _PAGE else ""
        )
        contents = "".join(f"<Contents><Key>{escape(key)}</Key><Size>1</Size></Contents>" for key in page)
        return _xml(f"<ListBucketResult>{more}{contents}</ListBucketResult>")

    @route("POST", r"/bucket/?")
    def delete_objects(self, request: Request) -> Answer:
        for key in re.findall(r"<Key>(.*?)</Key>", request.body.decode()):
            self.objects.pop(key, None)
        return _xml("<DeleteResult></DeleteResult>")

    def before(self, request: Request) -> Answer | None:
        return None if request.path.startswith("/bucket") else _error(404, "NoSuchBucket")


def _etag(data: bytes) -> str:
    return f'"{md5(data, usedforsecurity=False).hexdigest()}"'


def _error(status: int, code: str) -> Answer:
    answer = _xml(f"<Error><Code>{code}</Code><Message>said the fake</Message></Error>")
    answer.status = status
    return answer


def _xml(body: str) -> Answer:
    return Answer(text=f'<?xml version="1.0" encoding="UTF-8"?>{body}', headers={"Content-Type": "application/xml"})
