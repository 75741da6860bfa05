"""Settings whose value costs time, and the way it must move: a table, first match wins."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`way`: which change costs time: down, up, off (a switch), on, or any."""

    factor: str
    keys: re.Pattern[str]
    way: str
    weight: float


def rule(factor: str, keys: str, way: str, weight: float) -> Rule:
    return Rule(factor=factor, keys=re.compile(keys, re.IGNORECASE), way=way, weight=weight)


RULES = (
    rule("pool", r"pool|max.?(?:open.?|idle.?|total.?|client.?|db.?)?conn(?:ection)?s?\b|max.?overflow|connection.?limit|min.?idle|max.?idle|max.?active|maxopenconns|maxidleconns|default_pool|reserve_pool", "down", 0.93),
    rule("pool", r"worker|thread|concurren|process(?:es)?\b|replica|WEB_CONCURRENCY|gomaxprocs|max.?children|start.?servers|spare.?servers|max.?clients|acceptors|executor|parallel|backlog|^instances?\b|max.?in.?flight|max.?requests.?per|queue.?(?:size|capacity|depth)|prefetch|permits|(?:desired|task|instance|machine|node).?(?:count|capacity)|^count\b|min.?(?:replicas|size|capacity)|max.?(?:replicas|size|capacity)|scale", "down", 0.86),
    rule("cache", r"(?:cache|redis|memo(?!r)|lru|store).*(?:size|max|entries|items|ttl|timeout|expir|age|duration|lifetime|capacity|memory|seconds|minutes)|\bttl\b|(?<!conn.)(?<!connection.)max.?age|stale|maxmemory|shared_buffers|work_mem|buffer_pool|effective_cache|query_cache|cache_?size|s-?maxage|expires|open_file_cache|opcache", "down", 0.86),
    rule("cache", r"cache|caching|memoiz|opcache|buffering|\bproxy_cache", "off", 0.86),
    rule("cache", r"cache|session.?(?:engine|store)|\bbackend\b|store", "value", 0.6),
    rule("cpu", r"\bcpus?\b|cpu_|nano_cpus|vcpu|millicores|\bunits\b", "down", 0.9),
    rule("cpu", r"instance.?(?:type|class|size)|machine.?type|node.?type|vm.?size|\bsku\b|\btier\b|\bplan\b|flavor|resource.?class", "size", 0.85),
    rule("memory", r"mem(?:ory)?\b|mem_limit|-Xmx|-Xms|max.?old.?space|heap|jvm", "down", 0.74),
    rule("memory", r"GOGC|gomemlimit|max.?heap|new.?size", "down", 0.6),
    rule("network", r"keep.?alive|conn_max_age|max.?idle.?time|idle.?timeout|max.?lifetime|conn(?:ection)?.?(?:max.?)?(?:age|ttl|lifetime)|http2|persistent|tcp_nodelay|sendfile|tcp_nopush|pooling|reuse", "off", 0.72),
    rule("network", r"keep.?alive|conn_max_age|conn.?max.?lifetime|max.?lifetime|idle.?timeout|max.?idle.?time", "down", 0.68),
    rule("payload", r"gzip|compress|brotli|deflate|zstd|minif", "off", 0.8),
    rule("payload", r"(?:gzip|compress|brotli|zstd).*level|comp_level", "up", 0.62),
    rule("payload", r"gzip_min_length|min.?(?:length|size|response.?size)|compression.?threshold", "up", 0.62),
    rule("payload", r"page.?size|per.?page|max.?(?:results|page|limit)|default.?limit|\blimit\b|fetch.?limit|depth", "up", 0.5),
    rule("logging", r"log.?level|\blevel\b|logging|log_min_messages|verbosity|loglevel|RUST_LOG|root\b", "verbose", 0.72),
    rule("logging", r"debug|\becho\b|show.?sql|format.?sql|profil(?:er|ing)|trac(?:e|ing)(?!.*rate)|sql.?log|log.?(?:statement|queries|requests|min_duration)|verbose|--?inspect|--reload|hot.?reload|auto.?reload|dev.?mode|slow_query|access.?log|record|audit|synchronous.?log|track", "on", 0.68),
    rule("logging", r"sampl\w*|traces?.?(?:sample|rate)|probability|profiles_sample", "up", 0.62),
    rule("logging", r"^(?:(?:node|rails|app|flask|rack|django|asp\w*|spring)?[_.]?env(?:ironment)?|\w*profiles?(?:[_.]active)?|mode)\b", "environment", 0.7),
    rule("limit", r"rate.?limit|throttl|quota|limit_req|burst|requests?.?per|rps|qps|max.?rate|bandwidth", "down", 0.74),
    rule("limit", r"timeout|deadline|wait", "down", 0.34),
    rule("limit", r"retr(?:y|ies)|attempts|backoff|delay|interval|sleep|linger|debounce|poll|cooldown|jitter", "up", 0.55),
    rule("limit", r"timeout|max.?wait|lock.?timeout", "up", 0.3),
    rule("database", r"batch|chunk|fetch.?size|bulk|flush.?(?:size|at)|buffer.?size|read.?ahead|block.?size", "down", 0.66),
    rule("database", r"random_page_cost|seq_page_cost|checkpoint_timeout|statistics_target", "up", 0.6),
    rule("database", r"enable_\w*scan|enable_\w*join|\bjit\b|autovacuum|prepared?.?statements?|statement.?cache|second.?level.?cache|prepare.?threshold|read.?replica|replica.?(?:read|url|host)|batch.?(?:inserts|updates|load)|persistent", "off", 0.7),
    rule("database", r"fsync|synchronous(?:_commit)?|journal|flush_log_at|sync_binlog|innodb_flush|appendfsync|write.?concern|acks", "value", 0.6),
    rule("database", r"atomic_requests|open.?in.?view|lazy.?load|force.?(?:ssl|sync)|strict|validat\w*|auto.?migrat|synchroni[sz]e\b|eager", "on", 0.45),
    rule("database", r"iops|throughput|storage.?(?:type|class)|volume.?(?:type|size)|disk.?(?:type|size)|allocated.?storage", "size", 0.68),
    rule("pool", r"worker.?class|worker.?type|-k\b|\bserver\b|event.?loop|\bloop\b|http_?server|mpm|scheduler|async.?mode|pool.?mode|executor.?type", "value", 0.62),
    rule("network", r"host|url|endpoint|address|region|zone|server.?name|dsn|broker|upstream|proxy_pass|affinity|node.?selector|dns|resolver|network.?mode|service.?type|traffic.?policy", "value", 0.4),
    rule("network", r"sidecar|istio|inject|mtls|\btls\b|\bssl\b|proxy\b|waf\b|mesh|encrypt|vpn", "on", 0.5),
    rule("payload", r"proxy_buffer\w*|client_body_buffer|output_buffer|aio|directio", "down", 0.4),
    rule("other", r"async|lazy|parallel|batch\w*|index\w*|stream\w*|prefetch|preload|warm\w*|fast\w*|optimi[sz]\w*|bulk|concurrent|jit|cdn|precompil\w*|eager.?load|yjit|bootsnap|turbo|incremental|offload|background|queue", "off", 0.6),
    rule("cpu", r"bcrypt|argon|pbkdf2|scrypt|rounds|iterations|cost\b|work.?factor|stretches|hash.?(?:cost|rounds)|password.?hasher|key.?length|complexity", "up", 0.82),
)  # fmt: skip
