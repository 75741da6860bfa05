"""What routes look like in the usual frameworks: regular expressions over one line each."""

from __future__ import annotations

import re

STRING = r"[rbuf]?[\"'`]([^\"'`\n]{0,200})[\"'`]"
VERBS = r"get|post|put|patch|delete|head|options|all|any|handle|handlefunc|handler|route|api_route|websocket|match|group|use|mount"

DECORATOR = re.compile(
    r"^\s*(?:@|\[|#\[)\s*(?:[\w.]+[.:]+)?(Http)?(get|post|put|patch|delete|route|api_route|websocket|expose|path|action|all|requestmapping|query|mutation|resolvefield"
    r"|(?:get|post|put|patch|delete)mapping|list_route|detail_route|api_view|view_config|rest|webservice)\b\s*(?:\(\s*(.*))?",
    re.IGNORECASE,
)
CLASS_PREFIX = re.compile(
    rf"^\s*(?:@|\[|#\[)\s*(?:Controller|RestController|RequestMapping|Path|Route|RoutePrefix|JsonController|Resolver|Router)\s*\(\s*(?:\{{[^}}]*?path\s*:\s*|value\s*=\s*|path\s*=\s*|name\s*=\s*)?\{{?\s*{STRING}",
    re.IGNORECASE,
)
ROUTER_PREFIX = re.compile(
    rf"(?:APIRouter|Blueprint|Router|Namespace|Mount|NestedSimpleRouter|new\s+Hono|express\.Router)\s*\(.*?(?:prefix|url_prefix|path)\s*[=:]\s*{STRING}"
)
CALL = re.compile(
    rf"(?:^|[^\w.])([\w.$\[\]()]*?)\.({VERBS}|map(?:get|post|put|patch|delete|methods)?|addroute|add_route|add_url_rule|add_api_route|register|resource|add_resource|addresource|scope|with)\s*(?:<[^>]*>)?\(\s*(.*)$",
    re.IGNORECASE,
)
CALL_PHP = re.compile(rf"(?:Route|\$\w+)(?:::|->)(?:\w+\([^()]*\)->)*({VERBS}|resource|apiresource|map)\s*\(\s*(.*)$", re.IGNORECASE)
BARE = re.compile(
    r"^\s*(?:\.?)(path|re_path|url|Route|WebSocketRoute|get|post|put|patch|delete|match|resources?|namespace|scope|root|web\.(?:get|post|put|patch|delete)|rule|Rule|http\.Handle(?:Func)?)[\s(]\s*(?:[:\"'rfb]{1,2}[\"']?)(.*)$"
)
FIRST_STRING = re.compile(rf"^{STRING}\s*,?\s*(.*)$", re.DOTALL)
ANY_STRING = re.compile(STRING)
OBJECT_PATH = re.compile(rf"[\"']?\b(?:path|url|route)[\"']?\s*(?::|=>)\s*{STRING}")
OBJECT_METHOD = re.compile(rf"[\"']?\b(?:method|verb)s?[\"']?\s*(?::|=>)\s*\[?\s*{STRING}")
OBJECT_HANDLER = re.compile(r"[\"']?\b(?:handler|name|controller|action)[\"']?\s*(?::|=>)\s*[\"']?([\w.#@:\\]+)")
GROUP_VARIABLE = re.compile(rf"\b(\w{{1,60}})\s*:?=\s*[\w.]{{1,80}}\.(?:Group|group|MapGroup|PathPrefix)\s*\(\s*{STRING}")
CLIENTS = re.compile(
    r"(?:^|[._])(?:axios|http|https|client|requests?|session|fetch|cache|redis|agent|supertest|params|headers|config|settings|storage|map|env|cy|page|nock|mock\w*|httpx|rest\w*|os\.environ|\$http|this\.http|data|dict|cookies|localstorage|args|kwargs|form|values|meta|registry|container|injector|memo|store)$",
    re.IGNORECASE,
)
GROUP = re.compile(
    r"(?:group|route|scope|namespace|resources?|prefix|mount|register|use|segment|path|Mount|resource)\b\s*[( ]\s*(?::|r?[\"'`])([\w/:{}<>\-.*\[\]]+)",
    re.IGNORECASE,
)
GROUP_OPENS = re.compile(r"(?:\{|\bdo(?:\s*\|[^|]*\|)?|\(|\[)\s*$")
RESOLVER = re.compile(
    r"^\s*(?:async\s+)?def\s+resolve_(\w+)|^\s*func\s+\(\w+\s+\*?(?:\w*[Rr]esolver)\)\s+(\w+)\(|^\s{2,8}(?:async\s+)?(\w+)\s*(?::\s*(?:async\s*)?(?:function\b|\()|\()\s*\(?\s*(?:_?parent|_?root|_source|_obj|_|obj|source)\b\s*,"
)
CHAIN = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|->|#|@)[A-Za-z_$][\w$]*)*")
WORTH_READING = re.compile(r"[\"'`@\[]|\($|class |interface |resolve_|resource|esolver\)|(?:parent|root|_|obj|source)\s*,")
NOT_HANDLERS = frozenset(
    [
        "async",
        "function",
        "func",
        "methods",
        "method",
        "name",
        "middleware",
        "req",
        "res",
        "ctx",
        "request",
        "response",
        "new",
        "await",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "as_view",
        "class",
        "c",
        "w",
        "r",
        "Methods",
        "lambda",
        "fn",
        "strict_slashes",
        "include",
    ]
)

MOUNT = re.compile(
    r"(?:path|re_path|url)\(\s*r?[\"']([^\"']*)[\"']\s*,\s*include\(\s*\(?\s*[\"']?([\w.]+)"
    r"|\.(?:use|route|mount|register)\(\s*[\"'`]([^\"'`]*)[\"'`]\s*,(?:[^,()\n]*,)*\s*(?:require\(\s*[\"']([\w./\-]+)|([\w.]+))"
    r"|(?:include_router|register_blueprint|add_router|register)\(\s*([\w.]+).*?(?:url_)?prefix\s*[=:]\s*[\"']([^\"']*)"
)
LIST_NAME = re.compile(r"^(\w+)\s*(?::[^=]+)?(?:\+)?=\s*(?:\[|\w+\()")
EVERYDAY = frozenset(
    "urls router routers routes app api index views urlpatterns include bp blueprint controller handler module server src".split()  # noqa: SIM905
)
MAY_HAVE_ROUTES = re.compile(
    rf"(?i)\.register\(|[@\[.:>#]\s*(?:http)?(?:{VERBS})(?:mapping)?\b\s*\(|requestmapping|\bpath\(|\bre_path\(|\burl\(|\bRoute\(|resources?\s+:|\b(?:get|post|put|delete|patch)\s+['\":]|apiresource|@path|@controller|@query|@mutation|resolve_|resolvers?\b|addroute|add_resource|map(?:get|post)|\bhandlefunc\b|\burl['\"]?\s*(?:=>|:)|\bpath['\"]?\s*:\s*['\"]"
)
