"""What slows services down, as it looks in a diff: a table of shapes of added and removed lines, for every language at once.

Each pattern has a family (what kind of cause it is), a weight (how often such a line is the cause when it stands in a pull request that made
something slower, from the project's own cases), and a sentence that says what it does. The table is long because the world is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    QUERY_LOOP = "query in a loop"
    ORM_LOADING = "related rows loaded one by one"
    LOST_INDEX = "lost index"
    SQL = "slower query"
    FULL_LOAD = "more rows loaded"
    LOST_CACHE = "lost cache"
    BLOCKING = "blocking call"
    SLEEP = "sleep"
    QUADRATIC = "quadratic work"
    COMPUTE = "more computation"
    SEQUENTIAL = "lost concurrency"
    LOST_BATCH = "lost batching"
    CLIENT = "connection or client per request"
    PAYLOAD = "larger response"
    COMPRESSION = "lost compression"
    LOCK = "lock"
    TRANSACTION = "transaction"
    RETRY = "retry"
    LOGGING = "logging"
    MIDDLEWARE = "work on every request"
    GUARD = "lost early exit"
    CALL = "additional call"
    SETTING = "changed setting"
    DEPENDENCY = "dependency step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """`sign`: "+" a bad thing added, "-" a good thing removed. `needs`: "loop", "loop2" (a loop in a loop), "async" or
    "function" (the line's surroundings), "inside" (the line is an element of a call or list that the pattern finds above it), or empty. `ignoring`: parts of a line that only look like it."""

    family: Family
    sign: str
    regex: re.Pattern[str]
    weight: float
    says: str
    needs: str = ""
    unless: re.Pattern[str] | None = None
    ignoring: re.Pattern[str] | None = None

    def search(self, text: str) -> re.Match[str] | None:
        """Positions are those of `text`: what is ignored is blanked, not cut."""
        if self.unless is not None and self.unless.search(text):
            return None
        if self.ignoring is not None:
            text = self.ignoring.sub(lambda match: " " * len(match[0]), text)
        return self.regex.search(text)


def _p(
    family: Family,
    sign: str,
    regex: str,
    weight: float,
    says: str,
    *,
    needs: str = "",
    unless: str = "",
    ignoring: str = "",
    flags: int = 0,
) -> Pattern:
    return Pattern(
        family=family,
        sign=sign,
        regex=re.compile(regex, flags),
        weight=weight,
        says=says,
        needs=needs,
        unless=re.compile(unless, flags) if unless else None,
        ignoring=re.compile(ignoring) if ignoring else None,
    )


F = Family
I = re.IGNORECASE  # noqa: E741 - one letter keeps the table readable

DATABASE = (
    r"\.(?:execute|executemany|fetchone|fetchall|fetchval|fetchrow|scalar(?:s|_one\w*)?|raw|rawQuery|queryRaw|QueryRow(?:Context)?|QueryContext|ExecContext|QueryAsync|ExecuteAsync|"
    r"QueryFirst\w*|ExecuteScalar\w*|ExecuteReader\w*|ExecuteNonQuery\w*|findOne\w*|findById\w*|findBy\w*|findAll\w*|findMany|findUnique\w*|findFirst\w*|find_by\w*|find_or_create\w*|findAndCount\w*|"
    r"getOne|getById|get_or_create|update_or_create|select_related|FirstOrDefault\w*|SingleOrDefault\w*|FirstAsync|ToListAsync|CountAsync|AnyAsync|FindAsync|SaveChanges\w*|"
    r"Preload|pluck|exists\?|where|queryForObject|queryForList|createQuery|createNativeQuery|getResultList|getSingleResult|getReference|aggregate|countDocuments|updateOne|updateMany|insertOne|deleteOne|deleteMany|find_each)\s*[(!]"
    r"|\b\w*(?:session|db|conn(?:ection)?|cursor|database|tx|trx|knex|pool|repo(?:sitory)?|dao|prisma|em|entityManager|orm|mongo\w*|sequelize|store|DB|Db|dbContext|_context|jdbcTemplate|mapper)(?:\(\))?"
    r"(?:\.\w+)?\.(?:query|get|find|all|first|one|exec|execute|run|save|insert|update|delete|create|count|load|select|Get|Find|Query|Exec|First|Select|Where|Create|Save|List|Load|Count|fetch\w*|get\w+|find\w+|list\w+|load\w+|select\w+|Get\w+|Find\w+|List\w+|count\w+|Count\w+)\s*\("
    r"|\.objects\.|\.query\.(?:get|filter|filter_by|all|count|first)|\bDB::|->(?:get|first|find|count|exists|pluck|load|firstOrFail|findOrFail)\(\)?|::(?:find|where|query|findOrFail|first|all|count)\("
    r"|\b[A-Z]\w+\.(?:find|find_by|where|count|exists|findOne|findAll|findByPk|countDocuments|query|get_by_id)\b[\s(!?]"
    r"|\.(?:count|exists|first|last|exists\?|reload|refresh_from_db)\(\)"
    r"|\bxorm\.|\.Model\(|db\.Get\w*Context|\bdb\.\w+\(|\b\w*(?:[rR]epository|[rR]epo|[dD]ao|DAO|[mM]apper)(?:\.|->|::)\w+\("
)
NETWORK = (
    r"\b(?:requests|httpx|aiohttp|urllib\.request|urllib3|axios|got|superagent|ky|http|https|client|httpClient|_?httpClient|session|restTemplate|webClient|HTTParty|Faraday|RestClient|Guzzle|Http|grpc\w*|stub|api|\w+Client|\w+_client|\w+Api|\w+Service)"
    r"(?:\(\))?(?:\.|::|->)(?:get|post|put|patch|delete|request|send|fetch|exchange|getForObject|getForEntity|postForObject|Get|Post|Do|GetAsync|PostAsync|SendAsync|GetStringAsync|retrieve|call)\w*\s*\("
    r"|\bfetch\s*\(|\burlopen\s*\(|Net::HTTP|curl_exec|file_get_contents\s*\(\s*['\"]https?"
)
CACHE_IO = r"\b\w*(?:redis|cache|memcache\w*|rdb|kv)\w*(?:\(\))?(?:\.|->|::)(?:get|set|hget|hset|fetch|del|delete|exists|incr|expire|Get|Set|HGet|Incr|lrange|smembers|keys|scan|mget)\w*\s*\("
FILES = r"\bopen\s*\(|\b(?:readFile|writeFile|readdir|stat|appendFile)\w*\s*\(|os\.(?:ReadFile|Open|Stat|listdir|walk|stat)|File\.(?:read|open|ReadAll\w*|Exists)|Files\.(?:read\w*|lines|list|walk)|\bglob\(|Path\([^)]*\)\.(?:read|stat|exists)\w*|fopen\(|file_get_contents\("
# What surely leaves the process: for bodies of called functions, where one doubtful line must not count.
INPUT_OUTPUT = re.compile(
    rf"{NETWORK}|{CACHE_IO}|\.(?:execute|executemany|fetchone|fetchall|fetchrow|QueryRow\w*|QueryContext|ExecContext|findOne\w*|findById\w*|findAll\w*|findMany|findUnique\w*|findByPk|FirstOrDefaultAsync|ToListAsync|CountAsync|FindAsync|SaveChanges\w*|queryForObject|queryForList)\s*\("
    r"|\.objects\.|\bsession\.(?:query|get|execute|scalars?|add|merge|commit|flush|delete)\b|\bcursor\(|\.commit\(\)|\bDB::|->(?:firstOrFail|findOrFail)\(|\b\w*(?:[rR]epository|[dD]ao|DAO)(?:\.|->)\w+\(|knex\(|\.refresh_from_db\("
)
_IN_MEMORY = r"\bcache(?:d)?\[|\bmap\.get\(|\bdict\.get\(|headers\.\w+\(|params\.\w+\(|request\.(?:get|args|query|params)\b[\w.]*|kwargs\.\w+\(|os\.environ\.\w+\(|config\.get\(|settings\.\w+\(|\w+\.get\(\s*['\"][\w-]+['\"]\s*(?:,|\))|sync\.Map|Map\(\)|vector|logger|strings\.|\bre\.|string\.|\.at\("
_VERB_CALL = r"(?<![\w.])(?:await\s+)?(?:[\w$]+(?:\.|->|::))*_?(?:get|fetch|load|find|lookup|look_up|query|resolve|retrieve|read|count|compute|calculate|calc|check|fill|populate|enrich|hydrate|render|build|is_|has_|can_|Get|Fetch|Load|Find|Lookup|Query|Resolve|Retrieve|Read|Count|Compute|Calculate|Check|Is|Has|Can)(?:_?[A-Za-z]\w*)\s*\("

PATTERNS: tuple[Pattern, ...] = (
    # A query, request or cache access for each item.
    _p(F.QUERY_LOOP, "+", DATABASE, 0.9, "runs a query for each item of a loop", needs="loop", ignoring=_IN_MEMORY),
    _p(F.QUERY_LOOP, "+", NETWORK, 0.85, "makes a remote call for each item of a loop", needs="loop", ignoring=_IN_MEMORY),
    _p(F.QUERY_LOOP, "+", CACHE_IO, 0.65, "goes to the cache server for each item of a loop", needs="loop"),
    _p(F.QUERY_LOOP, "+", FILES, 0.6, "opens a file for each item of a loop", needs="loop"),
    _p(F.QUERY_LOOP, "+", r"\bSELECT\b.+\b(?:FROM|from)\b", 0.85, "runs a query for each item of a loop", needs="loop"),
    _p(F.SEQUENTIAL, "+", r"\bawait\b", 0.6, "awaits each item of a loop in turn", needs="loop", unless=r"Promise\.all|gather|WhenAll|TaskGroup|allSettled|for await|for\s+\w+\s+in"),
    _p(F.CALL, "+", r"^\s*(?:await\s+|yield\s+|return\s+)?(?:[\w$]+(?:\.|->|::))+\w+\(.*\w.*\)\s*;?\s*$", 0.25, "makes a call for each item of a loop", needs="loop", ignoring=_IN_MEMORY, unless=r"\.(?:append|add|push|extend|update|insert|put|set|write|print|join|format|info|debug|warn\w*|error|log|strip|split|replace)\("),
    _p(F.CALL, "+", _VERB_CALL, 0.42, "calls a function for each item of a loop", needs="loop", ignoring=_IN_MEMORY, unless=r"getattr|isinstance|hasattr|is_valid\b|\.getKey\(|\.getValue\(|\.getId\(|\.getName\(|get_type_hints|isNaN|isArray|IsNullOr|is_null|hasOwn"),
    # Related rows and batches.
    _p(F.ORM_LOADING, "-", r"select_related|prefetch_related|\bPrefetch\(|joinedload|selectinload|subqueryload|contains_eager|immediateload|lazy\s*=\s*['\"](?:joined|selectin|subquery)|raiseload|with_only_columns", 0.93, "no longer loads related rows together with their parents"),
    _p(F.ORM_LOADING, "-", r"\.(?:includes|preload|eager_load|with_attached_\w+|with_rich_text\w*|strict_loading)\b\s*[(:]?|\.(?:Include|ThenInclude)\s*\(|\.Preload\(|\.Joins\(|(?i:\bJOIN\s+FETCH\b)|@EntityGraph|@BatchSize|@Fetch\(|->(?:with|load|loadMissing|withCount)\(|::with(?:Count)?\(|\bprotected\s+\$with\b|\bpopulate\s*[(:]|\brelations\s*:|\binclude\s*:\s*[\[{]|leftJoinAndSelect|innerJoinAndSelect|\bwithGraph\w*\(|LoadRelated|->addSelect\(|setFetchMode|with_associations|withRelated", 0.88, "no longer loads related rows together with their parents"),
    _p(F.ORM_LOADING, "-", r"select_related\(|prefetch_related\(|\bincludes\(|preload\(|eager_load\(|::with\(|->with\(|->load\(|\brelations\s*:|\binclude\s*:|withRelated|options\(|populate\(|defaultRelations|joinedload", 0.8, "no longer loads one of the relations together with its parent", needs="inside"),
    _p(F.MIDDLEWARE, "+", r"\bMIDDLEWARE\w*\s*=|middleware\s*[=:(]|\.use\(|plugins\s*[=:]|\$middleware|interceptors\s*[=:]|providers\s*:|before_request_funcs|filters\s*[=:]", 0.5, "adds work to every request", needs="inside"),
    _p(F.FULL_LOAD, "-", r"\.only\(|\.values\(|\.values_list\(|load_only\(|\.select\(|attributes\s*:|\bselect\s*:|\bexclude\s*=|defer\(", 0.45, "reads other columns than before", needs="inside"),
    _p(F.ORM_LOADING, "-", r"data_?loader|DataLoader|\.load_?many\(|BatchLoader|batch_load|loaders?\.\w+\.load", 0.88, "no longer goes through a batching loader"),
    _p(F.ORM_LOADING, "+", r"FetchType\.EAGER|lazy\s*:\s*false|eager\s*:\s*true|lazy\s*=\s*['\"](?:joined|subquery|immediate)", 0.6, "loads related rows eagerly every time"),
    _p(F.ORM_LOADING, "+", r"FetchType\.LAZY|lazy\s*=\s*['\"](?:select|dynamic|True)|lazyload\(|noload\(", 0.6, "loads related rows lazily, one query each"),
    _p(F.ORM_LOADING, "+", r"SerializerMethodField|Serializer\([^)]*many\s*=\s*True|^\s*depth\s*=\s*\d|\bhas_(?:many|one)\s+:\w+.*serializer|@ResolveField|@FieldResolver|\bnested\s*[=:]\s*True", 0.4, "adds a field that is computed or queried for each row"),
    _p(F.LOST_BATCH, "-", r"bulk_(?:create|update|insert|save)|insert_?many|insertMany|batch_?insert|insert_all|upsert_all|upsertMany|createMany|updateMany|saveAll|AddRange|executemany|execute_values|executeBatch|addBatch|\bin_bulk\b|batch_?(?:get|load|fetch|read|size|update)|\bmget\b|MGet|multi_?get|\bpipeline\(|Pipeline\(|SendBatch|CopyFrom|ByIds\b|_by_ids\b|GetMany|findByIds|FindAllBy\w*In\b|getAllById|findAllById|loadMany|get_many|getMulti|get_multi|fetch_many|unnest\(", 0.85, "no longer works on many rows at once"),
    _p(F.LOST_BATCH, "-", r"__in\s*=|\.in_\(|\bIN\s*\(|=\s*ANY\s*\(|\bin:\s*\w+[iI]ds|whereIn\(|\$in\b|\.In\(|_in:|where\(\s*\w+:\s*\w*ids\b|\.Contains\(\w+\.Id", 0.6, "no longer asks for many rows at once"),
    _p(F.LOST_BATCH, "-", r"find_each|find_in_batches|\.iterator\(|yield_per|chunk(?:ed|s|_size)?\(|in_batches|stream_results|batched\(|->cursor\(|->chunk\(|->lazy\(|server_side_cursor", 0.55, "no longer reads in batches"),
    # Index.
    _p(F.LOST_INDEX, "+", r"\bDROP\s+INDEX\b|\bremove_index\b|\bdrop_index\b|\bdropIndex(?:es)?\b|RemoveIndex\(|\bdropUnique\b|DropIndex\(|migrations\.RemoveIndex|removeIndex\(|@@?dropIndex|<dropIndex|DROP\s+CONSTRAINT|\bDROP\s+KEY\b|dropPrimary", 0.93, "drops an index", flags=I, unless=r"CONCURRENTLY\s+IF\s+EXISTS.*_old|def\s+down"),
    _p(F.LOST_INDEX, "-", r"\bCREATE\s+(?:UNIQUE\s+)?INDEX\b|\badd_index\b|\bcreate_index\b|\bcreateIndex(?:es)?\b|ensureIndex|CreateIndex\(|HasIndex\(|migrations\.AddIndex|models\.Index\(|\bIndex\(\s*[rbuf]*['\"]|\bdb_index\s*=\s*True|\bindex\s*[=:]\s*(?:True|true)|@@?index\b|@Index\b|\bindexes\s*=|\bindexes\s*:|t\.index\b|->index\(|->unique\(|\bunique_together\b|index_together|UniqueConstraint|\bgorm:\"[^\"]*index|\bxorm:\"[^\"]*(?:INDEX|UNIQUE)|\[Index\(|addIndex\(|<createIndex|\.index\(\{|\bINDEX\s+\w+\s*\(|\bKEY\s+[`\w]+\s*\(|\bunique\s*[=:]\s*[Tt]rue|\bindex\s*:\s*(?:true|1)", 0.9, "no longer creates an index", flags=0),
    _p(F.LOST_INDEX, "+", r"db_index\s*=\s*False|(?:Column|Field|mapped_column|type\s*:|nullable|t\.\w+)\b.*\bindex\s*[=:]\s*(?:False|false)|INDEXED\s+BY|IGNORE\s+INDEX|NOT\s+INDEXED|enable_(?:indexscan|bitmapscan)\s*=\s*off|USE\s+INDEX\s*\(\s*\)", 0.85, "keeps the database from using an index"),
    # Queries that cost more.
    _p(F.SQL, "+", r"LIKE\s+['\"(]?(?:%|\|\||CONCAT)|LIKE\s+['\"]?%|['\"]%\{|['\"]%#\{|f['\"]%|%\{\w+\}%|\bi?like\(\s*f?['\"]%|ILIKE|icontains|__contains|__regex|__iregex|\.Contains\(|REGEXP|SIMILAR\s+TO|\$regex|~\*|['\"`]%['\"`]?\s*\+|%\$\{", 0.55, "searches by a pattern that no index can serve", flags=0),
    _p(F.SQL, "+", r"\b(?:WHERE|AND|OR|ON|ORDER BY|GROUP BY|where|filter|filter_by|order_by)\b.{0,40}\b(?:(?i:LOWER|UPPER|TRIM|CAST|COALESCE|SUBSTR\w*|DATE_TRUNC|TO_CHAR)|DATE|YEAR|MONTH|strftime|func\.(?:lower|upper|date\w*|coalesce|trim)|Lower|Upper|Trunc\w*|IFNULL|ABS|CONCAT|LENGTH)\s*\(|__iexact|__date\b|__year\b|ToLower\(\)\s*==|EF\.Functions|::(?:text|date)\b", 0.62, "puts a function around a column in a condition, so its index is not used"),
    _p(F.SQL, "+", r"ORDER\s+BY\s+(?:RANDOM|RAND|NEWID)\s*\(|order_by\(\s*['\"]\?|func\.random|inRandomOrder|Random\(\)", 0.8, "sorts all rows at random", flags=I),
    _p(F.SQL, "+", r"\bOFFSET\b|\.offset\(|\.skip\(|\.Skip\(", 0.3, "pages by offset, reading all rows before it"),
    _p(F.SQL, "+", r"\bSELECT\s+(?:COUNT|DISTINCT|SUM|MAX|AVG)\b|\bCOUNT\s*\(|\.distinct\(|\.Distinct\(|COUNT\(\*\)\s+OVER|\.annotate\(|\.aggregate\(|GROUP\s+BY|HAVING|\bUNION\b|\bEXISTS\s*\(\s*SELECT|\bNOT\s+IN\b|\(\s*SELECT\b|Subquery\(|OuterRef\(|\bWITH\s+RECURSIVE\b|\bCROSS\s+JOIN\b|\bLATERAL\b", 0.42, "adds an aggregation or subquery"),
    _p(F.SQL, "+", r"\b(?:LEFT|INNER|OUTER|FULL)?\s*JOIN\b|\.(?:join|outerjoin|leftJoin|innerJoin|Join|LeftJoin)\s*\(\s*[\"'`A-Z]", 0.35, "joins another table", unless=r"os\.path|['\"]\.join|path\.join|,\s*['\"]|strings\.Join|\.join\(['\"]"),
    _p(F.SQL, "-", r"\bUNION\s+ALL\b|USE\s+INDEX|FORCE\s+INDEX|INDEXED\s+BY|\bSTRAIGHT_JOIN\b|/\*\+|\bMATERIALIZED\b|to_tsvector|@@\s*to_tsquery|full_?text|SearchVector|MATCH\s*\(|tsvector", 0.72, "gives up a hint, a materialised result or a search index"),
    _p(F.SQL, "-", r"\bWHERE\b|\bAND\s+[\w.\"`]+\s*(?:=|>|<|IN\b|BETWEEN)|\.filter\(|\.where\(|\.Where\(|\.filter_by\(|\.exclude\(|->where\(|\.andWhere\(|\.And\(", 0.4, "drops a condition, so more rows are read"),
    _p(F.SQL, "+", r"\bOR\b\s+[\w.\"`]+\s*(?:=|LIKE|IN|IS|>|<)|\bQ\([^)]*\)\s*\||or_\(|\.or\(|orWhere\(|\.OrderBy\(|\bORDER\s+BY\b|\.order_by\(|\.sort\(\{", 0.28, "adds an alternative or an ordering"),
    # More rows, more columns, more bytes.
    _p(F.FULL_LOAD, "-", r"\bLIMIT\b|\.limit\(|\.take\(|\.Take\(|\.Limit\(|\btake\s*:|\blimit\s*[=:]|\.first\(|->limit\(|->take\(|->paginate\(|\[\s*:\s*(?:\d{2,}|[A-Z_]{3,}|\w*(?:limit|max|size|top)\w*)\s*\]|paginat\w*|Paginat\w*|Pageable|PageRequest|setMaxResults|page_size|pageSize|per_page|perPage|per\(|\.page\(|maxResults|\bTOP\s*\(?\d|islice\(|\.slice\(0", 0.8, "drops a limit, so all rows are read"),
    _p(F.FULL_LOAD, "-", r"\.count\(|\.Count(?:Async)?\(|\bCOUNT\s*\(|\.exists\(|\.exists\?|\.any\?|\.Any(?:Async)?\(|EXISTS\s*\(|\.aggregate\(|\.annotate\(|\bSUM\s*\(|\.sum\(|\.Sum(?:Async)?\(|existsBy\w+|countBy\w+|\.estimated_document_count|countDocuments|->count\(|->exists\(", 0.62, "no longer lets the database count or aggregate"),
    _p(F.FULL_LOAD, "+", r"len\(\s*list\(|len\(\s*\w+(?:\.\w+)*\.all\(\)|\.all\(\)\s*\)|\.toArray\(\)|\.ToList\(\)|\.ToArray\(\)|\.fetchall\(\)|\.findAll\(\s*\)|\.find\(\s*\{?\s*\}?\s*\)|\.to_a\b|\.collect\(Collectors\.toList|->get\(\)->|::all\(\)|\.all\.(?:select|map|each|size|length|sum)|\.objects\.all\(\)|io\.ReadAll|ioutil\.ReadAll|readlines\(\)|\.read\(\)|\.AsEnumerable\(\)|readFileSync|\.load\(\)\.(?:filter|size)|list\(\s*(?:\w+\.)+objects", 0.45, "loads everything into memory", unless=r"queryset\s*="),
    _p(F.FULL_LOAD, "+", r"(?:ToList(?:Async)?\(\)|ToArray(?:Async)?\(\)|\.all\(\)|::all\(\)|\.to_a|\.toArray\(\)|findAll\(\)|\.fetchall\(\)|->get\(\)|\.find\(\{?\}?\))\)*\s*(?:\.|->)\s*(?:Count|Where|filter|count|size|length|select|map|sum|First|Any|find|reduce|sort|Sum|Max|Min)\w*", 0.76, "loads all rows to look at some of them"),
    _p(F.FULL_LOAD, "-", r"\.only\(|\.defer\(|\.values\(|\.values_list\(|load_only\(|with_entities|\.select\(\s*['\":`\[{]|->select\(|\.pluck|\bselect\s*:\s*\{|\battributes\s*:|\.lean\(|\.AsNoTracking|\.projection\(|\bprojection\b|\.Select\(\s*\w+\s*=>|undefer|deferred\(|\bfields\s*[=:]", 0.66, "no longer limits the columns that are read"),
    _p(F.FULL_LOAD, "+", r"(?:\blimit|page_?[sS]ize|per_?[pP]age|first|max_?[rR]esults|\btake|\btop)['\"]?\s*[:=(]\s*['\"]?(?:all\b|-1|0\b|None\b|null\b|nil\b|undefined\b|\d{4,}|Infinity|Int\w*\.Max\w*|sys\.maxsize|math\.MaxInt\w*|Number\.MAX\w*)|paginat\w*\s*[:=]\s*(?:False|false|None|null)|pagination_class\s*=\s*None|no_?limit|unlimited|unpaged\(", 0.76, "lifts a limit, so more rows are read"),
    _p(F.FULL_LOAD, "+", r"\bSELECT\s+(?:\w+\.)?\*", 0.5, "reads every column", flags=I, unless=r"COUNT\s*\(\s*\*|EXISTS"),
    _p(F.PAYLOAD, "-", r"exclude\s*=|\bexclude\s*:|fields\s*=\s*[(\[]|write_only\s*=\s*True|@JsonIgnore|JsonIgnore|\.omit\(|\bomit\(|@Exclude|->only\(|->makeHidden|\bhidden\s*=|response_model_exclude|\bonly\s*:\s*\[|attributes\s+:\w|#\[Ignore|->setIgnoredAttributes|\bexcept\s*:|summary_only|slim|brief|json:\"-\"", 0.5, "no longer leaves fields out of the response", unless=r"^\s*resources?\s"),
    _p(F.PAYLOAD, "+", r"fields\s*=\s*['\"]__all__|\bindent\s*=\s*[1-9]|JSON\.stringify\([^)]*,\s*null\s*,|MarshalIndent|WriteIndented\s*=\s*true|JSON_PRETTY_PRINT|pretty\w*\s*[=:]\s*[Tt]rue|prettyPrint|b64encode|base64|to_?base64|toString\(['\"]base64|INDENT_OUTPUT|\binclude_?all\b|expand\s*[=:]\s*[\[{'\"]|with_details\s*=\s*True|include_history|full\s*=\s*True|verbose\s*=\s*True", 0.5, "makes the response larger", flags=0),
    _p(F.COMPRESSION, "-", r"gzip|g_?zip|compress\w*|brotli|deflate|zstd|UseResponseCompression|Rack::Deflater|\bbr\b", 0.8, "no longer compresses", flags=I, unless=r"decompress|gunzip|accept-encoding\W+identity|\.gz\b|tar"),
    _p(F.COMPRESSION, "+", r"compress(?:_?level|ion)?\w*\s*[=:(]\s*(?:9|11|\"?(?:best|max))|BestCompression|Z_BEST|SmallestSize|minimum_size\s*=\s*\d{5,}|gzip\s*[:=]?\s*(?:off|false)|quality\s*[=:]\s*11|optimi[sz]e\s*=\s*True", 0.6, "compresses harder or not at all", flags=I),
    # Caches.
    _p(F.LOST_CACHE, "-", r"\bcache\.(?:get|fetch|remember|wrap|getOrLoad|read)\w*\(|@(?:functools\.)?(?:lru_)?cache(?:d)?(?:_property|_page|_method|_result|_response|_control|_for|_view|_func\w*|_on_\w+)?\b|@\w*(?:memo|cache)\w*\b|lru_cache|cached_property|\bmemo(?:i[sz]ed?)?\w*\b|@Cacheable|@CacheResult|@Cached|@UseInterceptors\(CacheInterceptor|\[ResponseCache|\[OutputCache|IMemoryCache|IDistributedCache|GetOrCreate\w*|GetOrAdd|GetOrSet\w*|getOrSet\w*|get_or_set|Rails\.cache|Cache::remember\w*|->remember\(|cache\.fetch|caches_action|\bcache\s+(?:do|\[|@)|\bstale\?|fresh_when|expires_in|singleflight|sync\.Once|computeIfAbsent|\bonce\(|useMemo|React\.cache|unstable_cache|TTLCache|LRUCache|LRU\(|lru\.New|NodeCache|cache_page|\bCache-Control\b|ETag|s-maxage|max-age|OutputCache|Caffeine|LoadingCache|simple_cache|cachetools|apc[u]?_fetch|\|\|=", 0.88, "no longer keeps the result", flags=0),
    _p(F.LOST_CACHE, "-", r"\b\w*[cC]ache\w*(?:\(\))?\s*(?:\.|->|::|\[)\s*\w*|\bif\s+\(?\s*!?\w*(?:cached|memo)\w*|\breturn\s+(?:self\.|this\.)?_?\w*(?:cache|memo)\w*|\bin\s+(?:self\.)?_?\w*(?:cache|memo)\w*|\b\w+_cache\b|\b_?cache\w*\s*[:=]|redis\w*\.(?:get|set|setex|hget)|\bcach(?:e|ed|ing)\b|@\w+\s*\|\|=|sessionStore|localCache", 0.72, "no longer looks into the cache", unless=r"[.>:](?:delete|clear|del|forget|evict|invalidate|flush|purge|remove|bust)\w*\s*\(|no-?cache|no-store"),
    _p(F.LOST_CACHE, "-", r"^\s*return\s+(?:self\.|this\.)?_?\w+\[\w+\]|\.has\(\w*[kK]ey\)|\bfresh\b|(?:monotonic\(\)|time\(\)|Date\.now\(\)|time\.Since\([^)]*\)|now\(\)|UtcNow)\s*[-<>]|[<>]=?\s*(?:time\.(?:time|monotonic)\(\)|Date\.now\(\)|now\(\)|DateTime\.(?:Utc)?Now)|\bttl\b|expires?_?at|last_?(?:fetch|refresh|load)\w*", 0.66, "no longer returns what it already knows"),
    _p(F.LOST_CACHE, "-", r"^\s*if\s+\(?\s*[\w.]+\s+(?:not\s+)?in\s+(?:self\.|this\.)?_\w+", 0.45, "no longer asks whether it already knows"),
    _p(F.LOST_CACHE, "+", r"no-store|no-cache|cache\s*:\s*['\"](?:no-store|reload|no-cache)|never_cache|nocache|cache\s*[=:]\s*(?:[Ff]alse|None|null|nil)|caching\s*[=:]\s*[Ff]alse|cache_?(?:enabled|ing)?\s*[=:]\s*(?:[Ff]alse|off)|DummyCache|NullStore|:null_store|NullCache|ARRAY_CACHE|bypass_?cache|skip_?cache|use_cache\s*=\s*False|force-dynamic|revalidate\s*[=:]\s*0|ResponseCacheLocation\.None|NoStore\s*=\s*true|MISSING_CACHE|force_?refresh\s*[=:]\s*[Tt]rue|refresh\s*=\s*True", 0.78, "switches a cache off", flags=0),
    _p(F.LOST_CACHE, "+", r"\b(?:cache_?)?[kK]ey\s*(?:[:=]|\+=)(?!=).{0,80}(?:\btime\(\)|now\(|Date\.now|uuid\w*\(|random\w*\(|nonce|request_?id|nanoTime|UnixNano)|cache\w*[.(].{0,60}(?:Date\.now|time\.time|uuid4|random\(|timestamp)", 0.75, "makes cache keys that are never asked for again"),
    _p(F.LOST_CACHE, "+", r"(?:cache|Cache)\w*\.(?:clear|flush\w*|delete_pattern|invalidate\w*|evict\w*|reset|cache_clear|purge|Clear|Flush\w*|Remove|del\w*|invalidateAll)\b|cache_clear\(\)|@CacheEvict|Cache::(?:flush|forget)|->flush\(\)|cleanup_cache|clear_cache|expire_fragment", 0.6, "empties a cache"),
    # Blocking, waiting, concurrency.
    _p(F.SLEEP, "+", r"\btime\.sleep\s*\(|\basyncio\.sleep\s*\(\s*(?!0\s*\))|\b(?:Thread|TimeUnit\.\w+)\.sleep\s*\(|\btime\.Sleep\s*\(|\busleep\s*\(|\bTask\.Delay\s*\(|\bsleep\s*\(\s*[\d.a-zA-Z_]|\bKernel\.sleep|^\s*sleep[ (][\d.]+|setTimeout\s*\(\s*(?:resolve|r|res|done)\b|\bdelay\(\d|anyio\.sleep|gevent\.sleep|Atomics\.wait|pg_sleep|WAITFOR\s+DELAY|busy_?wait|\bspin\(|Process\.sleep|:timer\.sleep", 0.92, "waits for a fixed time", unless=r"backoff|retry|attempt"),
    _p(F.SLEEP, "+", r"sleep|Sleep\(|delay\(", 0.6, "waits", unless=r"asleep|sleep\(0\)|delay:\s|\.delay\("),
    _p(F.BLOCKING, "+", r"\btime\.sleep\(|\brequests\.\w+\(|\burlopen\(|\bsubprocess\.(?:run|call|check_\w+)|\bos\.system\(|\bhttpx\.(?:get|post|put|delete|request)\(|\bsqlite3\.connect|\bpsycopg2?\.connect|\bpymysql\.|\bsmtplib\.|\bsocket\.(?:create_connection|gethostbyname)|\.result\(\)|boto3\.|\bopen\(|\.read_text\(|\.read_bytes\(|json\.load\(|shutil\.|zipfile\.|Image\.open|bcrypt\.(?:hashpw|checkpw)|hashlib\.(?:pbkdf2_hmac|scrypt)|pickle\.load|\.execute\(|\.fetch(?:all|one)\(|\.commit\(|\.query\(|time\.perf_counter\(\)\s*<|while\s+time\.", 0.8, "blocks the event loop inside an async function", needs="async", unless=r"\bawait\b|async\s+with|run_in_executor|to_thread|run_in_threadpool|run_sync|anyio|aiofiles"),
    _p(F.BLOCKING, "+", r"\b\w+Sync\s*\(|Atomics\.wait|deasync|child_process", 0.82, "blocks the event loop with a synchronous call", unless=r"async\w*Sync|\bmkdirSync|existsSync\(|useSync|dataSync|fullSync|startSync|runSync\b|perform\w*Sync|trigger\w*Sync|schedule\w*Sync|forceSync"),
    _p(F.BLOCKING, "+", r"\.Result\b(?!\s*[({=])|\.Wait\(\)|\.GetAwaiter\(\)\.GetResult\(\)|\.block\(\)|\.toFuture\(\)\.get\(|\.join\(\)\s*;|future\w*\.get\(\)|Future\w*\.get\(\)|run_until_complete|asyncio\.run\(|async_to_sync|runBlocking|\.sync\b|\.blockingGet\(|\.blockLast|\.blockFirst|await_one|\.wait\(\)", 0.72, "waits synchronously for something asynchronous"),
    _p(F.BLOCKING, "-", r"run_in_executor|to_thread|run_in_threadpool|sync_to_async|run_sync|worker_threads|ThreadPoolExecutor|Schedulers\.\w+|subscribeOn|Dispatchers\.IO|spawn_blocking|Task\.Run|setImmediate|process\.nextTick|aiofiles|BackgroundTasks?|add_task|@Async\b|iter_over_async|aiohttp|AsyncClient|asyncpg|aiosqlite|fs\.promises|fs/promises", 0.82, "no longer keeps the work off the event loop or out of the request"),
    _p(F.SEQUENTIAL, "-", r"asyncio\.gather|\bgather\(|Promise\.(?:all|allSettled|any|race)|Task\.WhenAll|WaitGroup|errgroup|sync\.WaitGroup|\bgo\s+func|\bg\.Go\(|CompletableFuture|parallelStream|\.parallel\(|parallel_map|ThreadPool\w*|ProcessPool\w*|ExecutorService|executor\.(?:submit|map)|invokeAll|TaskGroup|create_task|async_map|Parallel\.(?:For\w*|map|each|in_\w+)|Concurrent::|Thread\.new|asyncio\.as_completed|p-?map|pLimit|pMap|concurrently|join_all|tokio::spawn|Mono\.zip|forkJoin|rayon|par_iter|\bAsParallel\(|supplyAsync|async\.parallel", 0.86, "no longer works on several things at once"),
    _p(F.SEQUENTIAL, "-", r"\.delay\(|\.apply_async\(|perform_later|perform_async|deliver_later|enqueue\w*\(|\.Enqueue\(|BackgroundJob|dispatch\(new|::dispatch\(|\.send_task\(|@shared_task|\.queue\(|->queue\(|queue\.(?:add|push|publish)|publish\(|rabbit|\.add_job|Hangfire|->onQueue|ShouldQueue|after_commit|defer\b|asyncTask|submit\(|\.addJob\(|fire_and_forget|go\s+\w+\(|bull|event_?bus\.emit|setImmediate", 0.7, "no longer defers the work to the background"),
    _p(F.SEQUENTIAL, "+", r"perform_now|deliver_now|\.apply\(\)|dispatchSync|dispatch_sync|dispatchNow|send_now|->sendNow|\.run_now|perform_sync|max_workers\s*=\s*1\b|concurrency\s*[=:]\s*1\b|pLimit\(1\)|SetLimit\(1\)|Semaphore\(1\)|NewSemaphore\(1\)|parallelism\s*[=:]\s*1\b|num_?workers\s*[=:]\s*1\b|newSingleThreadExecutor|newFixedThreadPool\(1\)|SetMaxOpenConns\(\d\)|GOMAXPROCS\(1\)", 0.82, "does the work in the request or one at a time"),
    _p(F.LOCK, "+", r"\b\w*(?:lock|mutex|mu|semaphore|Lock|Mutex|Semaphore)\w*\s*(?:\.|->|::)\s*(?:acquire|lock|Lock|RLock|synchronize|wait|WaitAsync|Wait|runExclusive|enter)\s*\(|\bwith\s+(?:self\.)?_?\w*(?:lock|mutex|semaphore)\w*\s*:|\basync\s+with\s+(?:self\.)?_?\w*(?:lock|semaphore)\w*|\bsynchronized\b|\block\s*\(\s*_?\w+\s*\)|(?:threading|asyncio|multiprocessing)\.(?:Lock|RLock|Semaphore|BoundedSemaphore)\s*\(|sync\.(?:RW)?Mutex|Mutex\.new|ReentrantLock|SemaphoreSlim|Cache::lock|with_lock|\.lock!|FileLock|flock|distributed_?lock|redlock|navigator\.locks|\bMonitor\.Enter|WithLock\(|withLock|\w\.R?Lock\(\)|\.lock\(\)", 0.72, "takes a lock, so requests wait for each other", unless=r"unlock|Unlock|defer\s+\w+\.Unlock|block"),
    _p(F.LOCK, "+", r"FOR\s+(?:NO\s+KEY\s+)?UPDATE|select_for_update|with_for_update|PESSIMISTIC|LockModeType|LOCK\s+(?:TABLE|IN\s+SHARE)|pg_advisory|get_lock\(|SERIALIZABLE|Serializable|lockForUpdate|sharedLock|isolation_?level|\bEXCLUSIVE\b|UPDLOCK|TABLOCKX|BEGIN\s+IMMEDIATE|setLock\(|lock\s*:\s*\{|\.lock\(['\"]", 0.75, "takes database locks"),
    _p(F.LOCK, "-", r"SKIP\s+LOCKED|skip_locked|NOLOCK|READ\s+UNCOMMITTED|RLock\(|RWMutex|ConcurrentHashMap|sync\.Map|atomic\.\w+|ReadWriteLock|StampedLock|ConcurrentDictionary|LongAdder|nowait\s*=\s*True", 0.7, "gives up a cheaper form of locking"),
    _p(F.TRANSACTION, "+", r"transaction\.atomic|@transaction|\.transaction\(|\.begin\(|BeginTx|@Transactional|ATOMIC_REQUESTS\s*=\s*True|DB::transaction|\$transaction|BeginTransaction|\.commit\(\)|\.flush\(\)|fsync|synchronous\s*=\s*(?:FULL|EXTRA)|\.Sync\(\)|refresh_from_db|wait_for_commit|acks\s*=\s*['\"]?all|w\s*:\s*['\"]majority|refresh\s*[=:]\s*(?:['\"]?true|['\"]wait_for)|journal_mode\s*=\s*DELETE", 0.4, "adds a transaction, flush or commit"),
    _p(F.TRANSACTION, "+", r"\.commit\(\)|\.flush\(\)|\.save\(\)|\.SaveChanges|fsync|->save\(\)|\.save!", 0.8, "commits for each item of a loop", needs="loop"),
    _p(F.RETRY, "+", r"\bretr(?:y|ies)\w*\b|\bbackoff\b|max_?attempts|Polly|@Retryable|tenacity|\bpromiseRetry|for\s+attempt\b|Retry\(", 0.42, "adds retries", flags=I),
    # Computing.
    _p(F.QUADRATIC, "+", r"^\s*(?:\}?\s*)(?:for|foreach|while)\b|\.(?:forEach|each|map)\s*(?:\(|\{|do\b)", 0.55, "loops inside a loop", needs="loop2"),
    _p(F.QUADRATIC, "+", r"\bnot\s+in\s+\w*(?:list|items|seen|result|ids|names|out|all|keys|rows|found|acc|unique|existing|lst|arr|values)\w*\b|\bif\b[^:]*\bin\s+\w*(?:list|items|seen|result|ids|names|out|all_|rows|found|acc|unique|existing|lst|arr)\w*\s*[:)]|\.(?:indexOf|includes|lastIndexOf|findIndex|find|some|filter|contains|Contains|IndexOf|index|include\?|detect|find_index|Any|FirstOrDefault|First|Where|Count|count|remove|Single|in_array|array_search)\s*\(|\bin_array\(|array_search\(|slices\.(?:Contains|Index)\w*\(|\.include\?|array_unique|array_merge\(", 0.52, "searches a list for each item of another", needs="loop", unless=r"\bstr\.|headers?\.|\bpath\.|url\.|\.objects|text\.|content\.|message\.|query\.(?:filter|where)|queryset"),
    _p(F.QUADRATIC, "+", r"\.insert\(\s*0\s*,|\.unshift\(|\.splice\(|\.pop\(0\)|\.remove\(\w|\.concat\(|\[\s*\.\.\.\w+(?:\.\w+)*\s*,|\{\s*\.\.\.(?:acc|prev|memo|result|map|state)\b|=\s*\w+\s*\+\s*\[|\+=\s*\[|\bsorted\(|\.sort\(|\.sort_by|\.OrderBy\(|sort\.\w+\(|Collections\.sort|usort\(|array_merge\(|List\.copyOf|new\s+ArrayList<>\(\w|\.slice\(\)|list\(\w+\)|\.copy\(\)|append\(\[\]|reverse\(|\.DataFrame\(|pd\.concat|\.append\(\w+,\s*ignore_index|\.uniq\b|\.flatten\b", 0.5, "copies or sorts a list for each item of a loop", needs="loop"),
    _p(F.QUADRATIC, "+", r"(?:\w+\s*\+=\s*(?:f?['\"`]|str\(|\w+\s*\+\s*['\"])|\w+\s*=\s*\w+\s*\+\s*(?:f?['\"`]|str\())", 0.38, "builds a string piece by piece in a loop", needs="loop"),
    _p(F.QUADRATIC, "-", r"=\s*(?:set|frozenset|dict|defaultdict|Counter|OrderedDict)\s*\(|\{\s*\w+(?:\.\w+)*\s*:\s*[^{}]*\bfor\b|\{\s*\w+(?:\.\w+)*\s+for\b|new\s+(?:Set|Map|WeakMap|Hash(?:Set|Map)|LinkedHash\w+|TreeMap|Dictionary|ConcurrentDictionary|SortedDictionary)\b|\bkeyBy\(|\bgroupBy\(|groupingBy|\.to_set\b|\.to_h\b|\bindex_by\b|\bgroup_by\b|each_with_object\(\{\}\)|\.ToDictionary\(|\.ToHashSet\(|\.ToLookup\(|make\(map\[|map\[[\w.]+\](?:bool|struct\{\}|\w+)\s*\{|array_flip\(|array_column\(|->keyBy\(|->groupBy\(|array_key_exists|\bisset\(\$|StringBuilder|strings\.Builder|bytes\.Buffer|''\.join|\"\"\.join|\bbisect\w*|\bheapq\b|\.has\(|toSet\(\)|toMap\(|PriorityQueue|Set\.new|Hash\.new", 0.6, "gives up a set, map or other structure that made look-ups cheap"),
    _p(F.QUADRATIC, "-", r"\b\w*(?:By[A-Z]|_by_|Map|Index|Lookup|Set|Dict|_map|_index|_set|lookup)\w*(?:\.get\(|\.has\(|\.contains\(|\[)", 0.45, "no longer looks things up by key"),
    _p(F.COMPUTE, "+", r"\bre\.(?:compile|match|search|sub|findall|fullmatch|split)\(|new\s+RegExp\(|Regexp\.(?:new|union)|regexp\.(?:Must)?Compile\w*\(|Pattern\.compile\(|new\s+Regex\(|preg_\w+\(|Regex\.\w+\(", 0.55, "compiles or runs a regular expression for each item of a loop", needs="loop"),
    _p(F.COMPUTE, "+", r"regexp\.(?:Must)?Compile\w*\(|new\s+RegExp\(|Pattern\.compile\(|new\s+Regex\(|Regexp\.new|re\.compile\(", 0.45, "compiles a regular expression in the request", needs="function"),
    _p(F.COMPUTE, "+", r"\((?:[^()]*[+*]|\([^()]*\)[+*])[^()]*\)[+*]\)?[^'\"]*['\"/`]|\(\.\*\)\+|\(\.\+\)\+|\\s\*\)\*|\(\?:[^()]*[+*]\)[+*]", 0.45, "has a regular expression that backtracks"),
    _p(F.COMPUTE, "+", r"\bjson\.(?:loads|dumps|load|dump)\(|JSON\.(?:parse|stringify)\(|\bdeepcopy\(|structuredClone\(|cloneDeep\(|json\.(?:Marshal|Unmarshal)\w*\(|pickle\.(?:loads|dumps)|new\s+ObjectMapper\(|JsonSerializer\.|JsonConvert\.|Marshal\.(?:load|dump)|YAML\.load|yaml\.(?:safe_)?load|unserialize\(|serialize\(|json_(?:en|de)code\(|\.to_json\b|deep_dup|model_dump|\.dict\(\)|model_validate|BeanUtils\.copy|mapper\.map\(|readValue\(|writeValueAsString\(|xml\.\w+\(", 0.6, "serialises or copies for each item of a loop", needs="loop"),
    _p(F.COMPUTE, "+", r"\bdeepcopy\(|cloneDeep\(|structuredClone\(|JSON\.parse\(\s*JSON\.stringify|new\s+ObjectMapper\(\)|JsonSerializerOptions\s*\{|deep_dup|Marshal\.load\(\s*Marshal\.dump|json\.loads\(\s*json\.dumps|json_decode\(\s*json_encode|unserialize\(\s*serialize|yaml\.(?:safe_)?load\(|ET\.parse|BeautifulSoup\(|pickle\.|lxml|DOMDocument|parse_xml|model_dump\(\)|reflect\.DeepEqual|reflect\.\w+\(", 0.5, "copies or serialises a whole structure"),
    _p(F.COMPUTE, "+", r"bcrypt|argon2|scrypt|pbkdf2|(?:salt_?|hash_?)?rounds\s*[=:]\s*\d|iterations\s*[=:]\s*\d{3,}|\bcost\s*[=:]\s*1\d|gensalt|hashpw|checkpw|password_hash|BCrypt|PBKDF2|work_?factor|log_rounds|RSA\.generate|generate_private_key|SecureRandom|sha512|hashlib\.\w+|createHash|MessageDigest|Digest::|md5\(|sha256|hmac|verify_password|check_password|crypto\.\w+", 0.45, "hashes or encrypts"),
    _p(F.COMPUTE, "+", r"\bitertools\.(?:permutations|product|combinations)\(|fibonacci|\bpow\(|difflib|levenshtein|SequenceMatcher|similarity\(|Image\.(?:open|resize)|\.resize\(|thumbnail|sharp\(|\.render\(|\bhighlight\(|markdown|sanitize\w*\(|bleach|DOMPurify|cheerio|jsdom|puppeteer|pdf|xlsx|numpy|pandas|\.iterrows\(|\.apply\(\s*lambda|eval\(|exec\(|compile\(|importlib|inspect\.|traceback|debug_backtrace|caller\(|runtime\.(?:Caller|Stack)|stack_?trace|new\s+Error\(\)\.stack|\bzlib|ast\.parse|diff\(", 0.32, "adds computation"),
    _p(F.COMPUTE, "+", r"\brange\(\s*(?:\w+\s*\*\s*\w+|\d{3,}|len\(.*\)\s*\*)|for\s*\(.*<\s*\d{4,}|<\s*\d{2,}_?\d{3,}\s*;|\b\d+_000\b.*(?:range|times|loop)|\d{4,}\.times|range\(\s*\d+_\d+|1e[4-9]", 0.55, "repeats work many times"),
    _p(F.COMPUTE, "-", r"re\.compile|regexp\.MustCompile|Pattern\.compile|static\s+readonly\s+Regex|RegexOptions\.Compiled|\.freeze\b|precompute|__slots__|orjson|ujson|simdjson|msgpack|\bnumba|@njit|vectori[sz]e|np\.\w+|lookup_table|\bbuffer(?:ed)?\b|StringBuilder|sync\.Pool|ArrayPool|\blazy\w*\b|Lazy<|by\s+lazy|debounce|throttle|\bmemoryview|\bstaticmethod|prepared?_?statement|\.prepare\(|PreparedStatement|sort_keys|CLoader|CSafeLoader|requestIdleCallback", 0.55, "gives up something prepared, buffered or compiled in advance"),
    # Clients and connections.
    _p(F.CLIENT, "+", r"new\s+(?:\w+\.)?(?:HttpClient|RestTemplate|OkHttpClient|PrismaClient|MongoClient|Pool|Redis|Client|DataSource|SqlConnection|ElasticClient|AmazonS3Client|S3Client|Sequelize|Stripe|PDO|\w*Client|mysqli|GuzzleHttp\\\\Client|Kafka\w*|ConnectionFactory|Agent)\s*\(|create_engine\(|sessionmaker\(|redis\.(?:Redis|StrictRedis|from_url|createClient|NewClient)\(|Redis\.new|sql\.Open\(|gorm\.Open\(|mongo\.Connect\(|MongoClient\(|psycopg2?\.connect\(|pymysql\.connect\(|sqlite3\.connect\(|asyncpg\.connect\(|aiohttp\.ClientSession\(|httpx\.(?:Async)?Client\(|requests\.Session\(|boto3\.(?:client|resource|Session)\(|new\s+HttpClient\s*\{|&?http\.Client\{|&http\.Transport\{|grpc\.(?:Dial|NewClient|insecure_channel|secure_channel)\(|createConnection\(|createPool\(|createClient\(|Elasticsearch\(|HttpClients\.\w+|HttpClientBuilder|DriverManager\.getConnection|getConnection\(\)|establish_connection|Faraday\.new|Net::HTTP\.(?:start|new)|connect\(\s*(?:DB|DATABASE|DSN|dsn|url|path|\w*_?path|str\()|KafkaProducer\(|smtplib\.SMTP\(|paramiko|pika\.\w*Connection|ssl\.create_default_context", 0.68, "makes a new client or connection for each request", needs="function"),
    _p(F.CLIENT, "-", r"(?i:keep_?alive)|\bagent\s*:|IHttpClientFactory|http\.DefaultClient|_session\b|self\.session|self\._client|self\.client|\bpool(?:ed)?\b|\bPool\b|pool\.(?:acquire|getconn|connection|get|query|connect)|getPool|HikariDataSource|ConnectionPool|singleton|AddSingleton|@Singleton|static\s+(?:readonly\s+)?HttpClient|CONN_MAX_AGE|MaxIdleConns\w*|SetMaxIdleConns|http\.Agent|persistent\s*=\s*True|pconnect|global\s+_?client|globalThis|module-level|lru_cache|shared_client|get_client\(\)|scoped_session|PoolingHttpClient\w+|reuse", 0.6, "no longer reuses a client or connection", flags=0),
    _p(F.CLIENT, "+", r"NullPool|poolclass\s*=\s*NullPool|AddTransient|AddScoped.*(?:Client|Cache)|(?i:keep_?alive)\s*[=:]\s*(?:[Ff]alse|0|off)|DisableKeepAlives\s*:\s*true|Connection['\"]?\s*[:,]\s*['\"]close|\.close\(\)|force_?new|CONN_MAX_AGE['\"]?\s*[=:]\s*0|pooling\s*=\s*false|forceNew", 0.55, "closes connections instead of keeping them", flags=0, unless=r"defer|finally|response\.close|rows\.Close|file\.close|f\.close"),
    # What every request pays.
    _p(F.MIDDLEWARE, "+", r"add_middleware|app\.use\(|\bMIDDLEWARE\b|Middleware['\"]?,|before_action|around_action|@app\.before_request|@app\.middleware|UseMiddleware|addInterceptor\w*|add_?Filter\w*|useGlobal(?:Interceptors|Guards|Pipes|Filters)|\.pre\(|addHook\(|before_request|after_request|process_request|doFilter\w*|@Before\b|@Around\b|r\.Use\(|e\.Use\(|\.Use\(|->pushMiddleware|\$middleware|HandlerInterceptor|preHandle|context_processors|OncePerRequestFilter|dependencies\s*=\s*\[\s*Depends|onRequest|beforeHandle", 0.42, "adds work to every request"),
    _p(F.LOGGING, "+", r"\bDEBUG\s*[=:]\s*(?:True|true|1)|\becho\s*[=:]\s*(?:True|true)|log_?level\s*[=:(]\s*[\w.]*['\"]?(?:debug|trace|DEBUG|TRACE|Debug|Trace)|setLevel\([\w.]*(?:DEBUG|TRACE)|SetLevel\([\w.]*(?:Debug|Trace)|LogLevel\.(?:Debug|Trace)|show_sql\s*[=:]\s*true|EnableSensitiveDataLogging|logging\s*:\s*true|APP_DEBUG\s*=\s*true|\bdebug\s*[=:]\s*(?:True|true)|QueryLog|enableQueryLog|LogMode\(true\)|\.Debug\(\)|cProfile|tracemalloc|\bprofil(?:er|ing)\w*\s*[=(:]|\bprofile\s*[=:]\s*(?:True|true|1)|sys\.settrace|--inspect|set_debug\(True|loop\.set_debug|pprof\.Start|trace_sample_rate\s*=\s*1|traces_sample_rate\s*[=:]\s*1", 0.62, "turns debugging, profiling or verbose logging on"),
    _p(F.LOGGING, "+", r"\b_?log(?:ger|ging)?\.\w+\(.*(?:dumps|json|stringify|repr|pformat|inspect|to_json|\.dict\(\)|serialize|toString|%v|%\+v|marshal|body|payload|dump)|\bprint\(|console\.(?:log|dir|debug)\(|fmt\.Print|System\.out\.print|var_dump|\bputs\b|\bp\s+\w|pprint|Console\.Write|error_log\(|file_put_contents\(.*APPEND|appendFileSync|log_to_file|write_audit|audit\w*\.(?:log|write|record|save|create)|AuditLog", 0.42, "writes more to the log"),
    _p(F.LOGGING, "+", r"\b_?log(?:ger|ging)?\.\w+\(|Log::\w+\(|slog\.\w+\(|_logger\.\w+\(|logging\.\w+\(|log\.(?:Print|Info|Debug)\w*\(", 0.42, "logs for each item of a loop", needs="loop", unless=r"\.(?:error|warn|exception|Error|Warn|fatal|critical)\w*\("),
    _p(F.GUARD, "-", r"^\s*(?:if\b.*\b(?:return|continue|break)\b|return(?:\s+(?:None|null|nil|false|False|\[\]|\{\}|0|x|cached|\w+))?\s*;?$|continue\s*;?$|break\s*;?$)|\breturn\b.*\bif\b|\bnext\s+(?:if|unless)|\bunless\b.*\breturn|\bbreak\s+if", 0.34, "no longer stops early"),
    _p(F.CALL, "+", rf"(?:await\s+)?(?:{DATABASE})", 0.34, "adds a query", ignoring=_IN_MEMORY),
    _p(F.CALL, "+", NETWORK, 0.45, "adds a remote call", ignoring=_IN_MEMORY, unless=r"router\.|app\.(?:get|post|put)|\$http"),
    _p(F.CALL, "+", r"subprocess\.|os\.system|\bexec(?:File|a)?\(|spawn\(|Process\.Start|ProcessBuilder|shell_exec|proc_open|`[a-z]+ -|Open3|exec\.Command", 0.6, "starts a process"),
    _p(F.CALL, "+", FILES, 0.34, "reads or writes a file", needs="function"),
    _p(F.CALL, "+", r"gethostbyname|resolve_?dns|dns\.(?:lookup|resolve)|getaddrinfo|socket\.|ping\(|geoip|GeoIP|whois|recaptcha|\bldap|smtp|send_?mail|sendMail|deliver\w*\(|webhook\w*\(|notify\w*\(|track\w*\(|analytics|telemetry|audit\w*\(", 0.4, "adds a remote call"),
)  # fmt: skip
