"""Azure Blob Storage as far as a store needs it: block blobs with ETags, conditions, listing in pages, deleting."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.contracts.fakes.server import Answer, FakeService, Request, route

_MODIFIED = "Mon, 02 Nov 2026 08:00:00 GMT"
_PAGE = 3  # names; small, so that every listing of the tests has several pages


class FakeAzureBlob(FakeService):
    """One account, `acc`, with one container, `box`."""

    def __init__(self) -> None:
        self.blobs: dict[str, tuple[bytes, str]] = {}
        self._writes = 0
        super().__init__()

    @property
    def connection_string(self) -> str:
        return f"DefaultEndpointsProtocol=http;AccountName=acc;AccountKey=a2V5;BlobEndpoint={self.url}/acc;"

    @route("GET", r"/acc/box/(.+)")
    def get_blob(self, request: Request, name: str) -> Answer:
        if name not in self.blobs:
            return _error(404, "BlobNotFound")
        data, etag = self.blobs[name]
        status, headers = 200, {"ETag": etag, "Last-Modified": _MODIFIED, "x-ms-blob-type": "BlockBlob"}
        asked = request.headers.get("x-ms-range", "")
        if asked:
            start, _, end = asked.removeprefix("bytes=").partition("-")
            if int(start) >= len(data):
                return _error(416, "InvalidRange")
            part = data[int(start) : int(end) + 1]
            headers["Content-Range"] = f"bytes {start}-{int(start) + len(part) - 1}/{len(data)}"
            status, data = 206, part
        return Answer(status=status, data=data, headers=headers)

    @route("PUT", r"/acc/box/(.+)")
    def put_blob(self, request: Request, name: str) -> Answer:
        there = self.blobs.get(name)
        if request.headers.get("if-none-match") == "*" and there is not None:
            return _error(409, "BlobAlreadyExists")
        wanted = request.headers.get("if-match")
        if wanted is not None and (there is None or there[1] != wanted):
            return _error(412, "ConditionNotMet")
        self._writes += 1
        self.blobs[name] = (request.body, f'"0x{self._writes:08X}"')
        return Answer(
            status=201, headers={"ETag": self.blobs[name][1], "Last-Modified": _MODIFIED, "x-ms-request-server-encrypted": "true"}
        )

    @route("DELETE", r"/acc/box/(.+)")
    def delete_blob(self, request: Request, name: str) -> Answer:
        if self.blobs.pop(name, None) is None:
            return _error(404, "BlobNotFound")
        return Answer(status=202)

    @route("GET", r"/acc/box")
    def list_blobs(self, request: Request) -> Answer:
        after = request.query.get("marker", "")
        names = sorted(name for name in self.blobs if name.startswith(request.query.get("prefix", "")) and name > after)
        page = names[:_PAGE]
        found = "".join(f"<Blob><Name>{escape(name)}</Name><Properties /></Blob>" for name in page)
        marker = page[-1] if len(names) > _PAGE else ""
        return _xml(f"<EnumerationResults><Blobs>{found}</Blobs><NextMarker>{escape(marker)}</NextMarker></EnumerationResults>")

    def before(self, request: Request) -> Answer | None:
        return None if request.path.startswith("/acc/box") else _error(404, "ContainerNotFound")


def _error(status: int, code: str) -> Answer:
    answer = _xml(f"<Error><Code>{code}</Code><Message>said the fake</Message></Error>")
    answer.status = status
    answer.headers["x-ms-error-code"] = code
    return answer


def _xml(body: str) -> Answer:
    return Answer(text=f'<?xml version="1.0" encoding="utf-8"?>{body}', headers={"Content-Type": "application/xml"})
